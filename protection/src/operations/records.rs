//! The documents of an operation: where each lies in the ledger, and what it says.
//!
//! Under `operations/<id>/`: `asked`, `answered`, for each stage its attempts and its end, and `ended`.
//! Under `asked/<day>/` and [`APPROVALS`] lie pointers, so that lists stay short. Those under `asked/` are an
//! index of what is open: nothing is ever taken out of the ledger, so what is over gets a second entry that says so.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::OperationId;
use crate::ResourceId;
use crate::digest;
use crate::ledger::Entry;
use crate::operation::OperationUrl;
use crate::roles::RoleGrant;

/// What is written while a stage is worked on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "paper")]
pub(super) enum StageRecord {
    /// Somebody is about to make the call, and nobody else may.
    Claimed { at: Timestamp },
    /// Azure took the call.
    Begun {
        at: Timestamp,
        operation: Option<OperationUrl>,
        retry_after: u64,
        /// Known at once only where a crash hid the operation's URL.
        job: Option<ResourceId>,
    },
    /// This attempt came to nothing; another may be made.
    Missed {
        at: Timestamp,
        message: String,
        /// Azure takes no calls until then. It was not an attempt: nothing was asked.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        throttled_until: Option<Timestamp>,
        /// Whether that is because of a resource guard, whose owner has to let us in.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        guarded: bool,
    },
    /// The stage is done.
    Done {
        at: Timestamp,
        job: Option<ResourceId>,
        /// Roles that we were not allowed to grant.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        not_granted: Vec<RoleGrant>,
    },
}

impl StageRecord {
    /// An attempt that came to nothing.
    pub(super) fn missed(at: Timestamp, message: String) -> Self {
        Self::Missed { at, message, throttled_until: None, guarded: false }
    }

    fn as_str(&self) -> &'static str {
        match self {
            Self::Claimed { .. } => "claimed",
            Self::Begun { .. } => "begun",
            Self::Missed { .. } => "missed",
            Self::Done { .. } => "done",
        }
    }

    /// Where it lies. One of its kind for each attempt, and one end for each stage.
    pub(super) fn path(&self, id: OperationId, stage: usize, attempt: usize) -> String {
        match self {
            Self::Done { .. } => format!("{}{stage:02}-done.json", folder(id)),
            Self::Claimed { .. } | Self::Begun { .. } | Self::Missed { .. } => {
                format!("{}{stage:02}-{attempt:03}-{}.json", folder(id), self.as_str())
            }
        }
    }
}

pub(super) fn folder(id: OperationId) -> String {
    format!("operations/{id}/")
}

pub(super) fn asked(id: OperationId) -> String {
    format!("{}asked.json", folder(id))
}

pub(super) fn answered(id: OperationId) -> String {
    format!("{}answered.json", folder(id))
}

pub(super) fn ended(id: OperationId) -> String {
    format!("{}ended.json", folder(id))
}

/// Folder of the index for the day of `at`.
pub(super) fn day(at: Timestamp) -> String {
    format!("asked/{}/", at.strftime("%Y%m%d"))
}

/// Prefix of the index for a whole month.
pub(super) fn month(date: Date) -> String {
    format!("asked/{}", date.strftime("%Y%m"))
}

/// What an entry of the index says of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// It was asked for on this day.
    Asked,
    /// It was asked for before, and answered or still open on this day.
    Open,
    /// It was found to be over on this day.
    Over,
}

impl Mark {
    const ALL: [Self; 3] = [Self::Asked, Self::Open, Self::Over];

    /// What its file names end with.
    fn ending(self) -> &'static str {
        match self {
            Self::Asked => ".json",
            Self::Open => "-open.json",
            Self::Over => "-over.json",
        }
    }

    /// Where the entry of the day of `at` lies.
    pub(super) fn path(self, id: OperationId, at: Timestamp) -> String {
        format!("{}{id}{}", day(at), self.ending())
    }
}

/// What an entry of the index says, and of which operation.
pub(super) fn mark(path: &str) -> Option<(OperationId, Mark)> {
    let name = path.rsplit('/').next()?;
    Mark::ALL.into_iter().find_map(|mark| Some((name.strip_suffix(mark.ending())?.parse().ok()?, mark)))
}

pub(super) const APPROVALS: &str = "approvals/awaited/";

/// Pointer by the time until which an approval is awaited.
pub(super) fn awaited(id: OperationId, until: Timestamp) -> String {
    format!("{APPROVALS}{}-{id}.json", until.strftime("%Y%m%dT%H%M%SZ"))
}

/// Slots of restores to one place, by number; see [`RestoreOrder::place`](crate::restore::RestoreOrder::place).
pub(super) fn slots(place: &str) -> String {
    format!("restores/{}/", digest::of(&json!(place)))
}

/// Operations whose jobs look alike; see [`RestoreOrder::likeness`](crate::restore::RestoreOrder::likeness).
pub(super) fn alike(likeness: &str) -> String {
    format!("restores/alike/{}/", digest::of(&json!(likeness)))
}

pub(super) fn pointer(path: String, id: OperationId) -> Entry {
    Entry::of(path, &json!({ "operation": id }))
}
