//! How a policy wants a resource protected: the names and shapes of a rule set's `[defaults]`.

mod words;

use std::collections::BTreeMap;

use holdfast_rule_sdk::{
    Archive, Consistency, Items, LogBackup, LongTerm, Luns, PartialBackup, Protection, Redundancy,
    RestoreTest, Retention, Schedule, Tag, TestTarget, Tier, VaultChoice, Weekday,
};
use serde::Deserialize;

use words::{Copies, Day, Judge, Kept, Part, Point, Promise};

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(super) struct How {
    vault: Option<Vault>,
    policy: Option<String>,
    retention: Option<Days>,
    schedule: Option<Times>,
    tier: Option<Kept>,
    redundancy: Option<Copies>,
    snapshot_resource_group: Option<String>,
    disk_luns: Option<Chosen<u32>>,
    blob_containers: Option<Chosen<String>>,
    databases: Option<Chosen<String>>,
    file_shares: Option<Chosen<String>>,
    long_term: Option<Longer>,
    snapshot_days: Option<u32>,
    log_backup: Option<Logs>,
    partial_backup: Option<Between>,
    archive: Option<Moved>,
    consistency: Option<Promise>,
    compression: Option<bool>,
    restore_test: Option<Trial>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Vault {
    Named(String),
    Selector(BTreeMap<String, String>),
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
struct Days {
    min_days: Option<u32>,
    max_days: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Times {
    every: String,
    at: Option<String>,
    #[serde(default)]
    days: Vec<Day>,
    window_hours: Option<u32>,
    time_zone: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged, expecting = "expected `all`, a list of names, or a list under `all-but`")]
enum Chosen<T> {
    Every(All),
    Named(Vec<T>),
    But(AllBut<T>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum All {
    All,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct AllBut<T> {
    all_but: Vec<T>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
struct Longer {
    weeks: Option<u32>,
    months: Option<u32>,
    years: Option<u32>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
struct Logs {
    every_minutes: Option<u32>,
    keep_days: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Between {
    kind: Part,
    #[serde(default)]
    days: Vec<Day>,
    keep_days: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Moved {
    Never,
    Recommended,
    AfterDays(u32),
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Trial {
    every: String,
    #[serde(default = "latest")]
    point: Point,
    tier: Option<Kept>,
    #[serde(default)]
    to: Place,
    #[serde(default = "completion")]
    judge: Judge,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
struct Place {
    subscription: Option<String>,
    resource_group: Option<String>,
    paired_region: bool,
}

fn latest() -> Point {
    Point::Latest
}

fn completion() -> Judge {
    Judge::Completion
}

impl From<How> for Protection {
    fn from(how: How) -> Self {
        Self {
            vault: how.vault.map(VaultChoice::from),
            policy: how.policy,
            retention: how
                .retention
                .map(|days| Retention { min_days: days.min_days, max_days: days.max_days }),
            schedule: how.schedule.map(Schedule::from),
            tier: how.tier.map(Tier::from),
            redundancy: how.redundancy.map(Redundancy::from),
            snapshot_resource_group: how.snapshot_resource_group,
            disk_luns: how.disk_luns.map(Luns::from),
            blob_containers: how.blob_containers.map(Items::from),
            databases: how.databases.map(Items::from),
            file_shares: how.file_shares.map(Items::from),
            long_term: how.long_term.map(|kept| LongTerm {
                weeks: kept.weeks,
                months: kept.months,
                years: kept.years,
            }),
            snapshot_days: how.snapshot_days,
            log_backup: how
                .log_backup
                .map(|logs| LogBackup { every_minutes: logs.every_minutes, keep_days: logs.keep_days }),
            partial_backup: how.partial_backup.map(|between| PartialBackup {
                kind: between.kind.into(),
                days: weekdays(between.days),
                keep_days: between.keep_days,
            }),
            archive: how.archive.map(|moved| match moved {
                Moved::Never => Archive::Never,
                Moved::Recommended => Archive::Recommended,
                Moved::AfterDays(days) => Archive::AfterDays(days),
            }),
            consistency: how.consistency.map(Consistency::from),
            compression: how.compression,
            restore_test: how.restore_test.map(RestoreTest::from),
        }
    }
}

impl From<Vault> for VaultChoice {
    fn from(vault: Vault) -> Self {
        match vault {
            Vault::Named(name) => Self::Named(name),
            Vault::Selector(tags) => {
                Self::Selector(tags.into_iter().map(|(name, value)| Tag { name, value }).collect())
            }
        }
    }
}

impl From<Times> for Schedule {
    fn from(times: Times) -> Self {
        let Times { every, at, days, window_hours, time_zone } = times;
        Self { every, at, days: weekdays(days), window_hours, time_zone }
    }
}

fn weekdays(days: Vec<Day>) -> Vec<Weekday> {
    days.into_iter().map(Weekday::from).collect()
}

impl From<Chosen<String>> for Items {
    fn from(chosen: Chosen<String>) -> Self {
        match chosen {
            Chosen::Every(All::All) => Self::All,
            Chosen::Named(names) => Self::Named(names),
            Chosen::But(AllBut { all_but }) => Self::AllBut(all_but),
        }
    }
}

impl From<Chosen<u32>> for Luns {
    fn from(chosen: Chosen<u32>) -> Self {
        match chosen {
            Chosen::Every(All::All) => Self::All,
            Chosen::Named(numbers) => Self::Named(numbers),
            Chosen::But(AllBut { all_but }) => Self::AllBut(all_but),
        }
    }
}

impl From<Trial> for RestoreTest {
    fn from(trial: Trial) -> Self {
        let Place { subscription, resource_group, paired_region } = trial.to;
        Self {
            every: trial.every,
            point: trial.point.into(),
            tier: trial.tier.map(Tier::from),
            to: TestTarget { subscription, resource_group, paired_region },
            judge: trial.judge.into(),
        }
    }
}
