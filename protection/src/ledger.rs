//! What is recorded, and where: one small document per decision and per outcome.
//!
//! Paths are made so that a listing is in order: by resource, then by time.
//! The same thing recorded twice has the same path, so a retry adds nothing.

mod order;

use std::collections::BTreeMap;

use holdfast_evaluator::{Decision, Request, Review, ReviewRequest};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::digest;
use crate::outcome::{Outcome, Waiting};
use crate::work::WorkItem;
use crate::{ResourceId, Workload, redaction};

pub(crate) use order::{is_recorded_since, moment, prefix_since};

/// Number of the form in which documents are written, as their `format`. Documents without one are of the first form.
///
/// It is counted up when a document changes so that an earlier version would misread it; [`read`] then reads both.
pub const FORMAT: u64 = 1;

/// A document for the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Blob path.
    pub path: String,
    /// JSON document, its names in order: replay compares bytes first.
    pub body: String,
}

impl Entry {
    /// A document with its names in order, and the number of its form.
    pub fn of(path: String, document: &Value) -> Self {
        let format = Value::from(FORMAT);
        let fields = document.as_object().into_iter().flatten();
        let mut named: BTreeMap<&str, &Value> = fields.map(|(name, value)| (name.as_str(), value)).collect();
        named.insert("format", &format);
        let body = serde_json::to_string(&named).unwrap_or_else(|_| document.to_string());
        Self { path, body }
    }

    /// A document in the form that somebody else gives it, such as a deployment template.
    pub fn verbatim(path: String, document: &Value) -> Self {
        Self { path, body: document.to_string() }
    }
}

/// A document of the ledger that this version cannot read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// A later version wrote it.
    #[error(
        "it has format {0}, and this version of Holdfast reads up to {FORMAT}; update the handler, or go back to the \
         version that wrote it"
    )]
    Newer(u64),
    /// Something in it is not as it is written.
    #[error("{0}")]
    Form(String),
}

/// Reads a document of the ledger; what it has beside what this version knows is left out.
///
/// # Errors
///
/// Tells a document of a later version from a broken one.
pub fn read<T: DeserializeOwned>(mut document: Value) -> Result<T, Unreadable> {
    let format = document.as_object_mut().and_then(|fields| fields.remove("format"));
    let format = format.as_ref().and_then(Value::as_u64).unwrap_or(1);
    serde_json::from_value(document).map_err(|error| {
        if format > FORMAT { Unreadable::Newer(format) } else { Unreadable::Form(error.to_string()) }
    })
}

/// What an entry of a resource tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "entry")]
pub enum LedgerRecord {
    /// What was decided, with everything that went in.
    Decided {
        /// The decision.
        decision: Box<Decision>,
        /// Its input, for replay.
        request: Box<Request>,
    },
    /// What the rules for operations say of something that we want to do ourselves.
    Reviewed {
        /// The ruling.
        review: Box<Review>,
        /// Its input, for replay.
        request: Box<ReviewRequest>,
    },
    /// What it waits for.
    Waiting {
        /// For what.
        waiting: Waiting,
    },
    /// How it ended.
    Ended {
        /// The end.
        outcome: Outcome,
    },
}

/// An entry of a resource; as read back, it owns what it tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LedgerDocument<T = LedgerRecord> {
    /// The resource.
    pub resource: ResourceId,
    /// Which of its workloads; none for the first one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workload: Option<Workload>,
    /// When the cause happened; or, of an end that came behind a later one, when its target was looked at.
    pub at: Timestamp,
    /// What is told.
    #[serde(flatten)]
    pub record: T,
}

/// Prefix of everything about a resource.
pub fn prefix_of(resource: &ResourceId) -> String {
    format!("resources{}/", resource.key())
}

/// Of what is listed below [`prefix_of`] a resource, the entries about the resource itself: those of what lies in it, such as
/// shares of an account or databases of a machine, lie below and are listed behind.
pub fn about_itself<'p>(
    paths: &'p [String],
    resource: &ResourceId,
) -> impl DoubleEndedIterator<Item = &'p String> {
    let folder = prefix_of(resource);
    let is_own =
        move |path: &&String| path.strip_prefix(folder.as_str()).is_some_and(|name| !name.contains('/'));
    paths.iter().filter(is_own)
}

/// The time in the path of an entry about this target whose name has this step and word, such as `-1-decided-`; none of
/// another word, about another workload of the resource, or about what lies below it.
pub(crate) fn time_in<'p>(path: &'p str, target: About<'_>, word: &str) -> Option<&'p str> {
    let name = path.strip_prefix(prefix_of(target.resource).as_str()).filter(|name| !name.contains('/'))?;
    let (time, rest) = name.split_once(word)?;
    let is_meant = match target.workload {
        Some(workload) => {
            rest.strip_prefix(workload.to_string().as_str()).is_some_and(|rest| rest.starts_with('-'))
        }
        // A digest has no dash, and the first workload no name.
        None => !rest.contains('-'),
    };
    is_meant.then_some(time)
}

/// What an entry is about: a resource, and which of its workloads if that is not the first one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct About<'a> {
    /// The resource.
    pub resource: &'a ResourceId,
    /// The workload; none for the first one.
    pub workload: Option<Workload>,
}

/// The same, owned.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TargetId {
    /// The resource.
    pub resource: ResourceId,
    /// The workload; none for the first one.
    pub workload: Option<Workload>,
}

impl About<'_> {
    /// The workload that an operation on it has to name: records name none for the first one, and of several an operation
    /// that names none is refused.
    pub fn named(self) -> Option<Workload> {
        let is_one_of_several = Workload::may_be_several(self.resource.resource_type());
        self.workload.or_else(|| Workload::of_id(self.resource).filter(|_| is_one_of_several))
    }
}

impl<'a> From<&'a TargetId> for About<'a> {
    fn from(target: &'a TargetId) -> Self {
        Self { resource: &target.resource, workload: target.workload }
    }
}

impl<'a> From<&'a ResourceId> for About<'a> {
    fn from(resource: &'a ResourceId) -> Self {
        Self { resource, workload: None }
    }
}

impl<'a> From<&'a WorkItem> for About<'a> {
    fn from(item: &'a WorkItem) -> Self {
        Self { resource: &item.resource, workload: item.workload }
    }
}

/// An entry about a target; `cause_at` is the time of the cause, so that a retry has the same path.
///
/// All that is told of a resource lies in one folder. Names say of which workload, where that is not the first one.
pub fn about<'a>(target: impl Into<About<'a>>, cause_at: Timestamp, record: &LedgerRecord) -> Entry {
    let About { resource, workload } = target.into();
    let (step, word) = match record {
        LedgerRecord::Decided { .. } => (1, "decided".to_owned()),
        LedgerRecord::Reviewed { request, .. } => (1, format!("reviewed-{}", request.operation.kind.name())),
        LedgerRecord::Waiting { waiting } => (2, format!("waiting-{}", waiting.as_str())),
        LedgerRecord::Ended { outcome } => (3, format!("ended-{}", outcome.as_str())),
    };
    let digest = digest::of(&essence(record));
    let body =
        serde_json::to_value(LedgerDocument { resource: resource.clone(), workload, at: cause_at, record })
            .unwrap_or_else(|error| json!({ "unwritable": error.to_string() }));
    let of = workload.map(|workload| format!("{workload}-")).unwrap_or_default();
    let path = format!("{}{}-{step}-{word}-{of}{digest}.json", prefix_of(resource), path_time(cause_at));
    Entry::of(path, &body)
}

/// What makes an entry a new one: not the wording of Azure, and not what differs between copies of one event.
fn essence(record: &LedgerRecord) -> Value {
    match record {
        LedgerRecord::Decided { decision, .. } => json!(decision.record.digests),
        LedgerRecord::Reviewed { review, .. } => json!(review.record.digests),
        LedgerRecord::Waiting { waiting: Waiting::Administrator(request) } => json!(request.template),
        LedgerRecord::Waiting { .. } => Value::Null,
        LedgerRecord::Ended { outcome } => match outcome {
            Outcome::Protected { instance, .. } | Outcome::LeftAlone { instance, .. } => {
                json!(instance.key())
            }
            Outcome::Prepared { container, .. } => json!(container.key()),
            Outcome::Unprotected { instance, by } => json!([instance.key(), by]),
            Outcome::Held { instance, operation, .. } => json!([instance.key(), operation]),
            Outcome::Failed { code, .. } => json!(code),
            Outcome::Excluded { .. } | Outcome::Ignored { .. } | Outcome::Gone => Value::Null,
        },
    }
}

/// An entry about an operation that waits for a person, found by listing `approvals/`; the same one has the same
/// path whenever it is found again.
pub fn approval(
    resource: &ResourceId,
    cause_at: Timestamp,
    instance: &ResourceId,
    record: &LedgerRecord,
) -> Entry {
    let operation = match record {
        LedgerRecord::Reviewed { request, .. } => request.operation.kind.name(),
        LedgerRecord::Decided { .. } | LedgerRecord::Waiting { .. } | LedgerRecord::Ended { .. } => "none",
    };
    let digest = digest::of(&json!([instance.key(), operation]));
    let body = about(resource, cause_at, record).body;
    Entry { path: format!("approvals/{operation}/{digest}.json"), body }
}

/// An entry about input that can never be worked on: an event, or a queue message. Secrets that can be seen in it are left out.
pub fn rejected(source: &str, raw: &str, problem: &str) -> Entry {
    const KEPT: usize = 64 * 1024;
    let kept: String = redaction::foreign(raw).chars().take(KEPT).collect();
    let body = json!({
        "entry": "rejected", "source": source, "problem": problem,
        "length": raw.len(), "input": kept,
    });
    Entry::of(format!("rejected/{source}/{}.json", digest::of(&body)), &body)
}

/// An entry about work that was given up by the host or by Event Grid, and is put to work once more.
pub fn revived(source: &str, item: &WorkItem) -> Entry {
    let body = json!({ "entry": "revived", "source": source, "item": item });
    Entry::of(format!("revived/{source}/{}.json", digest::of(&body)), &body)
}

fn path_time(at: Timestamp) -> String {
    at.strftime("%Y%m%dT%H%M%S%.6fZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_of_another_workload_lies_beside_what_is_told_of_the_first() {
        let resource: ResourceId =
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a"
                .parse()
                .unwrap();
        let at = "2026-01-14T09:26:53.5897932Z".parse().unwrap();
        let record = LedgerRecord::Ended { outcome: Outcome::Gone };
        let first = about(&resource, at, &record);
        let name = "20260114T092653.589793Z-3-ended-gone";
        assert!(first.path.starts_with(&format!("{}{name}-", prefix_of(&resource))), "{}", first.path);
        assert!(!first.body.contains("workload"), "{}", first.body);
        let other = About { resource: &resource, workload: Some(Workload::DataLake) };
        let other = about(other, at, &record);
        assert!(
            other.path.starts_with(&format!("{}{name}-data-lake-", prefix_of(&resource))),
            "{}",
            other.path
        );
        assert!(other.body.contains(r#""workload":"data-lake""#), "{}", other.body);
    }

    #[test]
    fn of_a_resource_that_may_have_several_workloads_the_first_is_named() {
        let of = |kind: &str, workload| {
            let resource: ResourceId =
                format!("/subscriptions/s/resourceGroups/g/providers/{kind}/x").parse().unwrap();
            About { resource: &resource, workload }.named()
        };
        let machine = "Microsoft.Compute/virtualMachines";
        assert_eq!(of(machine, None), Some(Workload::AzureVm));
        assert_eq!(of(machine, Some(Workload::SqlInVm)), Some(Workload::SqlInVm));
        assert_eq!(of("Microsoft.Compute/disks", None), None);
        assert_eq!(of("Microsoft.Storage/storageAccounts", None), None);
    }
}
