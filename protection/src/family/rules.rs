//! What a family answers: the pure rules that its provider sets.

use crate::impossible::Impossible;
use crate::{ResourceId, ResourceIdError};

/// The pure rules of one family; [`super::Family`] says what each promises.
pub(super) trait FamilyRules: Sync {
    fn vault_type(&self) -> &'static str;
    fn most_instances(&self) -> u32;
    fn new_vault(&self, subscription: &str, group: &str, name: &str) -> Result<ResourceId, Impossible>;
    fn vault(&self, id: &str) -> Result<ResourceId, Impossible>;
    fn policy(&self, vault: &ResourceId, name: &str) -> Result<ResourceId, ResourceIdError>;
    fn is_policy(&self, id: &ResourceId) -> bool;
    fn instance(&self, vault: &ResourceId, datasource: &ResourceId) -> Result<ResourceId, ResourceIdError>;
    fn instance_named(&self, vault: &ResourceId, name: &str) -> Result<ResourceId, ResourceIdError>;
}
