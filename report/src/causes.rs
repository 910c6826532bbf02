//! Failures by cause: one cause with a count is worked on, a thousand rows are not.

use std::collections::{BTreeMap, BTreeSet};

use holdfast_protection::retry::{Tally, fingerprint};
use holdfast_protection::target::Target;
use holdfast_protection::{Refusal, ResourceId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Samples of a cause.
const SAMPLES: usize = 5;

/// Where a failure was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = ReportedSource)]
pub enum Source {
    /// Azure says that the protection of a resource does not work.
    Instance,
    /// A job failed, and none has succeeded since.
    Job,
}

/// One failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The resource, or the text by which Azure names it.
    pub resource: String,
    /// Where it was seen.
    pub source: Source,
    /// Azure's code.
    pub code: String,
    /// Azure's message.
    pub message: String,
    /// What Azure recommends.
    pub recommended: Option<String>,
    /// When, if Azure says so.
    pub at: Option<Timestamp>,
    /// The job.
    pub job: Option<ResourceId>,
}

impl Failure {
    /// A target whose protection does not work; none where nothing protects it.
    pub fn of_target(target: &Target) -> Option<Self> {
        let error = target.protection.as_ref()?.error.as_ref();
        Some(Self::of_protection(target.resource.to_string(), error))
    }

    /// A protection that does not work, and what Azure says of it.
    pub fn of_protection(resource: String, error: Option<&Refusal>) -> Self {
        let (code, message) = match error {
            Some(error) => (error.code.clone(), error.message.clone()),
            None => ("ProtectionError".to_owned(), "Azure says that its protection does not work".to_owned()),
        };
        let recommended = error.and_then(|error| error.recommended_action.first().cloned());
        Self { resource, source: Source::Instance, code, message, recommended, at: None, job: None }
    }
}

/// Failures that have one cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ReportedCause)]
pub struct Cause {
    /// Azure's code.
    pub code: String,
    /// Where it was seen.
    pub sources: BTreeSet<Source>,
    /// What is wrong, as one of them has it.
    pub message: String,
    /// How many failures.
    pub count: u64,
    /// Of how many resources.
    pub resources: u64,
    /// Since when, as far as Azure says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// When it was seen last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<Timestamp>,
    /// Some of them, the latest first.
    pub samples: Vec<Sample>,
    /// The one thing to do.
    pub proposal: Proposal,
}

/// One of the failures of a cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ReportedSample)]
pub struct Sample {
    /// The resource, or the text by which Azure names it.
    pub resource: String,
    /// Azure's message.
    pub message: String,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// The job.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job: Option<ResourceId>,
}

/// What is proposed against a cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Proposal {
    /// In words.
    pub text: String,
    /// What Holdfast can do about it: `backup`. Its plan is shown before anything is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
}

/// Groups failures by their cause: the most resources first.
pub fn causes(failures: Vec<Failure>) -> Vec<Cause> {
    let mut groups: BTreeMap<String, Vec<Failure>> = BTreeMap::new();
    for failure in failures {
        groups.entry(fingerprint(&failure.code, &failure.message)).or_default().push(failure);
    }
    let mut causes: Vec<Cause> = groups.into_values().filter_map(cause).collect();
    causes.sort_by(|a, b| {
        (b.resources, b.count).cmp(&(a.resources, a.count)).then_with(|| a.code.cmp(&b.code))
    });
    causes
}

fn cause(mut failures: Vec<Failure>) -> Option<Cause> {
    failures.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.resource.cmp(&b.resource)));
    let mut tally = Tally::default();
    failures.iter().for_each(|one| tally.add(&one.resource, one.at));
    let Tally { count, resources, since, last, .. } = tally;
    let first = failures.first()?;
    let proposal = proposal(&failures);
    Some(Cause {
        code: first.code.clone(),
        message: first.message.clone(),
        count,
        resources,
        since,
        last,
        sources: failures.iter().map(|one| one.source).collect(),
        proposal,
        samples: failures.into_iter().take(SAMPLES).map(Sample::from).collect(),
    })
}

fn proposal(failures: &[Failure]) -> Proposal {
    let text = failures.iter().find_map(|one| one.recommended.clone());
    let text = text.unwrap_or_else(|| {
        "read Azure's message, mend what it names, then back up now to see whether it works".to_owned()
    });
    let is_job = failures.iter().any(|one| one.source == Source::Job);
    Proposal { text, action: is_job.then(|| "backup".to_owned()) }
}

impl From<Failure> for Sample {
    fn from(failure: Failure) -> Self {
        let Failure { resource, message, at, job, .. } = failure;
        Self { resource, message, at, job }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn failure(resource: &str, code: &str, message: &str, at: &str) -> Failure {
        Failure {
            resource: resource.to_owned(),
            source: Source::Job,
            code: code.to_owned(),
            message: message.to_owned(),
            recommended: None,
            at: at.parse().ok(),
            job: None,
        }
    }

    #[test]
    fn one_cause_has_a_count_its_first_and_its_last_time() {
        let found = causes(vec![
            failure("a", "UserErrorVmNotFound", "vm 'a' is gone", "2026-11-28T02:00:00Z"),
            failure("b", "usererrorvmnotfound", "vm 'b' is gone", "2026-11-29T02:00:00Z"),
            failure("a", "UserErrorVmNotFound", "vm 'a' is gone", "2026-11-27T02:00:00Z"),
            failure("c", "Other", "x", "2026-11-29T02:00:00Z"),
        ]);
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].count, found[0].resources), (3, 2));
        assert_eq!(found[0].since, "2026-11-27T02:00:00Z".parse().ok());
        assert_eq!(found[0].last, "2026-11-29T02:00:00Z".parse().ok());
        assert_eq!(found[0].samples[0].resource, "b");
    }

    #[test]
    fn a_code_that_says_nothing_is_told_apart_by_its_message_without_names() {
        let found = causes(vec![
            failure("a", "InternalError", "Snapshot of disk-17 failed", ""),
            failure("b", "InternalError", "Snapshot of disk-4 failed", ""),
            failure("c", "InternalError", "The service is busy", ""),
        ]);
        assert_eq!(found.iter().map(|one| one.count).collect::<Vec<_>>(), [2, 1]);
    }

    proptest! {
        #[test]
        fn no_failure_is_lost_or_counted_twice(rows in proptest::collection::vec(("[ab]", "[XY]?", "[a-z ]{0,4}"), 0..30)) {
            let failures: Vec<Failure> = rows.iter().map(|(one, code, text)| failure(one, code, text, "")).collect();
            let found = causes(failures.clone());
            prop_assert_eq!(found.iter().map(|one| one.count).sum::<u64>(), failures.len() as u64);
            let mut reversed = failures;
            reversed.reverse();
            prop_assert_eq!(causes(reversed).len(), found.len());
        }
    }
}
