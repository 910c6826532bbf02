//! The rules of a backup policy, with the names that an on-demand backup quotes.

use serde::{Deserialize, Serialize};

use crate::schedule::{Frequency, Period, TimeOfDay};
use crate::tier::DataStore;

/// The rules of a backup policy, as Azure shows them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RulePolicy {
    /// `datasourceTypes`.
    pub datasource_types: Vec<String>,
    /// Rules that take backups; none for continuous backup.
    pub backup: Vec<BackupRule>,
    /// Rules that keep recovery points.
    pub retention: Vec<RetentionRule>,
    /// Names of rules that are not understood: such a policy is never chosen by us, only by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unknown_rules: Vec<String>,
}

/// A scheduled backup rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BackupRule {
    /// Name that an on-demand backup quotes.
    pub name: String,
    /// `backupType`, such as `Full`.
    pub backup_type: String,
    /// Where it puts backups.
    pub store: DataStore,
    /// `repeatingTimeIntervals`.
    pub intervals: Vec<Interval>,
    /// `timeZone`, if it is not UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// Which retention its backups get.
    pub tags: Vec<Tagging>,
}

/// A repeating interval: when it begins, and how often it comes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Interval {
    /// As Azure wrote it.
    pub text: String,
    /// Time of day of its beginning, in UTC; none if that is not understood.
    pub at: Option<TimeOfDay>,
    /// Its period, if it is one of ours.
    pub every: Option<Frequency>,
}

/// A tag that some backups of a rule get.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tagging {
    /// Name of the tag: that of a retention rule.
    pub tag: String,
    /// The lower, the sooner it wins.
    pub priority: u32,
    /// Whether it is for the backups that no other tag takes.
    pub is_default: bool,
    /// Which backups it is for.
    pub criteria: Vec<Criterion>,
}

/// Which backups a tag is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Criterion {
    /// An `absoluteCriteria` word, such as `FirstOfWeek`.
    Absolute(String),
    /// Anything else, as canonical JSON.
    Other(String),
}

/// A rule that keeps recovery points.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RetentionRule {
    /// Its name: that of a tag.
    pub name: String,
    /// Whether it is for the recovery points that no other rule takes.
    pub is_default: bool,
    /// How long they are kept in which store.
    pub lifecycles: Vec<Lifecycle>,
}

/// How long recovery points are kept in one store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Lifecycle {
    /// The store.
    pub store: DataStore,
    /// How long.
    pub keep: Period,
    /// Stores that they are copied to, such as `ArchiveStore`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub copied_to: Vec<String>,
}

impl RetentionRule {
    /// How long the vault keeps its recovery points, store by store. Snapshots beside the resource are none of the
    /// vault's.
    fn in_vault(&self) -> impl Iterator<Item = &Lifecycle> {
        self.lifecycles.iter().filter(|lifecycle| match lifecycle.store {
            DataStore::VaultStore | DataStore::ArchiveStore => true,
            DataStore::OperationalStore => false,
        })
    }

    /// For how many days it keeps them in the vault and, after that, in its archive.
    fn days_in_vault(&self) -> u32 {
        self.in_vault().map(|lifecycle| lifecycle.keep.nominal_days()).fold(0, u32::saturating_add)
    }

    /// The one of these rules that keeps in the vault what this one keeps there: that of its name, or else the default.
    fn successor<'r>(&self, rules: &'r [Self]) -> Option<&'r Self> {
        let is_named = |rule: &Self| rule.name.eq_ignore_ascii_case(&self.name);
        rules
            .iter()
            .filter(|rule| rule.in_vault().next().is_some() && (is_named(rule) || rule.is_default))
            .min_by_key(|rule| !is_named(rule))
    }
}

/// What rules keep in the vault for a shorter time than others do, in words: each store of each rule is compared.
pub(super) fn shorter(rules: &[RetentionRule], others: &[RetentionRule]) -> Option<String> {
    let mut kept = others.iter().flat_map(|old| old.in_vault().map(move |was| (old, was)));
    kept.find_map(|(old, was)| {
        let new = old.successor(rules);
        let name = new.map_or(&old.name, |new| &new.name);
        let there = new.and_then(|new| new.in_vault().find(|is| is.store == was.store));
        let (new_days, old_days, place) = match there {
            Some(is) if is.store == DataStore::ArchiveStore => {
                (is.keep.nominal_days(), was.keep.nominal_days(), " in the archive")
            }
            Some(is) => (is.keep.nominal_days(), was.keep.nominal_days(), ""),
            // What is not archived may stay in the vault for as long.
            None => (new.map_or(0, RetentionRule::days_in_vault), old.days_in_vault(), " in the vault"),
        };
        (new_days < old_days).then(|| format!("{name} has {new_days} days{place}, not {old_days}"))
    })
}

impl RulePolicy {
    /// What it keeps in the vault for a shorter time than another policy does, in words; none if it keeps all
    /// there as long or longer.
    pub fn keeps_shorter_than(&self, other: &Self) -> Option<String> {
        shorter(&self.retention, &other.retention)
    }

    /// Stores in which it keeps backups.
    pub fn stores(&self) -> Vec<DataStore> {
        let kept = self.retention.iter().flat_map(|rule| &rule.lifecycles).map(|lifecycle| lifecycle.store);
        let mut stores: Vec<DataStore> = self.backup.iter().map(|rule| rule.store).chain(kept).collect();
        stores.sort_unstable();
        stores.dedup();
        stores
    }
}

impl BackupRule {
    /// Its period, if it has one interval and we know it: several are several times a week or a day.
    pub fn every(&self) -> Option<Frequency> {
        match self.intervals.as_slice() {
            [interval] => interval.every,
            _ => None,
        }
    }
}
