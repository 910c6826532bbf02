//! Failures by their cause: rows in, groups out.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Cause, Remedy, Tally, fingerprint};
use crate::ResourceId;
use crate::job::Job;

/// Examples of a group.
const SAMPLES: usize = 3;

/// Failures that have one cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FailureGroup {
    /// Why they failed, and what has to be done.
    #[serde(flatten)]
    pub cause: Cause,
    /// What Holdfast does about them.
    pub remedy: Remedy,
    /// How many failures.
    pub count: u64,
    /// Of how many resources.
    pub resources: u64,
    /// When the first of them began.
    pub since: Option<Timestamp>,
    /// When the last of them began.
    pub last: Option<Timestamp>,
    /// Some of them, the newest first.
    pub samples: Vec<FailureSample>,
}

/// One failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FailureSample {
    /// The job that failed.
    pub job: ResourceId,
    /// What it was to back up, as the job names it.
    pub datasource: String,
    /// When it began.
    pub began: Option<Timestamp>,
    /// Azure's message.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
}

/// Groups that grow by one failure at a time; they hold nothing of a failure but a few samples.
#[derive(Debug, Clone, Default)]
pub struct Groups(BTreeMap<String, Group>);

#[derive(Debug, Clone)]
struct Group {
    cause: Cause,
    tally: Tally,
    samples: Vec<FailureSample>,
}

/// The groups of these failures, the largest first.
pub fn groups<'a>(failed: impl IntoIterator<Item = &'a Job>) -> Vec<FailureGroup> {
    let mut groups = Groups::default();
    failed.into_iter().for_each(|job| groups.add(job));
    groups.finish()
}

impl Groups {
    /// Counts a failure.
    pub fn add(&mut self, job: &Job) {
        let cause = Cause::of(job);
        let message = job.errors.first().map(|error| error.message.clone()).unwrap_or_default();
        let key = fingerprint(&cause.code, &message);
        let new = || Group { cause, tally: Tally::default(), samples: Vec::new() };
        let Group { tally, samples, .. } = self.0.entry(key).or_insert_with(new);
        tally.add(&job.datasource, job.began());
        let datasource = job.datasource.clone();
        samples.push(FailureSample { job: job.id.clone(), datasource, began: job.began(), message });
        samples.sort_by(|a, b| b.began.cmp(&a.began).then_with(|| a.job.key().cmp(&b.job.key())));
        samples.truncate(SAMPLES);
    }

    /// The groups, the largest first.
    pub fn finish(self) -> Vec<FailureGroup> {
        let mut groups: Vec<FailureGroup> = self.0.into_values().map(FailureGroup::from).collect();
        groups.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.cause.code.cmp(&b.cause.code)));
        groups
    }
}

impl From<Group> for FailureGroup {
    fn from(group: Group) -> Self {
        let Group { cause, tally: Tally { count, resources, since, last, .. }, samples } = group;
        let remedy = cause.remedy();
        Self { cause, remedy, count, resources, since, last, samples }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::retry::episode::tests::{failed, job};

    #[test]
    fn failures_of_one_cause_are_one_group_whatever_their_order() {
        let vm =
            |n: u32, minute| Job { datasource: format!("vm-{n}"), ..failed("CloudInternalError", minute) };
        let mut jobs =
            vec![vm(1, 0), vm(2, 5), vm(1, 9), failed("UserErrorVmNotFoundV2", 3), job("Failed", 4)];
        let found = groups(&jobs);
        jobs.reverse();
        assert_eq!(groups(&jobs), found);
        let counts: Vec<(&str, u64, u64, Remedy)> = found
            .iter()
            .map(|group| (group.cause.code.as_str(), group.count, group.resources, group.remedy))
            .collect();
        assert_eq!(
            counts,
            [
                ("CloudInternalError", 3, 2, Remedy::Retry),
                ("Unspecified", 1, 1, Remedy::Tell),
                ("UserErrorVmNotFoundV2", 1, 1, Remedy::Tell),
            ]
        );
        assert_eq!(found[0].since, vm(1, 0).began());
        assert_eq!(found[0].samples.first().and_then(|sample| sample.began), vm(1, 9).began());
    }
}
