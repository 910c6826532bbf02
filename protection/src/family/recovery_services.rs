//! Recovery Services vaults: Microsoft.RecoveryServices.

mod item;

use holdfast_evaluator::{Placement, VaultLimits};

use super::rules::FamilyRules;
use super::{Marks, vault_name};
use crate::impossible::Impossible;
use crate::{ResourceId, ResourceIdError};

pub(crate) use item::ItemName;

const VAULTS: &str = "Microsoft.RecoveryServices/vaults";
const NOUN: &str = "Recovery Services vault";
const POLICIES: &str = "backupPolicies";
/// Virtual machines that one vault takes, by the support matrix.
const MOST_MACHINES: u32 = 1000;
/// Virtual machines that may follow one policy: Azure's command line refuses a further one (field, 2026).
const MOST_PER_POLICY: u32 = 1000;

/// How the names of policies begin that we make.
const OURS: &str = "holdfast-";

pub(super) struct RecoveryServices;

impl FamilyRules for RecoveryServices {
    fn vault_type(&self) -> &'static str {
        VAULTS
    }

    fn vault_noun(&self) -> &'static str {
        NOUN
    }

    fn most_instances(&self) -> u32 {
        MOST_MACHINES
    }

    fn most_per_policy(&self) -> Option<u32> {
        Some(MOST_PER_POLICY)
    }

    fn stated_limits(&self, placement: &Placement) -> VaultLimits {
        placement.recovery_services_vaults
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

    fn instance(&self, vault: &ResourceId, datasource: &ResourceId) -> Result<ResourceId, ResourceIdError> {
        ItemName::of_machine(datasource).id(vault)
    }

    fn tells_by_policy(&self) -> bool {
        true
    }

    fn suspends_only_immutable(&self) -> bool {
        true
    }

    fn cancels_jobs(&self) -> bool {
        true
    }

    fn keeps_policy(&self) -> bool {
        false
    }

    /// Names of items are Azure's own; the policy tells who protects. A stopped item has none, and is then taken for
    /// ours: it protects nothing that another tool would miss.
    fn is_ours(&self, marks: &Marks<'_>) -> bool {
        marks.policy.is_none_or(|policy| is_ours(policy.name()))
    }

    fn undeleted(&self, _vault: &ResourceId, deleted: &ResourceId) -> Result<ResourceId, ResourceIdError> {
        Ok(deleted.clone())
    }
}

/// Whether a policy of this name is one that we made: what follows it is ours.
pub(crate) fn is_ours(policy: &str) -> bool {
    policy.get(..OURS.len()).is_some_and(|start| start.eq_ignore_ascii_case(OURS))
}
