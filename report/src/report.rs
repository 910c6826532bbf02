//! The report itself.

use std::collections::HashMap;

use holdfast_protection::hold::Hold;
use holdfast_protection::vault_state::VaultState;
use holdfast_protection::{ResourceId, Workload};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::cost::{Cost, cost};
use crate::coverage::Coverage;
use crate::exclusions::{Exclusions, exclusions};
use crate::gaps::{Gap, Stop, gaps};
use crate::jobs::Good;
use crate::rpo::{Rpo, rpo};
use crate::rules::effects;
use crate::{
    Arrivals, AssignedPolicy, Cause, Drift, Drifts, Failure, Headline, JobCounts, Purge, RuleEffect, Shadow,
    Shadows, Tally, TimeToProtection, Trend, VaultChecks, causes, check,
};

/// The run of the sweep that the report rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ReportedRun)]
pub struct RunSeen {
    /// Its name.
    pub run: String,
    /// When it ended.
    pub ended: Timestamp,
    /// How many targets it saw.
    pub seen: u64,
}

/// What a person decided against the rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ReportedHold)]
pub struct Held {
    /// The resource.
    pub resource: ResourceId,
    /// Which of its workloads is held, if that is not the first one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workload: Option<Workload>,
    /// What the person did.
    pub act: String,
    /// Who.
    pub by: String,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// When the rules are followed again.
    pub until: Timestamp,
}

/// Everything that a report is made of.
#[derive(Default)]
pub struct Input<'a> {
    /// The run that was counted.
    pub run: Option<RunSeen>,
    /// What its pages came to.
    pub tally: Tally,
    /// Where the work on unprotected targets stopped, by key of the resource and workload.
    pub stops: HashMap<(String, Workload), Stop>,
    /// What fails: instances in error, and jobs after which nothing succeeded.
    pub failures: Vec<Failure>,
    /// How jobs stand.
    pub jobs: JobCounts,
    /// The last good backup of each resource.
    pub last_good: HashMap<String, Good>,
    /// What people decided against the rules.
    pub holds: Vec<Hold>,
    /// What is about to be gone for good.
    pub purges: Vec<Purge>,
    /// The vaults.
    pub vaults: &'a [VaultState],
    /// Operations that wait for a second person.
    pub awaiting: u64,
    /// How many of these nobody can approve.
    pub awaiting_nobody: u64,
    /// Coverage over time.
    pub trend: Trend,
    /// What rules in shadow would have changed.
    pub shadows: Shadows,
    /// What was newly protected; none where nobody has kept that.
    pub arrivals: Option<Arrivals>,
    /// What is protected otherwise than decided, where nobody works on it.
    pub drifts: Drifts,
    /// What Azure Policy is to do about backup.
    pub azure_policy: Vec<AssignedPolicy>,
    /// What could not be read; the rest of the report stands.
    pub incomplete: Vec<String>,
    /// Whether nothing is deployed that works on what is missing.
    pub is_assessment: bool,
}

/// What the protection of an estate comes to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The form of this document.
    pub format: String,
    /// When it was made.
    pub at: Timestamp,
    /// The run of the sweep that it rests on; none before the first has ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<RunSeen>,
    /// What needs a person.
    pub headline: Headline,
    /// What fails, by cause.
    pub failures: Vec<Cause>,
    /// What is not protected, by the reason.
    pub unprotected: Vec<Gap>,
    /// What is protected otherwise than the rules want it; only where nobody works on it, as in an assessment.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub drift: Vec<Drift>,
    /// How much of what should be protected is.
    pub coverage: Coverage,
    /// The same over time.
    pub trend: Trend,
    /// How long new resources waited for protection; none where nobody has kept that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_to_protection: Option<TimeToProtection>,
    /// How old the newest recovery points are.
    #[serde(default)]
    pub rpo: Rpo,
    /// Jobs of the last day.
    pub jobs: JobCounts,
    /// What each rule does.
    pub rules: Vec<RuleEffect>,
    /// What rules in shadow would have changed, day by day.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shadows: Vec<Shadow>,
    /// What rules leave out, by why.
    pub exclusions: Vec<Exclusions>,
    /// What people decided against the rules; what ends first comes first.
    pub holds: Vec<Held>,
    /// What was deleted softly; what is gone first comes first.
    pub purges: Vec<Purge>,
    /// The profile that vaults are held against.
    pub profile: String,
    /// Each vault, the one with the most failed checks first.
    pub vaults: Vec<VaultChecks>,
    /// Operations that wait for a second person.
    pub awaiting_approval: u64,
    /// How many of these nobody can approve, as the rules and the settings are.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub nobody_can_approve: u64,
    /// What it may cost.
    pub cost: Cost,
    /// What Azure Policy is to do about backup, and the rules that do the same; only in an assessment.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub azure_policy: Vec<AssignedPolicy>,
    /// What could not be read; the rest of the report stands.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub incomplete: Vec<String>,
}

impl Report {
    /// The report of what is known now.
    pub fn of(input: Input<'_>, at: Timestamp) -> Self {
        let Input {
            run,
            tally,
            stops,
            failures,
            jobs,
            last_good,
            mut holds,
            mut purges,
            vaults,
            awaiting,
            awaiting_nobody,
            trend,
            shadows,
            arrivals,
            drifts,
            azure_policy,
            incomplete,
            is_assessment,
        } = input;
        let unprotected = gaps(&tally.uncovered, |state| tally.count_of(state), &stops, is_assessment);
        let failing = failures.iter().map(|failure| failure.resource.to_ascii_lowercase()).collect();
        let rpo = rpo(&last_good, &tally.intervals, &failing, at);
        let failures = causes(failures);
        holds.sort_by_key(|hold| hold.until);
        // Of some, Azure does not say when they are gone: these come last.
        purges.sort_by_cached_key(|one| (one.purged.is_none(), one.purged, one.resource.key()));
        let mut vaults: Vec<VaultChecks> = vaults.iter().map(check).collect();
        vaults.sort_by(|a, b| b.failed.cmp(&a.failed).then_with(|| a.vault.key().cmp(&b.vault.key())));
        Self {
            format: "holdfast.report/1".to_owned(),
            at,
            run,
            headline: Headline::of(&failures, &unprotected, awaiting, &incomplete),
            failures,
            unprotected,
            drift: drifts.told(),
            coverage: tally.coverage(),
            trend,
            time_to_protection: arrivals.map(|arrivals| arrivals.times(at)),
            rpo,
            jobs,
            rules: effects(&tally.rules),
            shadows: shadows.told(),
            exclusions: exclusions(&tally.exclusions, &tally.expiries),
            holds: holds.into_iter().map(Held::from).collect(),
            purges,
            profile: crate::PROFILE.to_owned(),
            vaults,
            awaiting_approval: awaiting,
            nobody_can_approve: awaiting_nobody,
            cost: cost(&tally.instances),
            azure_policy,
            incomplete,
        }
    }
}

impl From<Hold> for Held {
    fn from(hold: Hold) -> Self {
        let act = hold.act.as_str().to_owned();
        let Hold { resource, workload, by, why, until, .. } = hold;
        Self { resource, workload, act, by: by.name, why, until }
    }
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Source;
    use crate::tally::tests::line;

    fn now() -> Timestamp {
        "2026-11-29T06:00:00Z".parse().unwrap()
    }

    #[test]
    fn an_estate_that_is_well_needs_nobody() {
        let mut tally = Tally::default();
        tally.add(&[line("a", "protected"), line("b", "excluded")]);
        let report = Report::of(Input { tally, ..Input::default() }, now());
        assert_eq!(report.headline.sentence, "Nothing needs you");
        assert_eq!(report.coverage.percent, Some(100.0));
    }

    #[test]
    fn what_could_not_be_read_is_not_taken_for_well() {
        let incomplete = vec!["the vaults could not be read: Azure is unavailable".to_owned()];
        let report = Report::of(Input { incomplete, ..Input::default() }, now());
        assert_eq!(report.headline.sentence, "Nothing needs you in what could be read");
    }

    #[test]
    fn what_is_gone_first_comes_first_and_what_nobody_knows_comes_last() {
        let purge = |name: &str, purged: Option<&str>| Purge {
            resource: line(name, "").resource,
            vault: line("v", "").resource,
            deleted: None,
            purged: purged.map(|at| at.parse().unwrap()),
        };
        let purges = vec![
            purge("unknown", None),
            purge("later", Some("2026-12-24T00:00:00Z")),
            purge("soon", Some("2026-12-01T00:00:00Z")),
        ];
        let report = Report::of(Input { purges, ..Input::default() }, now());
        let names: Vec<&str> = report.purges.iter().map(|one| one.resource.name()).collect();
        assert_eq!(names, ["soon", "later", "unknown"]);
    }

    #[test]
    fn causes_and_gaps_and_approvals_are_counted_in_one_sentence() {
        let mut tally = Tally::default();
        tally.add(&[line("a", "failed"), line("b", "unprotected"), line("c", "protected")]);
        let failure = Failure {
            resource: "d".to_owned(),
            source: Source::Job,
            code: "UserErrorX".to_owned(),
            message: "no".to_owned(),
            recommended: None,
            at: None,
            job: None,
        };
        let input =
            Input { tally, failures: vec![failure], awaiting: 2, awaiting_nobody: 1, ..Input::default() };
        let report = Report::of(input, now());
        assert_eq!(report.headline.sentence, "3 causes need you, 4 resources");
        assert_eq!((report.awaiting_approval, report.nobody_can_approve), (2, 1));
        assert_eq!(serde_json::from_value::<Report>(serde_json::json!(report)).unwrap(), report);
    }
}
