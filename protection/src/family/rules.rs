//! What a family answers: the pure rules that its provider sets.

use holdfast_evaluator::{Placement, VaultLimits};

use super::Marks;
use crate::impossible::Impossible;
use crate::{ResourceId, ResourceIdError};

/// The pure rules of one family; [`super::Family`] says what each promises.
pub(super) trait FamilyRules: Sync {
    fn vault_type(&self) -> &'static str;
    fn vault_noun(&self) -> &'static str;
    fn most_instances(&self) -> u32;
    fn most_per_policy(&self) -> Option<u32>;
    fn stated_limits(&self, placement: &Placement) -> VaultLimits;
    fn vault(&self, id: &str) -> Result<ResourceId, Impossible>;
    fn policy(&self, vault: &ResourceId, name: &str) -> Result<ResourceId, ResourceIdError>;
    fn is_policy(&self, id: &ResourceId) -> bool;
    fn instance(&self, vault: &ResourceId, datasource: &ResourceId) -> Result<ResourceId, ResourceIdError>;
    fn tells_by_policy(&self) -> bool;
    fn keeps_policy(&self) -> bool;
    fn suspends_only_immutable(&self) -> bool;
    fn cancels_jobs(&self) -> bool;
    fn is_ours(&self, marks: &Marks<'_>) -> bool;
    fn undeleted(&self, vault: &ResourceId, deleted: &ResourceId) -> Result<ResourceId, ResourceIdError>;
}
