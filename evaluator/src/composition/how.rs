//! How a resource is protected: field by field, over everything that protecting rules stated.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::model::{Protection, Retention};
use crate::record::{Conflict, Winner};

use super::{DEFAULTS, Says, Standing, Voice};

/// The merged fields, and who won each.
pub(super) struct Merged {
    pub(super) protection: Protection,
    pub(super) winners: BTreeMap<String, Winner>,
    pub(super) conflicts: Vec<Conflict>,
}

/// Merges voices that are sorted by rank; `defaults` rank below all of them.
pub(super) fn merge(voices: &[Voice<'_>], defaults: &Protection) -> Merged {
    let stated = voices.iter().filter_map(|voice| match voice.says {
        Says::Protect(protection) => Some((voice.standing, protection)),
        Says::Exclude { .. } | Says::Hold(_) => None,
    });
    let mut merge =
        Merge { stated: stated.collect(), defaults, winners: BTreeMap::new(), conflicts: Vec::new() };
    let protection = Protection {
        vault: merge.field("vault", |stated| &stated.vault),
        policy: merge.field("policy", |stated| &stated.policy),
        retention: merge.retention(),
        schedule: merge.field("schedule", |stated| &stated.schedule),
        tier: merge.field("tier", |stated| &stated.tier),
        redundancy: merge.field("redundancy", |stated| &stated.redundancy),
        snapshot_resource_group: merge
            .field("snapshot-resource-group", |stated| &stated.snapshot_resource_group),
        disk_luns: merge.field("disk-luns", |stated| &stated.disk_luns),
        blob_containers: merge.field("blob-containers", |stated| &stated.blob_containers),
        databases: merge.field("databases", |stated| &stated.databases),
    };
    Merged { protection, winners: merge.winners, conflicts: merge.conflicts }
}

struct Merge<'a> {
    /// By rank.
    stated: Vec<(&'a Standing, &'a Protection)>,
    defaults: &'a Protection,
    winners: BTreeMap<String, Winner>,
    conflicts: Vec<Conflict>,
}

impl Merge<'_> {
    /// The value of the rule with the highest rank, else the default.
    fn field<T: Clone + PartialEq + Serialize>(
        &mut self,
        name: &str,
        of: impl Fn(&Protection) -> &Option<T>,
    ) -> Option<T> {
        let candidates = self
            .stated
            .iter()
            .filter_map(|(standing, stated)| of(stated).as_ref().map(|value| (*standing, value)));
        let candidates: Vec<_> = candidates.collect();
        let Some(&(winner, value)) = candidates.first() else {
            let value = of(self.defaults).clone()?;
            self.won(name, vec![DEFAULTS.to_owned()], &value, Vec::new());
            return Some(value);
        };
        let losers = candidates.iter().filter(|(_, other)| *other != value);
        let (equals, lower): (Vec<_>, Vec<_>) =
            losers.map(|(standing, _)| *standing).partition(|standing| standing.equals(winner));
        if !equals.is_empty() {
            self.conflicts.push(Conflict {
                field: name.to_owned(),
                rules: ids(std::iter::once(winner).chain(equals.iter().copied())),
                resolution: format!("`{}` wins: the lowest id among equals", winner.id),
            });
        }
        let overridden = ids(equals.into_iter().chain(lower));
        let value = value.clone();
        self.won(name, vec![winner.id.clone()], &value, overridden);
        Some(value)
    }

    /// The intersection of all ranges. A range that leaves nothing is moved to the nearest end of
    /// what higher ranks allow; equals that exclude each other resolve to the larger retention.
    fn retention(&mut self) -> Option<Retention> {
        let stated: Vec<(&Standing, Retention)> = self
            .stated
            .iter()
            .filter_map(|(standing, stated)| Some((*standing, stated.retention?)))
            .filter(|(_, range)| *range != Retention::default())
            .collect();
        let mut agreed: Option<Retention> = None;
        for group in stated.chunk_by(|(one, _), (other, _)| one.equals(other)) {
            let range = self.of_equals(group);
            agreed = Some(agreed.map_or(range, |agreed| narrow(agreed, range)));
        }
        let agreed = match (agreed, self.defaults.retention) {
            (agreed, Some(default)) => narrow(agreed.unwrap_or_default(), default),
            (Some(agreed), None) => agreed,
            (None, None) => return None,
        };
        let (winners, overridden): (Vec<_>, Vec<_>) =
            stated.into_iter().partition(|(_, range)| allows(*range, agreed));
        let rules = if winners.is_empty() {
            vec![DEFAULTS.to_owned()]
        } else {
            ids(winners.into_iter().map(|(standing, _)| standing))
        };
        let overridden = ids(overridden.into_iter().map(|(standing, _)| standing));
        self.won("retention", rules, &agreed, overridden);
        Some(agreed)
    }

    fn of_equals(&mut self, group: &[(&Standing, Retention)]) -> Retention {
        let ranges = || group.iter().map(|(_, range)| range);
        let min_days = ranges().filter_map(|range| range.min_days).max();
        let max_days = ranges().filter_map(|range| range.max_days).min();
        match (min_days, max_days) {
            (Some(min), Some(max)) if min > max => {
                self.conflicts.push(Conflict {
                    field: "retention".into(),
                    rules: ids(group.iter().map(|(standing, _)| *standing)),
                    resolution: format!("keep {min} days: the larger retention among equals"),
                });
                Retention { min_days: Some(min), max_days: Some(min) }
            }
            _ => Retention { min_days, max_days },
        }
    }

    fn won<T: Serialize>(&mut self, field: &str, rules: Vec<String>, value: &T, overridden: Vec<String>) {
        let value = serde_json::to_value(value).unwrap_or_default();
        let winner = Winner { rules, value, overridden };
        self.winners.insert(field.to_owned(), winner);
    }
}

/// What is left of `agreed` by a wish of lower rank.
fn narrow(agreed: Retention, wish: Retention) -> Retention {
    let (low, high) = bounds(agreed);
    let (wished_low, wished_high) = bounds(wish);
    let into = |day: u32| day.clamp(low, high);
    let (min, max) = (into(wished_low), into(wished_high));
    Retention { min_days: (min > 0).then_some(min), max_days: (max < u32::MAX).then_some(max) }
}

/// Whether every retention in `range` satisfies `wish`.
fn allows(wish: Retention, range: Retention) -> bool {
    let (low, high) = bounds(range);
    let (wished_low, wished_high) = bounds(wish);
    wished_low <= low && high <= wished_high
}

/// Both ends; a range that is written back to front counts as its lower end's promise.
fn bounds(range: Retention) -> (u32, u32) {
    let low = range.min_days.unwrap_or(0);
    (low, range.max_days.unwrap_or(u32::MAX).max(low))
}

fn ids<'a>(standings: impl Iterator<Item = &'a Standing>) -> Vec<String> {
    let mut ids: Vec<String> = standings.map(|standing| standing.id.clone()).collect();
    ids.sort();
    ids
}
