//! What would differ without a rule, or with a shadow rule.

use std::ptr;

use holdfast_rule_set::{Layer, Protection};

use crate::record::{Counterfactual, ShadowDifference};

use super::{Outline, Voice, how, whether};

/// For each rule that mattered: what the outcome would be without it. Voices are sorted by rank.
///
/// Only two can change *whether* by their absence, and for these it is composed again: the rule that won it, and the one
/// whose failure holds what was won. A winner stays one without those that it won over: they choose neither the layer,
/// which is its own, nor the algorithm, which is the layer's. All others are missed in fields alone.
pub(super) fn without_each(
    layers: &[Layer],
    defaults: &Protection,
    voices: &[Voice<'_>],
    outline: &Outline<'_>,
) -> Vec<Counterfactual> {
    let mut changes = match outline.fields {
        Some(_) => how::lost_without_each(voices, defaults),
        None => voices.iter().map(|_| Vec::new()).collect(),
    };
    let decisive = [whether::winner(layers, voices).map(|(_, winner)| winner.rank), outline.decided_by()];
    let is_decisive = |voice: &Voice<'_>| decisive.iter().flatten().any(|rank| ptr::eq(*rank, voice.rank));
    for (at, _) in voices.iter().enumerate().filter(|(_, voice)| is_decisive(voice)) {
        let others = [voices.get(..at), voices.get(at + 1..)];
        let others: Vec<Voice<'_>> = others.into_iter().flatten().flatten().copied().collect();
        if let Some(changes) = changes.get_mut(at) {
            *changes = Outline::of(layers, defaults, &others).differing(outline);
        }
    }
    let found = voices.iter().zip(changes).filter(|(_, changes)| !changes.is_empty());
    found.map(|(voice, changes)| Counterfactual { without: voice.rank.id.clone(), changes }).collect()
}

/// For each shadow rule that would matter: what would differ if it were enforced.
pub(super) fn with_each(
    layers: &[Layer],
    defaults: &Protection,
    voices: &[Voice<'_>],
    shadows: &[Voice<'_>],
    outline: &Outline<'_>,
) -> Vec<ShadowDifference> {
    let mut found = Vec::new();
    for shadow in shadows {
        let mut all: Vec<Voice<'_>> = voices.to_vec();
        let place = all.partition_point(|voice| voice.rank.order() < shadow.rank.order());
        all.insert(place, *shadow);
        let changes = Outline::of(layers, defaults, &all).differing(outline);
        if !changes.is_empty() {
            found.push(ShadowDifference { rule: shadow.rank.id.clone(), changes });
        }
    }
    found
}
