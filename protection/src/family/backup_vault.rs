//! Backup vaults: Microsoft.DataProtection.

use holdfast_evaluator::{Placement, VaultLimits};
use uuid::Uuid;

use super::rules::FamilyRules;
use super::{Marks, vault_name};
use crate::impossible::Impossible;
use crate::{ResourceId, ResourceIdError};

const VAULTS: &str = "Microsoft.DataProtection/backupVaults";
const NOUN: &str = "Backup vault";
const POLICIES: &str = "backupPolicies";
const INSTANCES: &str = "backupInstances";

/// Namespace of the name-based UUIDs in instance names.
const NAMES: Uuid = Uuid::from_u128(0x0d3b_9f42_71c8_5e06_a4b7_5c19_e82f_6a30);

pub(super) struct BackupVaults;

impl FamilyRules for BackupVaults {
    fn vault_type(&self) -> &'static str {
        VAULTS
    }

    fn vault_noun(&self) -> &'static str {
        NOUN
    }

    fn most_instances(&self) -> u32 {
        5000
    }

    fn most_per_policy(&self) -> Option<u32> {
        None
    }

    fn stated_limits(&self, placement: &Placement) -> VaultLimits {
        placement.backup_vaults
    }

    fn vault(&self, id: &str) -> Result<ResourceId, Impossible> {
        vault_name::checked(id, VAULTS, NOUN)
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
        vault.child(INSTANCES, &format!("{}-{tail}", datasource.name()))
    }

    fn tells_by_policy(&self) -> bool {
        false
    }

    fn suspends_only_immutable(&self) -> bool {
        false
    }

    fn cancels_jobs(&self) -> bool {
        false
    }

    fn keeps_policy(&self) -> bool {
        true
    }

    /// Another tool gives other names.
    fn is_ours(&self, marks: &Marks<'_>) -> bool {
        self.instance(marks.vault, marks.datasource).is_ok_and(|ours| ours == *marks.instance)
    }

    /// Deleted instances are listed under an id of their own.
    fn undeleted(&self, vault: &ResourceId, deleted: &ResourceId) -> Result<ResourceId, ResourceIdError> {
        vault.child(INSTANCES, deleted.name())
    }
}
