//! What was deleted softly, and is about to be gone for good.

use holdfast_protection::ResourceId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A backup instance that was deleted softly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Purge {
    /// The resource that it protected.
    pub resource: ResourceId,
    /// The vault.
    pub vault: ResourceId,
    /// When it was deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted: Option<Timestamp>,
    /// When Azure deletes it for good.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purged: Option<Timestamp>,
}
