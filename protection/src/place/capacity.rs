//! Which vaults have room for one more backup instance.

use std::collections::BTreeMap;

use crate::ResourceId;
use crate::vault::Vault;

/// How full vaults are, as far as it is known; a vault of which nothing is known has room.
#[derive(Debug, Clone, Default)]
pub struct Capacity {
    /// Backup instances of each vault, by its lower-case id. Resource Graph counts them, some seconds to minutes late.
    counted: BTreeMap<String, u32>,
    /// Vaults that Azure has just called full.
    full: Vec<ResourceId>,
}

impl Capacity {
    /// With what was counted, and with vaults that Azure has just called full.
    pub fn new(counted: BTreeMap<String, u32>, full: Vec<ResourceId>) -> Self {
        Self { counted, full }
    }

    /// Backup instances that a vault holds.
    pub(super) fn held(&self, vault: &Vault) -> u32 {
        self.counted.get(&vault.id.key()).copied().unwrap_or(0)
    }

    /// Whether a vault takes one more.
    pub(super) fn has_room(&self, vault: &Vault) -> bool {
        self.held(vault) < vault.family.most_instances() && !self.full.contains(&vault.id)
    }
}
