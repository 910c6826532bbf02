//! Coverage: of what should be protected, how much is.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::State;

/// How many targets are in which state.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
#[schema(as = CoverageShare)]
pub struct Share {
    /// What the rules want protected.
    pub due: u64,
    /// Of these, what backups are taken of, or what is being set up.
    pub protected: u64,
    /// Targets by state.
    pub states: BTreeMap<State, u64>,
}

/// A part of the estate: a workload, a subscription, a region.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CoveragePart)]
pub struct Part {
    /// Its name.
    pub name: String,
    /// What is in it.
    #[serde(flatten)]
    pub share: Share,
    /// How much of what is due is protected; none where nothing is due.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percent: Option<f64>,
}

/// The parts that the values of one tag make.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CoverageByTag)]
pub struct TagPart {
    /// Name of the tag.
    pub tag: String,
    /// A part for each value.
    pub values: Vec<Part>,
}

/// Coverage as a whole, and by part. Parts with the most that is missing come first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Coverage {
    /// The whole estate.
    pub all: Share,
    /// How much of what is due is protected; none where nothing is due.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percent: Option<f64>,
    /// By workload.
    pub workloads: Vec<Part>,
    /// By subscription.
    pub subscriptions: Vec<Part>,
    /// By region.
    pub regions: Vec<Part>,
    /// By the values of tags that few values have.
    pub tags: Vec<TagPart>,
}

impl Share {
    /// Counts a target.
    pub fn add(&mut self, state: State) {
        *self.states.entry(state).or_default() += 1;
        self.due += u64::from(state.is_due());
        self.protected += u64::from(matches!(state, State::Protected | State::Configuring));
    }

    /// How many are in a state.
    pub fn of(&self, state: State) -> u64 {
        self.states.get(&state).copied().unwrap_or_default()
    }

    /// What should be protected, and is not.
    pub fn missing(&self) -> u64 {
        self.due.saturating_sub(self.protected)
    }

    /// How much of what is due is protected, with one decimal; never 100 while something is missing.
    pub fn percent(&self) -> Option<f64> {
        if self.due == 0 {
            return None;
        }
        let tenths = self.protected.saturating_mul(1000) / self.due;
        Some(f64::from(u32::try_from(tenths).unwrap_or(1000)) / 10.0)
    }
}

/// Parts from what was counted by name.
pub(crate) fn parts(shares: &BTreeMap<String, Share>) -> Vec<Part> {
    let mut parts: Vec<Part> = shares
        .iter()
        .map(|(name, share)| Part { name: name.clone(), percent: share.percent(), share: share.clone() })
        .collect();
    parts.sort_by(|a, b| {
        (b.share.missing(), b.share.due)
            .cmp(&(a.share.missing(), a.share.due))
            .then_with(|| a.name.cmp(&b.name))
    });
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_a_thousand_that_is_missing_is_not_rounded_away() {
        let mut share = Share::default();
        (0..9_999).for_each(|_| share.add(State::Protected));
        share.add(State::Unprotected);
        share.add(State::Excluded);
        assert_eq!((share.due, share.missing(), share.percent()), (10_000, 1, Some(99.9)));
        assert_eq!(Share::default().percent(), None);
    }
}
