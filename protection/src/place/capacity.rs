//! Which vaults have room for one more backup instance.

use std::collections::BTreeMap;

use crate::ResourceId;
use crate::vault::Vault;

/// How full vaults are, as far as it is known; a vault of which nothing is known has room.
#[derive(Debug, Clone)]
pub struct Capacity {
    /// Backup instances of each vault, by its lower-case id. Resource Graph counts them, some seconds to minutes late.
    counted: BTreeMap<String, u32>,
    /// Vaults that Azure has just called full.
    full: Vec<ResourceId>,
    /// What one vault takes.
    most: u32,
}

impl Capacity {
    /// With what one vault takes, and nothing known of any.
    pub fn of(most: u32) -> Self {
        Self { counted: BTreeMap::new(), full: Vec::new(), most }
    }

    /// The same with what was counted, and with vaults that Azure has just called full.
    #[must_use]
    pub fn with(self, counted: BTreeMap<String, u32>, full: Vec<ResourceId>) -> Self {
        Self { counted, full, ..self }
    }

    /// Backup instances that one vault takes.
    pub(super) fn most(&self) -> u32 {
        self.most
    }

    /// Backup instances that a vault holds.
    pub(super) fn held(&self, vault: &Vault) -> u32 {
        self.counted.get(&vault.id.key()).copied().unwrap_or(0)
    }

    /// Whether a vault takes one more.
    pub(super) fn has_room(&self, vault: &Vault) -> bool {
        self.held(vault) < self.most && !self.full.contains(&vault.id)
    }
}
