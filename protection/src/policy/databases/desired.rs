//! What a decision asks of a policy of databases.

use holdfast_evaluator::{PartialBackup, PartialKind, Protection, Tier, Weekday};
use serde::{Deserialize, Serialize};

use super::{DatabasePolicy, LogRuns, PartialRuns};
use crate::impossible::Impossible;
use crate::policy::kept::{DesiredKept, LongestKept};
use crate::policy::rules::store_bound;
use crate::policy::runs::{Runs, StatedRuns};
use crate::tier::DataStore;
use crate::workload::Manifest;
use crate::workload::in_machine::DatabaseKind;

/// A policy of databases that a decision asks for, and how much another one may differ from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DesiredDatabase {
    /// The policy that is made if none fits.
    pub policy: DatabasePolicy,
    /// What the decision states of its times.
    pub stated_runs: StatedRuns,
    /// The most days that full backups may be kept, if the decision leaves a range.
    pub most_days: Option<u32>,
}

/// The validators of Azure's own tools.
const LONGEST: LongestKept = LongestKept { weeks: 5163, months: 1188, years: 99 };
/// Days for which partial backups are kept, if nobody says otherwise: as the template of Azure's own tools.
const USUAL_PARTIAL_DAYS: u32 = 30;
/// The same of backups of the log.
const USUAL_LOG_DAYS: u32 = 15;
/// Days from a full backup to the middle of its week.
const MIDDLE: usize = 3;
/// Minutes between two backups of the log, if nobody says otherwise: the least that Azure takes.
const USUAL_LOG_MINUTES: u32 = 15;

impl DesiredDatabase {
    /// What a decision asks for, within Azure's bounds: without a word, a full backup each week, differential ones between, and
    /// the log every quarter of an hour.
    pub(in crate::policy) fn decided(
        databases: DatabaseKind,
        manifest: &Manifest,
        how: &Protection,
    ) -> Result<Self, Impossible> {
        let store = match how.tier {
            None | Some(Tier::Vault) => DataStore::VaultStore,
            // Snapshots of a system stay beside it; we take backups that go into the vault.
            Some(Tier::Operational) => DataStore::OperationalStore,
        };
        let bounds = manifest.bounds(store).ok_or_else(|| store_bound(manifest))?;
        let (runs, time_zone, stated_runs) = match &how.schedule {
            Some(schedule) => Runs::decided(manifest, Some(schedule))?,
            None => {
                let (daily, zone, stated) = Runs::decided(manifest, None)?;
                (Runs::weekly(daily.at(), vec![Weekday::Sunday]), zone, stated)
            }
        };
        let desired = DesiredKept::decided(&runs, bounds, how.retention, how.long_term);
        desired.check(manifest, bounds, LONGEST)?;
        let DesiredKept { kept, most_days } = desired;
        let partial = partial(databases, &runs, how.partial_backup.as_ref());
        let log = how.log_backup.unwrap_or_default();
        let log = LogRuns {
            every_minutes: log.every_minutes.unwrap_or(USUAL_LOG_MINUTES),
            keep_days: log.keep_days.unwrap_or(USUAL_LOG_DAYS),
        };
        let compressed = how.compression.unwrap_or_default();
        let policy = DatabasePolicy { databases, runs, time_zone, kept, partial, log: Some(log), compressed };
        policy.check(manifest)?;
        Ok(Self { policy, stated_runs, most_days })
    }

    /// Whether a policy gives what was decided.
    pub(in crate::policy) fn fits(&self, found: &DatabasePolicy) -> bool {
        let wanted = &self.policy;
        let same_zone = !self.stated_runs.at || wanted.time_zone == found.time_zone;
        let kept = DesiredKept { kept: wanted.kept.clone(), most_days: self.most_days };
        wanted.databases == found.databases
            && wanted.runs.are_met_by(&found.runs, self.stated_runs)
            && same_zone
            && kept.is_met_by(&found.kept)
            && wanted.partial == found.partial
            && wanted.log == found.log
            && wanted.compressed == found.compressed
    }
}

/// Days for partial backups: of SQL Server the one in the middle of the week, for Azure takes one a week; of SAP HANA each
/// that has no full one.
fn between(databases: DatabaseKind, full: &[Weekday]) -> Vec<Weekday> {
    let from = full.first().map_or(0, |day| *day as usize);
    let week = Weekday::ALL.into_iter().cycle().skip(from + MIDDLE).take(Weekday::ALL.len());
    let free = week.filter(|day| !full.contains(day));
    match databases {
        DatabaseKind::Sql => free.take(1).collect(),
        DatabaseKind::Hana => free.collect(),
    }
}

/// What is taken between full backups. Full backups of each day leave no day for it.
fn partial(databases: DatabaseKind, runs: &Runs, decided: Option<&PartialBackup>) -> Option<PartialRuns> {
    let full: &[Weekday] = match runs {
        Runs::Weekly { days, .. } => days,
        Runs::Hourly { .. } | Runs::Daily { .. } => &Weekday::ALL,
    };
    let others = || between(databases, full);
    let (kind, days, keep) = match decided {
        Some(decided) if !decided.days.is_empty() => (decided.kind, decided.days.clone(), decided.keep_days),
        Some(decided) => (decided.kind, others(), decided.keep_days),
        None => (PartialKind::Differential, others(), None),
    };
    // A decision that asks for them beside full backups of each day is refused, not passed over.
    (decided.is_some() || !days.is_empty())
        .then(|| PartialRuns::new(kind, runs.at(), days, keep.unwrap_or(USUAL_PARTIAL_DAYS)))
}
