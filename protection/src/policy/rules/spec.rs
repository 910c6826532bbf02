//! A backup policy that should exist: a template of Azure's own tools, and edits of it.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::RulePolicy;
use super::rule::{Lifecycle, RetentionRule, shorter};
use crate::Workload;
use crate::schedule::{Frequency, Period, RetentionTag, Schedule};
use crate::tier::DataStore;
use crate::workload::StoreBounds;

/// A backup policy that should exist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RuleSpec {
    /// What it is for.
    pub workload: Workload,
    /// Scheduled backups; none where backup is continuous alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backup: Option<ScheduledBackup>,
    /// How long recovery points are kept, the default of each store first.
    pub retention: Vec<RetentionSpec>,
}

/// Scheduled backups of a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScheduledBackup {
    /// When.
    pub schedule: Schedule,
    /// Where they are put.
    pub store: DataStore,
}

/// How long one class of recovery points is kept in one store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RetentionSpec {
    /// Which recovery points.
    pub tag: RetentionTag,
    /// Where.
    pub store: DataStore,
    /// How long.
    pub period: Period,
}

impl RuleSpec {
    /// The policy that Azure's own tools propose for a workload in one of its stores.
    pub fn template(workload: Workload, bounds: &StoreBounds) -> Self {
        let keep = RetentionSpec { tag: RetentionTag::Default, store: bounds.store, period: bounds.template };
        let backup = bounds
            .cadence
            .as_ref()
            .map(|cadence| ScheduledBackup { schedule: cadence.template, store: bounds.store });
        Self { workload, backup, retention: vec![keep] }
    }

    /// Edits the trigger of its scheduled backups; continuous backup has none.
    #[must_use]
    pub fn triggered(mut self, schedule: Schedule) -> Self {
        if let Some(backup) = &mut self.backup {
            backup.schedule = schedule;
        }
        self
    }

    /// Edits a retention rule, or adds one with its tag.
    #[must_use]
    pub fn keeping(mut self, keep: RetentionSpec) -> Self {
        match self.retention.iter_mut().find(|one| one.tag == keep.tag && one.store == keep.store) {
            Some(known) => *known = keep,
            None => self.retention.push(keep),
        }
        self
    }

    /// Both in one policy, as for blobs that are backed up continuously and into the vault.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.backup = self.backup.or(other.backup);
        other.retention.into_iter().fold(self, Self::keeping)
    }

    /// How often its scheduled backups are taken.
    pub fn every(&self) -> Option<Frequency> {
        self.backup.map(|backup| backup.schedule.every)
    }

    /// What it would keep in the vault for a shorter time than a policy that is there, in words.
    pub fn keeps_shorter_than(&self, other: &RulePolicy) -> Option<String> {
        let rules = self.retention.iter().map(|keep| RetentionRule {
            name: self.rule_name(*keep),
            is_default: keep.tag == RetentionTag::Default,
            lifecycles: vec![Lifecycle { store: keep.store, keep: keep.period, copied_to: Vec::new() }],
        });
        shorter(&rules.collect::<Vec<_>>(), &other.retention)
    }

    /// The name of the rule that keeps recovery points so. Beside a scheduled rule, continuous backup is kept by a
    /// default of its own.
    pub fn rule_name(&self, keep: RetentionSpec) -> String {
        match self.backup {
            Some(backup) if backup.store != keep.store => {
                format!("{}_{}", keep.tag.name(), keep.store.as_str())
            }
            Some(_) | None => keep.tag.name().to_owned(),
        }
    }

    /// A name that says what the policy does, the same for the same policy.
    pub fn name(&self) -> String {
        let mut name = format!("holdfast-{}", self.workload.manifest().slug);
        if let Some(ScheduledBackup { schedule, .. }) = self.backup {
            let _ = write!(name, "-{}-{}", schedule.every, schedule.at);
        }
        for keep in &self.retention {
            let scheduled = self.backup.is_none_or(|backup| backup.store == keep.store);
            match keep.tag {
                RetentionTag::Default if scheduled => {}
                RetentionTag::Default => name.push_str("-continuous"),
                RetentionTag::Daily | RetentionTag::Weekly | RetentionTag::Monthly | RetentionTag::Yearly => {
                    let _ = write!(name, "-{}", keep.tag.name());
                }
            }
            name.push('-');
            name.push_str(keep.period.to_string().trim_start_matches('P'));
        }
        name.replace(':', "").to_ascii_lowercase()
    }
}
