//! Backup vaults: Microsoft.DataProtection.

use uuid::Uuid;

use super::rules::FamilyRules;
use crate::impossible::Impossible;
use crate::{ResourceId, ResourceIdError};

const VAULTS: &str = "Microsoft.DataProtection/backupVaults";
const POLICIES: &str = "backupPolicies";
const INSTANCES: &str = "backupInstances";

/// Namespace of the name-based UUIDs in instance names.
const NAMES: Uuid = Uuid::from_u128(0x0d3b_9f42_71c8_5e06_a4b7_5c19_e82f_6a30);

pub(super) struct BackupVaults;

impl FamilyRules for BackupVaults {
    fn vault_type(&self) -> &'static str {
        VAULTS
    }

    fn most_instances(&self) -> u32 {
        5000
    }

    fn new_vault(&self, subscription: &str, group: &str, name: &str) -> Result<ResourceId, Impossible> {
        let id = format!("/subscriptions/{subscription}/resourceGroups/{group}/providers/{VAULTS}/{name}");
        checked(id.parse().map_err(|_| unusable(name))?)
    }

    fn vault(&self, id: &str) -> Result<ResourceId, Impossible> {
        checked(id.parse().map_err(|_| unusable(id))?)
    }

    fn policy(&self, vault: &ResourceId, name: &str) -> Result<ResourceId, ResourceIdError> {
        vault.child(POLICIES, name)
    }

    fn is_policy(&self, id: &ResourceId) -> bool {
        id.resource_type().eq_ignore_ascii_case(&format!("{VAULTS}/{POLICIES}"))
    }

    /// The name is the datasource's name and a UUID made from its id: the same at every retry, different for resources
    /// of the same name in two groups.
    fn instance(&self, vault: &ResourceId, datasource: &ResourceId) -> Result<ResourceId, ResourceIdError> {
        let tail = Uuid::new_v5(&NAMES, datasource.key().as_bytes());
        self.instance_named(vault, &format!("{}-{tail}", datasource.name()))
    }

    fn instance_named(&self, vault: &ResourceId, name: &str) -> Result<ResourceId, ResourceIdError> {
        vault.child(INSTANCES, name)
    }
}

/// Azure's rule for names of Backup vaults: 2 to 50 letters, digits and hyphens, a letter first, no hyphen last.
fn checked(id: ResourceId) -> Result<ResourceId, Impossible> {
    let name = id.name();
    let is_vault = id.resource_type().eq_ignore_ascii_case(VAULTS);
    let legal = name.chars().all(|character| character.is_ascii_alphanumeric() || character == '-');
    let begins = name.starts_with(|character: char| character.is_ascii_alphabetic());
    if is_vault && legal && begins && !name.ends_with('-') && (2..=50).contains(&name.len()) {
        return Ok(id);
    }
    Err(unusable(name))
}

fn unusable(name: &str) -> Impossible {
    Impossible::new(
        "VaultNameNotUsable",
        format!("no Backup vault can be called `{name}`"),
        "name it with 2 to 50 letters, digits and hyphens, beginning with a letter",
    )
}
