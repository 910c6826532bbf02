//! Backup jobs as Azure shows them.

mod filter;
mod kind;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Refusal, ResourceId};

pub use filter::JobFilter;
pub(crate) use filter::is_about;
pub use kind::{JobKind, JobOperation};

/// A job of a Backup vault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
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
    /// The backup instance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<ResourceId>,
    /// Whether a person asked for it, and not the schedule.
    #[serde(default)]
    pub on_demand: bool,
    /// What it is made of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tasks: Vec<SubTask>,
    /// What else Azure tells of it.
    #[serde(default)]
    pub details: JobDetails,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Refusal>,
    /// What did not go well although it went on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Refusal>,
}

/// What Azure tells of a job beside its fate.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct JobDetails {
    /// Name of the backup policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// The recovery point that was restored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_point: Option<JobPoint>,
    /// The recovery point that was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_point: Option<JobPoint>,
    /// Where it restored to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination: Option<String>,
    /// Bytes that were moved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transferred_bytes: Option<u64>,
}

/// A recovery point as a job names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct JobPoint {
    /// Its id.
    pub id: String,
    /// Its time, RFC 3339.
    pub time: Option<String>,
}

/// A part of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SubTask {
    /// Such as `Trigger Backup`.
    pub name: String,
    /// Azure's word.
    pub status: String,
    /// Azure's words about how far it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<String>,
}

/// How far a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Progress {
    /// Parts that are over.
    pub done: usize,
    /// All parts that Azure names so far.
    pub of: usize,
}

impl Job {
    /// Azure's words for a job, or a part of one, that runs no more.
    pub const ENDS: [&'static str; 6] =
        ["Completed", "CompletedWithWarnings", "Failed", "Cancelled", "Canceled", "Skipped"];

    /// Whether it has ended. Words that are not known count as running.
    pub fn has_ended(&self) -> bool {
        has_ended(&self.status)
    }

    /// Whether it ended well, be it with warnings.
    pub fn has_succeeded(&self) -> bool {
        ["Completed", "CompletedWithWarnings"].iter().any(|word| self.status.eq_ignore_ascii_case(word))
    }

    /// What it does, if Azure's word for that is known.
    pub fn kind(&self) -> Option<JobKind> {
        JobKind::of(&self.operation)
    }

    /// Whether it takes a backup: by schedule or on demand, of whatever kind.
    pub fn is_backup(&self) -> bool {
        self.kind() == Some(JobKind::Backup)
    }

    /// How many of its parts are over; Azure names no percentage that can be relied on.
    pub fn progress(&self) -> Progress {
        let done = self.tasks.iter().filter(|task| has_ended(&task.status)).count();
        Progress { done, of: self.tasks.len() }
    }

    /// When it began, if Azure's text is a time.
    pub fn began(&self) -> Option<Timestamp> {
        self.started.as_deref()?.parse().ok()
    }

    /// When it ended, if Azure's text is a time.
    pub fn ended_at(&self) -> Option<Timestamp> {
        self.ended.as_deref()?.parse().ok()
    }
}

fn has_ended(status: &str) -> bool {
    Job::ENDS.iter().any(|end| status.eq_ignore_ascii_case(end))
}
