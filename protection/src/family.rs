//! Families of vaults: which provider keeps them, how what belongs to them is named, and what they take.

mod backup_vault;
mod rules;

use serde::{Deserialize, Serialize};

use crate::impossible::Impossible;
use crate::{ResourceId, ResourceIdError};

use rules::FamilyRules;

/// A family of vaults. Each workload belongs to one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// Backup vaults, of Microsoft.DataProtection.
    #[default]
    BackupVault,
}

impl Family {
    /// Every family.
    pub const ALL: [Self; 1] = [Self::BackupVault];

    /// The only place that turns a family into its rules.
    fn rules(self) -> &'static dyn FamilyRules {
        match self {
            Self::BackupVault => &backup_vault::BackupVaults,
        }
    }

    /// ARM type of its vaults.
    pub fn vault_type(self) -> &'static str {
        self.rules().vault_type()
    }

    /// Instances that a vault takes, by Azure's support matrices.
    pub fn most_instances(self) -> u32 {
        self.rules().most_instances()
    }

    /// The id of a vault that does not exist yet.
    pub fn new_vault(self, subscription: &str, group: &str, name: &str) -> Result<ResourceId, Impossible> {
        self.rules().new_vault(subscription, group, name)
    }

    /// The id, if a vault of this family can have it.
    pub fn vault(self, id: &str) -> Result<ResourceId, Impossible> {
        self.rules().vault(id)
    }

    /// The id of a policy of a vault.
    pub fn policy(self, vault: &ResourceId, name: &str) -> Result<ResourceId, ResourceIdError> {
        self.rules().policy(vault, name)
    }

    /// Whether this is the id of a policy, of whatever family.
    pub fn is_policy(id: &ResourceId) -> bool {
        Self::ALL.into_iter().any(|family| family.rules().is_policy(id))
    }

    /// The id of the instance that protects a datasource in a vault: the same at every retry.
    pub fn instance(
        self,
        vault: &ResourceId,
        datasource: &ResourceId,
    ) -> Result<ResourceId, ResourceIdError> {
        self.rules().instance(vault, datasource)
    }

    /// Whether an instance in a vault has the name that we give to one of this datasource: another tool gives other names.
    pub fn is_ours(vault: &ResourceId, instance: &ResourceId, datasource: &ResourceId) -> bool {
        let ours = |family: Self| family.instance(vault, datasource).is_ok_and(|ours| ours == *instance);
        Self::ALL.into_iter().any(ours)
    }

    /// The id of the instance of this name in a vault.
    pub fn instance_named(self, vault: &ResourceId, name: &str) -> Result<ResourceId, ResourceIdError> {
        self.rules().instance_named(vault, name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_named_disks_in_two_groups_get_two_names() {
        let vault: ResourceId =
            "/subscriptions/s/resourceGroups/v/providers/Microsoft.DataProtection/backupVaults/bv"
                .parse()
                .unwrap();
        let disk = |group: &str| -> ResourceId {
            format!("/subscriptions/s/resourceGroups/{group}/providers/Microsoft.Compute/disks/data")
                .parse()
                .unwrap()
        };
        let instance = |group: &str| Family::BackupVault.instance(&vault, &disk(group)).unwrap();
        assert_ne!(instance("a"), instance("b"));
        assert_eq!(instance("a"), instance("A"));
        assert!(instance("a").name().starts_with("data-"));
    }
}
