//! Holds: what a person decided about a target against the rules, until a date.
//!
//! An operation that stops, deletes, suspends, resumes or moves a protection takes a hold where the rules decide
//! otherwise, before its first write to Azure. Until the hold is over, no reconcile pass changes the target against it.
//!
//! A hold is a sequence of create-only documents under `holds/of/<lower-case ARM id>/`, of a workload that is not the
//! first one of its resource under its name below that: `<number>-<operation>-taken.json` says
//! who, why, what and until when; `…-ended.json` that an operation ended it before its date; `…-settled.json` that the
//! rules were followed once more after its end. A target has at most one hold in force: the last that was taken and not
//! ended, up to its date. Beside the documents lies an index of pointers by date, `holds/until/<year>/`, so that the sweep
//! and the list of holds read two or three short listings and never the targets.

mod documents;
mod heed;
mod index;
mod until;

use std::fmt;

use holdfast_evaluator::{Caller, OperationKind};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use documents::{
    End, Numbered, Phase, ReadableHolds, end, end_all_before, find, settle, take, taken_by, within,
};
pub use heed::{Heeded, heed};
pub use index::{Listed, OpenHolds, in_force, open};
pub use until::{BadUntil, HoldDays, Until};

use crate::ledger::About;
use crate::operation_id::OperationId;
use crate::{ResourceId, Workload};

/// What a person decided about a target against the rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Hold {
    /// The resource of the target.
    pub resource: ResourceId,
    /// Which of its workloads; none for the first one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workload: Option<Workload>,
    /// Its backup instance when the hold was taken.
    pub instance: ResourceId,
    /// What the person did.
    pub act: Act,
    /// The policy that is held, if the act was a change of policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<ResourceId>,
    /// Who.
    pub by: Caller,
    /// Why, in the person's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// When it was taken.
    pub since: Timestamp,
    /// When the rules are followed again.
    pub until: Timestamp,
    /// The operation that did it.
    pub operation: OperationId,
    /// What the rules decided instead, in one sentence.
    pub decided: String,
}

impl Hold {
    /// The target.
    pub fn target(&self) -> About<'_> {
        About { resource: &self.resource, workload: self.workload }
    }
}

/// An act of a person that rules could undo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// Backups were stopped and are kept.
    StopAndRetain,
    /// Backups were stopped and deleted.
    StopAndDelete,
    /// Backups were suspended.
    Suspend,
    /// Backups were resumed, although the rules do not protect the resource.
    Resume,
    /// The protection follows another policy.
    ChangePolicy,
    /// An act that a later version knows. Nothing is changed against it.
    #[serde(other)]
    Unknown,
}

impl Act {
    /// The act of an operation; none for what rules do not undo.
    pub fn of(kind: OperationKind) -> Option<Self> {
        match kind {
            OperationKind::StopAndRetain => Some(Self::StopAndRetain),
            OperationKind::StopAndDelete => Some(Self::StopAndDelete),
            OperationKind::Suspend => Some(Self::Suspend),
            OperationKind::Resume => Some(Self::Resume),
            OperationKind::ChangePolicy => Some(Self::ChangePolicy),
            OperationKind::Backup | OperationKind::Restore => None,
        }
    }

    /// Its name, as in the HTTP API and in paths.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::StopAndRetain => "stop-and-retain",
            Self::StopAndDelete => "stop-and-delete",
            Self::Suspend => "suspend",
            Self::Resume => "resume",
            Self::ChangePolicy => "change-policy",
            Self::Unknown => "unknown",
        }
    }

    /// The act of this name. What only a later version knows is [`Self::Unknown`], as in documents.
    fn of_name(name: &str) -> Self {
        let known =
            [Self::StopAndRetain, Self::StopAndDelete, Self::Suspend, Self::Resume, Self::ChangePolicy];
        known.into_iter().find(|act| act.as_str() == name).unwrap_or(Self::Unknown)
    }

    /// Whether a target under this hold is left wholly as it is. Under the others it is kept protected.
    pub fn leaves_all(self) -> bool {
        match self {
            Self::StopAndRetain | Self::StopAndDelete | Self::Suspend | Self::Unknown => true,
            Self::Resume | Self::ChangePolicy => false,
        }
    }
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} decided {} on {}, until {}", self.by.name, self.act, self.since, self.until)?;
        match &self.why {
            Some(why) => write!(f, " ({why})"),
            None => Ok(()),
        }
    }
}
