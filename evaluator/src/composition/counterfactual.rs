//! What would differ without each rule, found by composing again without it.

use crate::model::{Outcome, Protection};
use crate::record::{Counterfactual, ShadowDifference};
use crate::rule_set::Layer;

use super::{Voice, settle};

/// For each rule that mattered: what the outcome would be without it. Voices are sorted by rank.
pub(super) fn without_each(
    layers: &[Layer],
    defaults: &Protection,
    voices: &[Voice<'_>],
    outcome: &Outcome,
) -> Vec<Counterfactual> {
    let without = |left_out: &Voice<'_>| {
        let others = voices.iter().filter(|voice| voice.standing.id != left_out.standing.id);
        let others: Vec<Voice<'_>> = others.copied().collect();
        let alternative = settle(layers, defaults, &others).outcome;
        Counterfactual { without: left_out.standing.id.clone(), changes: changes(outcome, &alternative) }
    };
    let all = voices.iter().map(without);
    all.filter(|alternative| !alternative.changes.is_empty()).collect()
}

/// For each shadow rule that would matter: what would differ if it were enforced.
pub(super) fn with_each(
    layers: &[Layer],
    defaults: &Protection,
    voices: &[Voice<'_>],
    shadows: &[Voice<'_>],
    outcome: &Outcome,
) -> Vec<ShadowDifference> {
    let with = |shadow: &Voice<'_>| {
        let mut all: Vec<Voice<'_>> = voices.to_vec();
        let place = all.partition_point(|voice| voice.standing.rank() < shadow.standing.rank());
        all.insert(place, *shadow);
        let alternative = settle(layers, defaults, &all).outcome;
        ShadowDifference { rule: shadow.standing.id.clone(), changes: changes(outcome, &alternative) }
    };
    let all = shadows.iter().map(with);
    all.filter(|difference| !difference.changes.is_empty()).collect()
}

fn changes(outcome: &Outcome, alternative: &Outcome) -> Vec<String> {
    match (outcome, alternative) {
        (Outcome::Protect { protection: one }, Outcome::Protect { protection: other }) => fields(one, other),
        (one, other) if one == other => Vec::new(),
        _ => vec!["whether".to_owned()],
    }
}

fn fields(one: &Protection, other: &Protection) -> Vec<String> {
    let differs = [
        ("vault", one.vault != other.vault),
        ("policy", one.policy != other.policy),
        ("retention", one.retention != other.retention),
        ("schedule", one.schedule != other.schedule),
        ("tier", one.tier != other.tier),
        ("redundancy", one.redundancy != other.redundancy),
        ("snapshot-resource-group", one.snapshot_resource_group != other.snapshot_resource_group),
        ("disk-luns", one.disk_luns != other.disk_luns),
        ("blob-containers", one.blob_containers != other.blob_containers),
        ("databases", one.databases != other.databases),
    ];
    let differing = differs.iter().filter(|(_, differs)| *differs);
    differing.map(|(name, _)| (*name).to_owned()).collect()
}
