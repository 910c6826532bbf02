//! Backup jobs and recovery points as Azure shows them.

use serde::{Deserialize, Serialize};

use crate::{Refusal, ResourceId};

/// A job of a Backup vault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    /// ARM id.
    pub id: ResourceId,
    /// `Backup`, `Restore`, …
    pub operation: String,
    /// Azure's word: `InProgress`, `Completed`, `CompletedWithWarnings`, `Failed`, …
    pub status: String,
    /// The resource it concerns.
    pub datasource: String,
    /// RFC 3339.
    pub started: Option<String>,
    /// RFC 3339; absent while it runs.
    pub ended: Option<String>,
    /// Azure's duration, ISO 8601 or `hh:mm:ss`.
    pub duration: Option<String>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Refusal>,
}

impl Job {
    /// Whether it has ended. Words that are not known count as running.
    pub fn has_ended(&self) -> bool {
        const ENDS: [&str; 5] = ["Completed", "CompletedWithWarnings", "Failed", "Cancelled", "Canceled"];
        ENDS.iter().any(|end| self.status.eq_ignore_ascii_case(end))
    }
}

/// A recovery point of a backup instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecoveryPoint {
    /// Name that a restore quotes.
    pub id: String,
    /// RFC 3339.
    pub time: String,
    /// `Incremental`, `Full`, …
    pub kind: String,
    /// Retention tag, if it carries one.
    pub tag: Option<String>,
}
