//! Whether an existing policy does what is wished, however it is written.
//!
//! Order, names of rules, letter case and the spelling of periods do not matter: Azure's own tools differ in all of them.

use super::rule::{BackupRule, Criterion, RetentionRule, RulePolicy};
use super::{DesiredRule, RetentionSpec, RuleSpec, ScheduledBackup};
use crate::schedule::RetentionTag;

impl DesiredRule {
    /// Whether a policy gives what was decided; a range of retention is met by any that lies in it.
    pub fn fits(&self, policy: &RulePolicy) -> bool {
        let keeps = |wanted: RetentionSpec, found: RetentionSpec| match self.most_days {
            Some(most) if wanted.tag == RetentionTag::Default => {
                let real = found.period.real_days();
                wanted.period.nominal_days() <= *real.start() && *real.end() <= most
            }
            Some(_) | None => wanted.period == found.period,
        };
        self.spec.is_done_by(policy, self.at_this_time, keeps)
    }
}

impl RuleSpec {
    /// Whether an existing policy does the same. The time of day does not matter.
    pub fn is_met_by(&self, policy: &RulePolicy) -> bool {
        self.is_done_by(policy, false, |wanted, found| wanted.period == found.period)
    }

    fn is_done_by(
        &self,
        policy: &RulePolicy,
        at_this_time: bool,
        keeps: impl Fn(RetentionSpec, RetentionSpec) -> bool,
    ) -> bool {
        let ours = self.workload.datasource_type();
        let for_workload = policy.datasource_types.iter().any(|kind| kind.eq_ignore_ascii_case(ours));
        let backs_up = match (self.backup, policy.backup.as_slice()) {
            (None, []) => true,
            (Some(wanted), [rule]) => self.is_triggered_by(rule, wanted, at_this_time),
            (None | Some(_), _) => false,
        };
        let Some(found) = policy.retention.iter().map(kept).collect::<Option<Vec<RetentionSpec>>>() else {
            return false;
        };
        let same = |wanted: &RetentionSpec, found: &RetentionSpec| {
            wanted.tag == found.tag && wanted.store == found.store && keeps(*wanted, *found)
        };
        let all_kept = found.len() == self.retention.len()
            && self.retention.iter().all(|wanted| found.iter().any(|found| same(wanted, found)));
        for_workload && policy.unknown_rules.is_empty() && backs_up && all_kept
    }

    fn is_triggered_by(&self, rule: &BackupRule, wanted: ScheduledBackup, at_this_time: bool) -> bool {
        let ScheduledBackup { schedule, store } = wanted;
        let same_time = || {
            let at = rule.intervals.first().and_then(|interval| interval.at);
            rule.time_zone.is_none() && at.is_some_and(|at| at.agrees_with(schedule.at, schedule.every))
        };
        rule.store == store
            && rule.every() == Some(schedule.every)
            && rule.backup_type.eq_ignore_ascii_case(self.workload.manifest().backup_type)
            && (!at_this_time || same_time())
            && self.is_tagged_by(rule, wanted)
    }

    /// Whether the rule tags just the backups that are kept by a tag of their own.
    fn is_tagged_by(&self, rule: &BackupRule, wanted: ScheduledBackup) -> bool {
        let mut found = Vec::new();
        for tagging in rule.tags.iter().filter(|tagging| !tagging.is_default) {
            let [Criterion::Absolute(word)] = tagging.criteria.as_slice() else { return false };
            let tag = RetentionTag::ALL.into_iter().find(|tag| {
                tag.name().eq_ignore_ascii_case(&tagging.tag)
                    && tag.criterion().is_some_and(|own| own.eq_ignore_ascii_case(word))
            });
            let Some(tag) = tag else { return false };
            found.push(tag);
        }
        let mut tags: Vec<RetentionTag> = self
            .retention
            .iter()
            .filter(|keep| keep.store == wanted.store && keep.tag != RetentionTag::Default)
            .map(|keep| keep.tag)
            .collect();
        tags.sort_unstable();
        found.sort_unstable();
        tags == found
    }
}

/// What a retention rule keeps, if it is of a kind that we make.
fn kept(rule: &RetentionRule) -> Option<RetentionSpec> {
    let [lifecycle] = rule.lifecycles.as_slice() else { return None };
    if !lifecycle.copied_to.is_empty() {
        return None;
    }
    // A default rule has several names: `Default`, `Default_OperationalStore`.
    let tag = if rule.is_default {
        RetentionTag::Default
    } else {
        RetentionTag::ALL
            .into_iter()
            .find(|tag| *tag != RetentionTag::Default && tag.name().eq_ignore_ascii_case(&rule.name))?
    };
    Some(RetentionSpec { tag, store: lifecycle.store, period: lifecycle.keep })
}
