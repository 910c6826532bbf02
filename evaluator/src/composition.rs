//! Turns the opinions of all rules into one outcome. Pure: the same answers give the same outcome,
//! in whatever order they come.
//!
//! *Whether* comes from the first layer that does not abstain, by that layer's algorithm. *How* is
//! merged field by field over everything that protecting rules stated. A rule that failed takes
//! part by its `on-error`; shadow rules take no part.

mod counterfactual;
mod how;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;
mod whether;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use holdfast_rule_set::{ExclusionKind, Layer, Mode, OnError, Protection, Rank};

use crate::model::{Labels, Outcome};
use crate::opinion::{Opinion, Verdict};
use crate::record::{Conflict, Counterfactual, ShadowDifference, Winner};

use how::Fields;
use whether::Whether;

/// What a rule answered: its opinion, or how it failed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answer<'a> {
    pub(crate) rank: &'a Rank,
    /// What a failure means in this case.
    pub(crate) on_error: OnError,
    pub(crate) heard: Result<&'a Opinion, &'a str>,
}

/// The composed answer, with what explains it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Composition {
    pub(crate) outcome: Outcome,
    /// Rule that decided *whether*; `None` when no rule had anything to say.
    pub(crate) decided_by: Option<Arc<str>>,
    pub(crate) winners: BTreeMap<Cow<'static, str>, Winner>,
    pub(crate) conflicts: Vec<Conflict>,
    pub(crate) counterfactuals: Vec<Counterfactual>,
    pub(crate) shadow_differences: Vec<ShadowDifference>,
}

/// A rule that is heeded, and what it brings to the decision.
#[derive(Debug, Clone, Copy)]
struct Voice<'a> {
    rank: &'a Rank,
    says: Says<'a>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Says<'a> {
    Protect(&'a Protection),
    Exclude { kind: ExclusionKind, until: Option<&'a str> },
    Hold(&'a str),
}

/// Composes the answers under the layers' algorithms; `defaults` fill what nobody stated.
pub(crate) fn compose(layers: &[Layer], defaults: &Protection, answers: &[Answer<'_>]) -> Composition {
    let (shadows, heeded) = apart(answers);
    let outline = Outline::of(layers, defaults, &heeded);
    let (mut winners, mut conflicts) = (BTreeMap::new(), Vec::new());
    conflicts.extend(whether::conflict(layers, &heeded));
    if let Some(fields) = &outline.fields {
        let (won, clashes) = how::explain(&heeded, defaults, fields);
        winners = won;
        conflicts.extend(clashes);
    }
    Composition {
        outcome: outline.outcome(),
        decided_by: outline.decided_by().map(|rank| rank.id.clone()),
        winners,
        conflicts,
        counterfactuals: counterfactual::without_each(layers, defaults, &heeded, &outline),
        shadow_differences: counterfactual::with_each(layers, defaults, &heeded, &shadows, &outline),
    }
}

/// The outcome of [`compose`] and how shadow rules would change it, without what explains it.
pub(crate) fn outcome(
    layers: &[Layer],
    defaults: &Protection,
    answers: &[Answer<'_>],
) -> (Outcome, Vec<ShadowDifference>) {
    let (shadows, heeded) = apart(answers);
    let outline = Outline::of(layers, defaults, &heeded);
    (outline.outcome(), counterfactual::with_each(layers, defaults, &heeded, &shadows, &outline))
}

/// Voices of shadow rules, and those that are heeded.
fn apart<'a>(answers: &[Answer<'a>]) -> (Vec<Voice<'a>>, Vec<Voice<'a>>) {
    by_rank(answers).into_iter().partition(|voice| voice.rank.mode == Mode::Shadow)
}

/// The labels that these answers give; of several values for a name, that of the highest rank. Shadow rules give none.
pub(crate) fn labels(answers: &[Answer<'_>]) -> Labels {
    let mut heeded: Vec<&Answer<'_>> =
        answers.iter().filter(|answer| answer.rank.mode == Mode::Enforce).collect();
    heeded.sort_by(|one, other| one.rank.order().cmp(&other.rank.order()));
    let mut labels = Labels::new();
    for opinion in heeded.iter().filter_map(|answer| answer.heard.ok()) {
        for (name, value) in &opinion.labels {
            labels.entry(name.clone()).or_insert_with(|| value.clone());
        }
    }
    labels
}

fn by_rank<'a>(answers: &[Answer<'a>]) -> Vec<Voice<'a>> {
    let mut voices: Vec<Voice<'a>> = answers.iter().filter_map(voice).collect();
    voices.sort_by(|one, other| one.rank.order().cmp(&other.rank.order()));
    voices
}

/// What voices come to, without the words: borrowed, and quick to compare.
#[derive(Debug, Clone, Copy)]
struct Outline<'a> {
    whether: Whether<'a>,
    /// Present where it is protected.
    fields: Option<Fields<'a>>,
}

impl<'a> Outline<'a> {
    /// Composes voices that are sorted by rank.
    fn of(layers: &[Layer], defaults: &'a Protection, voices: &[Voice<'a>]) -> Self {
        let whether = whether::decide(layers, voices);
        let protects = matches!(whether, Whether::Protect { .. });
        Self { whether, fields: protects.then(|| how::merge(voices, defaults)) }
    }

    fn decided_by(&self) -> Option<&'a Rank> {
        match self.whether {
            Whether::Protect { by } | Whether::Exclude { by, .. } | Whether::Hold { by, .. } => Some(by),
            Whether::Undecided => None,
        }
    }

    fn outcome(&self) -> Outcome {
        match (self.whether, self.fields) {
            (Whether::Protect { .. }, fields) => {
                let protection = fields.map_or_else(Protection::default, Fields::to_protection);
                Outcome::Protect { protection }
            }
            (Whether::Exclude { kind, until, .. }, _) => {
                Outcome::Exclude { kind, until: until.map(str::to_owned) }
            }
            (Whether::Hold { by, failure }, _) => {
                Outcome::Hold { reason: format!("rule `{}` failed: {failure}", by.id) }
            }
            (Whether::Undecided, _) => Outcome::NotCovered,
        }
    }

    /// What the two outcomes do not have in common: `whether`, or names of fields.
    fn differing(&self, other: &Self) -> Vec<Cow<'static, str>> {
        let same = match (self.whether, other.whether) {
            (Whether::Protect { .. }, Whether::Protect { .. }) => {
                let fields = self.fields.as_ref().zip(other.fields.as_ref());
                return fields.map(|(one, other)| one.differing(other)).unwrap_or_default();
            }
            (Whether::Exclude { kind, until, .. }, Whether::Exclude { kind: k, until: u, .. }) => {
                (kind, until) == (k, u)
            }
            (Whether::Hold { by, failure }, Whether::Hold { by: b, failure: f }) => {
                (&by.id, failure) == (&b.id, f)
            }
            (Whether::Undecided, Whether::Undecided) => true,
            _ => false,
        };
        if same { Vec::new() } else { vec!["whether".into()] }
    }
}

fn voice<'a>(answer: &Answer<'a>) -> Option<Voice<'a>> {
    let rank = answer.rank;
    let says = match answer.heard {
        Ok(opinion) => match &opinion.verdict {
            Verdict::Abstain | Verdict::Expired { .. } | Verdict::NeedFacts(_) => return None,
            Verdict::Protect(protection) => Says::Protect(protection),
            Verdict::Exclude { kind, until } => Says::Exclude { kind: *kind, until: until.as_deref() },
        },
        Err(failure) => match answer.on_error {
            OnError::ProtectWithDefault => Says::Protect(Protection::NOTHING),
            OnError::Hold => Says::Hold(failure),
            OnError::Ignore => return None,
        },
    };
    Some(Voice { rank, says })
}
