//! Policies of databases in virtual machines: full backups, partial ones between them, and logs.

mod bounds;
mod desired;

use std::fmt::Write as _;

use holdfast_evaluator::{PartialKind, Weekday};
use serde::{Deserialize, Serialize};

use super::kept::Kept;
use super::naming;
use super::runs::Runs;
use super::zone::TimeZone;
use crate::schedule::TimeOfDay;
use crate::tier::DataStore;
use crate::workload::in_machine::DatabaseKind;

pub use desired::DesiredDatabase;

/// A policy of databases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DatabasePolicy {
    /// Of which kind.
    pub databases: DatabaseKind,
    /// When full backups are taken.
    pub runs: Runs,
    /// In which time zone.
    #[serde(default, skip_serializing_if = "TimeZone::is_utc")]
    pub time_zone: TimeZone,
    /// How long full backups are kept.
    pub kept: Kept,
    /// Backups between full ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partial: Option<PartialRuns>,
    /// Backups of the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log: Option<LogRuns>,
    /// Whether backups are compressed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub compressed: bool,
}

/// Backups between full ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PartialRuns {
    /// Since what they hold changes.
    pub kind: PartialKind,
    /// When.
    pub at: TimeOfDay,
    /// On which days, in order, each once.
    pub days: Vec<Weekday>,
    /// Days for which they are kept.
    pub keep_days: u32,
}

/// Backups of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LogRuns {
    /// Minutes between two of them.
    pub every_minutes: u32,
    /// Days for which they are kept.
    pub keep_days: u32,
}

impl DatabasePolicy {
    /// Stores in which it keeps backups.
    pub fn stores(&self) -> Vec<DataStore> {
        vec![DataStore::VaultStore]
    }

    /// What it keeps for a shorter time than another policy does, in words.
    pub fn keeps_shorter_than(&self, other: &Self) -> Option<String> {
        let shorter = |what: &str, new: Option<u32>, old: Option<u32>| {
            let (new, old) = (new.unwrap_or_default(), old?);
            (new < old).then(|| format!("{what} are kept for {new} days, not for {old}"))
        };
        let partial = |policy: &Self| policy.partial.as_ref().map(|partial| partial.keep_days);
        let log = |policy: &Self| policy.log.map(|log| log.keep_days);
        self.kept
            .shorter_than(&other.kept)
            .or_else(|| shorter("partial backups", partial(self), partial(other)))
            .or_else(|| shorter("backups of the log", log(self), log(other)))
    }

    /// A name that says what the policy does, the same for the same policy.
    pub fn name(&self) -> String {
        let slug = match self.databases {
            DatabaseKind::Sql => "sql",
            DatabaseKind::Hana => "hana",
        };
        let mut name = naming::begun(slug, &self.runs, &self.kept);
        if let Some(PartialRuns { kind, at, days, keep_days }) = &self.partial {
            let word = match kind {
                PartialKind::Differential => "diff",
                PartialKind::Incremental => "incr",
            };
            let _ = write!(name, "-{word}-");
            days.iter().for_each(|day| name.push_str(naming::short(*day)));
            if *at != self.runs.at() {
                let _ = write!(name, "-{at}");
            }
            let _ = write!(name, "-{keep_days}d");
        }
        if let Some(LogRuns { every_minutes, keep_days }) = self.log {
            let _ = write!(name, "-log{every_minutes}-{keep_days}d");
        }
        if self.compressed {
            name.push_str("-compressed");
        }
        naming::ended(name, &self.time_zone, None)
    }
}

impl PartialRuns {
    /// With the days in order, each once.
    pub fn new(kind: PartialKind, at: TimeOfDay, mut days: Vec<Weekday>, keep_days: u32) -> Self {
        days.sort_unstable();
        days.dedup();
        Self { kind, at, days, keep_days }
    }
}
