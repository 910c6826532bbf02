//! Families of vaults: which provider keeps them, how what belongs to them is named, and what they take.

mod backup_vault;
pub(crate) mod recovery_services;
mod rules;
mod vault_name;

use holdfast_evaluator::Placement;
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
    /// Recovery Services vaults, of Microsoft.RecoveryServices.
    RecoveryServices,
}

/// What tells who made an instance.
#[derive(Debug, Clone, Copy)]
pub struct Marks<'a> {
    /// The vault that holds it.
    pub vault: &'a ResourceId,
    /// Its id.
    pub instance: &'a ResourceId,
    /// What it protects.
    pub datasource: &'a ResourceId,
    /// The policy in force, if it has one.
    pub policy: Option<&'a ResourceId>,
}

impl Family {
    /// Every family.
    pub const ALL: [Self; 2] = [Self::BackupVault, Self::RecoveryServices];

    /// The family that an id belongs to: that of a vault, or of anything in one.
    pub fn of(id: &ResourceId) -> Option<Self> {
        let provider = |id_type: &str| id_type.split('/').next().unwrap_or_default().to_ascii_lowercase();
        let own = provider(id.resource_type());
        Self::ALL.into_iter().find(|family| provider(family.vault_type()) == own)
    }

    /// The vault that an id is of, or lies in however deep.
    pub fn vault_of(id: &ResourceId) -> Option<ResourceId> {
        let family = Self::of(id)?;
        let is_vault = |id: &ResourceId| id.resource_type().eq_ignore_ascii_case(family.vault_type());
        std::iter::successors(Some(id.clone()), ResourceId::parent).find(is_vault)
    }

    /// The only place that turns a family into its rules.
    fn rules(self) -> &'static dyn FamilyRules {
        match self {
            Self::BackupVault => &backup_vault::BackupVaults,
            Self::RecoveryServices => &recovery_services::RecoveryServices,
        }
    }

    /// ARM type of its vaults.
    pub fn vault_type(self) -> &'static str {
        self.rules().vault_type()
    }

    /// What people call one of its vaults.
    pub fn vault_noun(self) -> &'static str {
        self.rules().vault_noun()
    }

    /// A vault in words: what it is, and its name.
    pub fn vault_in_words(vault: &ResourceId) -> String {
        let noun = Self::of(vault).map_or("vault", Self::vault_noun);
        format!("{noun} `{}`", vault.name())
    }

    /// Instances that a vault takes: what the rule set states, else what Azure's support matrices do.
    pub fn most_instances(self, placement: &Placement) -> u32 {
        self.rules().stated_limits(placement).items.unwrap_or_else(|| self.rules().most_instances())
    }

    /// Instances that may follow one policy, if that is bounded.
    pub fn most_per_policy(self, placement: &Placement) -> Option<u32> {
        self.rules().stated_limits(placement).items_per_policy.or_else(|| self.rules().most_per_policy())
    }

    /// The id of a vault that does not exist yet.
    pub fn new_vault(self, subscription: &str, group: &str, name: &str) -> Result<ResourceId, Impossible> {
        let id = format!(
            "/subscriptions/{subscription}/resourceGroups/{group}/providers/{}/{name}",
            self.vault_type()
        );
        // Its name alone is what a person wrote.
        self.vault(&id).map_err(|refused| match id.parse::<ResourceId>() {
            Ok(_) => refused,
            Err(_) => vault_name::unusable(name, self.vault_noun()),
        })
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

    /// Whether only the policy of an instance tells who made it.
    pub fn tells_by_policy(self) -> bool {
        self.rules().tells_by_policy()
    }

    /// Whether what is stopped, or brought back from deletion, still has its policy.
    pub fn keeps_policy(self) -> bool {
        self.rules().keeps_policy()
    }

    /// Whether only an immutable vault lets recovery points expire by their policy while no backups are taken.
    pub fn suspends_only_immutable(self) -> bool {
        self.rules().suspends_only_immutable()
    }

    /// Whether a job that runs can be ended.
    pub fn cancels_jobs(self) -> bool {
        self.rules().cancels_jobs()
    }

    /// Whether we made an instance: another tool names it, or its policy, in another way.
    pub fn is_ours(marks: &Marks<'_>) -> bool {
        Self::of(marks.vault).is_some_and(|family| family.rules().is_ours(marks))
    }

    /// The id that an instance has again once it is undeleted: what was deleted may be listed under another.
    pub fn undeleted(self, vault: &ResourceId, deleted: &ResourceId) -> Result<ResourceId, ResourceIdError> {
        self.rules().undeleted(vault, deleted)
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

    fn id(text: &str) -> ResourceId {
        format!("/subscriptions/s/resourceGroups/g/providers/{text}").parse().unwrap()
    }

    #[test]
    fn the_provider_in_an_id_tells_the_family() {
        let of = |text| Family::of(&id(text));
        assert_eq!(
            of("microsoft.dataprotection/BACKUPVAULTS/v/backupInstances/i"),
            Some(Family::BackupVault)
        );
        assert_eq!(of("Microsoft.RecoveryServices/vaults/v"), Some(Family::RecoveryServices));
        let item = "microsoft.recoveryservices/vaults/v/backupFabrics/Azure/protectionContainers/c;x/protectedItems/i;x";
        assert_eq!(of(item), Some(Family::RecoveryServices));
        assert_eq!(of("Microsoft.Compute/disks/d"), None);
    }

    #[test]
    fn what_lies_in_a_vault_names_it_however_deep() {
        let vault = id("Microsoft.RecoveryServices/vaults/v");
        for below in
            ["", "/backupPolicies/p", "/backupFabrics/Azure/protectionContainers/c;x/protectedItems/i;x"]
        {
            let lies = format!("{vault}{below}").parse().unwrap();
            assert_eq!(Family::vault_of(&lies), Some(vault.clone()), "{lies}");
        }
        let instance = id("Microsoft.DataProtection/backupVaults/v/backupInstances/i");
        assert_eq!(Family::vault_of(&instance), instance.parent());
        assert_eq!(Family::vault_of(&id("Microsoft.Compute/disks/d")), None);
    }

    #[test]
    fn a_vault_has_the_name_and_the_type_of_its_family() {
        for family in Family::ALL {
            let made = family.new_vault("s", "g", "vault-1").unwrap();
            assert!(made.resource_type().eq_ignore_ascii_case(family.vault_type()));
            assert_eq!(family.vault(made.as_str()), Ok(made));
            let long = "v".repeat(51);
            for wrong in ["v", "1v", "v-", "v_v", "v/w", "", long.as_str()] {
                let refused = family.new_vault("s", "g", wrong).unwrap_err();
                assert_eq!(refused.code, "VaultNameNotUsable");
                assert!(refused.message.contains(&format!("`{wrong}`")), "{refused:?}");
            }
            let disk = id("Microsoft.Compute/disks/disk");
            assert_eq!(family.vault(disk.as_str()).unwrap_err().code, "VaultNameNotUsable");
        }
        let backup_vault = Family::BackupVault.new_vault("s", "g", "vault").unwrap();
        assert!(Family::RecoveryServices.vault(backup_vault.as_str()).is_err());
    }

    #[test]
    fn a_protected_item_is_ours_by_its_policy() {
        let vault = id("Microsoft.RecoveryServices/vaults/v");
        let machine = id("Microsoft.Compute/virtualMachines/m");
        let instance = Family::RecoveryServices.instance(&vault, &machine).unwrap();
        let ours = |policy: Option<&str>| {
            let policy = policy.map(|name| Family::RecoveryServices.policy(&vault, name).unwrap());
            let marks =
                Marks { vault: &vault, instance: &instance, datasource: &machine, policy: policy.as_ref() };
            Family::is_ours(&marks)
        };
        assert!(ours(Some("Holdfast-VM-p1d-0200-30d")));
        assert!(!ours(Some("DefaultPolicy")));
        assert!(!ours(Some("hold")));
        assert!(ours(None), "a stopped item has no policy");
    }
}
