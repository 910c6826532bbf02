//! Management locks: what keeps a resource from being deleted or changed.

use serde::{Deserialize, Serialize};

use crate::ResourceId;

/// A management lock; it holds for its scope and everything below.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Lock {
    /// ARM id of what is locked: a subscription, a resource group or a resource.
    pub scope: String,
    /// Name of the lock.
    pub name: String,
    /// `CanNotDelete` or `ReadOnly`.
    pub level: String,
    /// Why, in the words of who locked it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
}

impl Lock {
    /// Whether it holds for this resource.
    pub fn holds_for(&self, resource: &ResourceId) -> bool {
        resource.is_within(&self.scope)
    }
}
