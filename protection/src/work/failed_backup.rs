//! A backup that failed because a permission was missing.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ResourceId;

/// A backup that failed because a permission was missing, and how it is taken again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FailedBackup {
    /// The failed job.
    pub job: ResourceId,
    /// When it began, if Azure says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub began: Option<Timestamp>,
    /// Azure's code.
    pub code: String,
    /// What a backup on demand has to name so that it is one like that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// It is not taken again after this: the next scheduled backup is near.
    pub until: Timestamp,
}
