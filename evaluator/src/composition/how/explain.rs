//! Who won each field, whom it overrode, and which equals disagreed.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use holdfast_rule_set::{DEFAULTS, Protection, Rank, VaultChoice};
use serde::Serialize;

use crate::record::{Conflict, Winner};

use super::super::Voice;
use super::{Fields, retention, stated};

/// Explains what [`merge`](super::merge) made of the same voices.
pub(in super::super) fn explain(
    voices: &[Voice<'_>],
    defaults: &Protection,
    merged: &Fields<'_>,
) -> (BTreeMap<Cow<'static, str>, Winner>, Vec<Conflict>) {
    let mut explained = Explained { voices, winners: BTreeMap::new(), conflicts: Vec::new() };
    explained.field("vault", merged.vault, |stated| &stated.vault);
    explained.field("policy", merged.policy, |stated| &stated.policy);
    explained.torn_pair(merged.vault);
    explained.retention(defaults);
    explained.field("schedule", merged.schedule, |stated| &stated.schedule);
    explained.field("tier", merged.tier, |stated| &stated.tier);
    explained.field("redundancy", merged.redundancy, |stated| &stated.redundancy);
    explained.field("snapshot-resource-group", merged.snapshot_resource_group, |stated| {
        &stated.snapshot_resource_group
    });
    explained.field("disk-luns", merged.disk_luns, |stated| &stated.disk_luns);
    explained.field("blob-containers", merged.blob_containers, |stated| &stated.blob_containers);
    explained.field("databases", merged.databases, |stated| &stated.databases);
    explained.field("file-shares", merged.file_shares, |stated| &stated.file_shares);
    explained.field("long-term", merged.long_term, |stated| &stated.long_term);
    explained.field("snapshot-days", merged.snapshot_days, |stated| &stated.snapshot_days);
    explained.field("log-backup", merged.log_backup, |stated| &stated.log_backup);
    explained.field("partial-backup", merged.partial_backup, |stated| &stated.partial_backup);
    explained.field("archive", merged.archive, |stated| &stated.archive);
    explained.field("consistency", merged.consistency, |stated| &stated.consistency);
    explained.field("compression", merged.compression, |stated| &stated.compression);
    explained.field("restore-test", merged.restore_test, |stated| &stated.restore_test);
    (explained.winners, explained.conflicts)
}

struct Explained<'a, 'b> {
    voices: &'b [Voice<'a>],
    winners: BTreeMap<Cow<'static, str>, Winner>,
    conflicts: Vec<Conflict>,
}

impl<'a> Explained<'a, '_> {
    fn field<T: PartialEq + Serialize + 'a>(
        &mut self,
        name: &'static str,
        won: Option<&T>,
        of: impl Fn(&'a Protection) -> &'a Option<T>,
    ) {
        let Some(value) = won else { return };
        let mut candidates =
            stated(self.voices).filter_map(|(rank, stated)| of(stated).as_ref().map(|value| (rank, value)));
        let Some((winner, _)) = candidates.next() else {
            return self.won(name, vec![DEFAULTS.into()], value, Vec::new());
        };
        let losers = candidates.filter(|(_, other)| *other != value);
        let (equals, lower): (Vec<_>, Vec<_>) =
            losers.map(|(rank, _)| rank).partition(|rank| rank.equals(winner));
        if !equals.is_empty() {
            self.conflicts.push(Conflict {
                field: name.into(),
                rules: ids(std::iter::once(winner).chain(equals.iter().copied())),
                resolution: format!("`{}` wins: the lowest id among equals", winner.id),
            });
        }
        let overridden = ids(equals.into_iter().chain(lower));
        self.won(name, vec![winner.id.clone()], value, overridden);
    }

    /// A policy is found by name in the vault that won, though the rule that stated it named another vault beside it.
    fn torn_pair(&mut self, vault: Option<&VaultChoice>) {
        let Some(vault) = vault else { return };
        let by_rank = || stated(self.voices);
        let Some((policy_of, pair)) = by_rank().find(|(_, stated)| stated.policy.is_some()) else { return };
        let vault_of = by_rank().find(|(_, stated)| stated.vault.is_some());
        let (Some(own), Some((vault_of, _))) = (&pair.vault, vault_of) else { return };
        if own == vault {
            return;
        }
        let (policy, winner, loser) =
            (pair.policy.as_deref().unwrap_or_default(), &vault_of.id, &policy_of.id);
        self.conflicts.push(Conflict {
            field: "policy".into(),
            rules: ids([policy_of, vault_of].into_iter()),
            resolution: format!(
                "policy `{policy}` of `{loser}` is looked for in the vault of `{winner}`, not in the one that `{loser}` \
                 names beside it"
            ),
        });
    }

    fn retention(&mut self, defaults: &Protection) {
        let conflicts = &mut self.conflicts;
        let agreed = retention::agreed(self.voices, defaults, |equals, days| {
            conflicts.push(Conflict {
                field: "retention".into(),
                rules: ids(equals.iter().map(|(rank, _)| *rank)),
                resolution: format!("keep {days} days: the larger retention among equals"),
            });
        });
        let Some(agreed) = agreed else { return };
        let (winners, overridden): (Vec<_>, Vec<_>) =
            retention::ranges(self.voices).partition(|(_, range)| retention::allows(*range, agreed));
        let rules = if winners.is_empty() {
            vec![DEFAULTS.into()]
        } else {
            ids(winners.into_iter().map(|(rank, _)| rank))
        };
        let overridden = ids(overridden.into_iter().map(|(rank, _)| rank));
        self.won("retention", rules, &agreed, overridden);
    }

    fn won<T: Serialize>(
        &mut self,
        field: &'static str,
        rules: Vec<Arc<str>>,
        value: &T,
        overridden: Vec<Arc<str>>,
    ) {
        let value = serde_json::to_value(value).unwrap_or_default();
        self.winners.insert(field.into(), Winner { rules, value, overridden });
    }
}

fn ids<'a>(ranks: impl Iterator<Item = &'a Rank>) -> Vec<Arc<str>> {
    let mut ids: Vec<Arc<str>> = ranks.map(|rank| rank.id.clone()).collect();
    ids.sort();
    ids
}
