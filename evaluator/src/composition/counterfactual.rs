//! What would differ without a rule, or with a shadow rule, found by composing again.

use holdfast_rule_set::{Layer, Protection};

use crate::record::{Counterfactual, ShadowDifference};

use super::{Outline, Voice};

/// For each rule that mattered: what the outcome would be without it. Voices are sorted by rank.
pub(super) fn without_each(
    layers: &[Layer],
    defaults: &Protection,
    voices: &[Voice<'_>],
    outline: &Outline<'_>,
) -> Vec<Counterfactual> {
    let mut others: Vec<Voice<'_>> = Vec::with_capacity(voices.len());
    let mut found = Vec::new();
    for (left_out, voice) in voices.iter().enumerate() {
        others.clear();
        others.extend(voices.iter().enumerate().filter(|(index, _)| *index != left_out).map(|(_, one)| one));
        let changes = Outline::of(layers, defaults, &others).differing(outline);
        if !changes.is_empty() {
            found.push(Counterfactual { without: voice.rank.id.clone(), changes });
        }
    }
    found
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
