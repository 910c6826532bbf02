//! What was done about a failure, in the ledger: one small document for each failed job.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Cause;
use crate::job::Job;
use crate::ledger::Entry;
use crate::work::FailedBackup;
use crate::{RefusalKind, ResourceId, digest};

/// What was done about a failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "camelCase", tag = "done")]
pub enum Done {
    /// The backup was taken again, by this operation.
    Retried {
        /// Its id.
        operation: String,
    },
    /// It could not be taken again.
    NotPossible {
        /// Why.
        problem: String,
    },
    /// A reconcile pass sees to the permissions.
    PermissionsSought,
    /// A person has to act.
    #[serde(alias = "told")]
    Reported,
    /// Nothing: a later backup was good.
    Recovered,
}

/// Where the records of a day lie.
fn folder(began: Timestamp) -> String {
    format!("retries/{}/", began.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d"))
}

/// Folders with the records of jobs that began from `since` to `until`.
pub(super) fn folders(since: Timestamp, until: Timestamp) -> Vec<String> {
    let mut folders = Vec::new();
    let mut day = since;
    while day <= until {
        folders.push(folder(day));
        day = day.saturating_add(24.hours()).unwrap_or(Timestamp::MAX);
        if day == Timestamp::MAX {
            break;
        }
    }
    folders.push(folder(until));
    folders.dedup();
    folders
}

/// Where the record of a failed job lies.
pub(super) fn path(job: &Job) -> String {
    place(&job.id, job.began())
}

fn place(job: &ResourceId, began: Option<Timestamp>) -> String {
    let mut name = digest::whole(&job.key());
    name.truncate(32);
    format!("{}{name}.json", folder(began.unwrap_or(Timestamp::UNIX_EPOCH)))
}

/// The record of a failed job.
pub(super) fn entry(job: &Job, resource: Option<&ResourceId>, done: &Done, at: Timestamp) -> Entry {
    let cause = Cause::of(job);
    let body = json!({ "entry": "retry", "job": job.id, "resource": resource, "datasource": job.datasource,
        "code": cause.code, "kind": cause.kind, "action": cause.action, "at": at, "what": done });
    Entry::of(path(job), &body)
}

/// What was done about a failure once the permission held that it lacked: beside the record of the failure.
pub(super) fn entry_after_grant(
    resource: &ResourceId,
    failed: &FailedBackup,
    done: &Done,
    at: Timestamp,
) -> Entry {
    let FailedBackup { job, began, code, .. } = failed;
    let path = place(job, *began).replace(".json", "-granted.json");
    let kind = RefusalKind::MissingPermission;
    let body = json!({ "entry": "retry", "job": job, "resource": resource, "code": code, "kind": kind,
        "action": "nothing: the permission is there", "at": at, "what": done });
    Entry::of(path, &body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::retry::episode::tests::{at, failed};

    #[test]
    fn what_was_done_is_read_as_every_version_wrote_it() {
        let read = |text: &str| serde_json::from_value::<Done>(json!({ "done": text })).unwrap();
        assert_eq!((read("reported"), read("told")), (Done::Reported, Done::Reported));
    }

    #[test]
    fn a_record_lies_under_the_day_on_which_its_job_began() {
        let job = failed("CloudInternalError", 0);
        let entry = entry(&job, None, &Done::Reported, at(30));
        assert!(entry.path.starts_with("retries/2026-01-14/"), "{}", entry.path);
        assert!(folders(at(-24 * 60), at(0)).contains(&folder(at(0))));
        assert_eq!(folders(at(-24 * 60), at(60)), ["retries/2026-01-13/", "retries/2026-01-14/"]);
        assert!(entry.body.contains(r#""code":"CloudInternalError""#), "{}", entry.body);
    }
}
