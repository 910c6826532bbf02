//! How much of what the rules want protected is protected.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde_json::json;

use crate::change::fields;
use crate::{Change, Kind, Notice, OutboxKey, Topic};

/// The share of protected targets in per cent below which it is told; 0 tells it never.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Threshold(u8);

impl FromStr for Threshold {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number: Option<u8> = text.parse().ok().filter(|number| *number <= 100);
        number.map(Self).ok_or_else(|| format!("`{text}` is not a whole number from 0 to 100"))
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} %", self.0)
    }
}

/// What a sweep saw of the estate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coverage {
    /// Targets that are protected.
    pub is: u64,
    /// Targets that the rules want protected.
    pub wanted: u64,
}

impl Coverage {
    /// Of the targets by outcome that a sweep counted.
    pub fn of(outcomes: &BTreeMap<String, u64>) -> Self {
        let count = |outcome: &str| outcomes.get(outcome).copied().unwrap_or_default();
        let is = count("protected") + count("prepared");
        Self { is, wanted: is + count("unprotected") + count("failed") }
    }

    /// The news of a run of the sweep; none where no threshold is set or nothing is to be protected.
    pub fn change(self, run: &str, threshold: Threshold) -> Option<Change> {
        let Self { is, wanted } = self;
        if threshold == Threshold(0) || wanted == 0 {
            return None;
        }
        let is_low = u128::from(is) * 100 < u128::from(wanted) * u128::from(threshold.0);
        let state = if is_low { "below the threshold" } else { "not below the threshold" };
        let notice = is_low.then(|| Notice {
            kind: Kind::CoverageLow,
            subject: "coverage".to_owned(),
            cause: format!("run {run}"),
            summary: format!("{is} of {wanted} targets are protected, which is less than {threshold}"),
            details: fields(
                json!({ "protected": is, "wanted": wanted, "thresholdPercent": threshold.0, "run": run }),
            ),
        });
        Some(Change {
            key: OutboxKey::of_coverage(),
            state: Some((Topic::Coverage, state.to_owned())),
            notice,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcomes(protected: u64, unprotected: u64) -> BTreeMap<String, u64> {
        [("protected", protected), ("unprotected", unprotected), ("excluded", 1000)]
            .map(|(outcome, count)| (outcome.to_owned(), count))
            .into()
    }

    #[test]
    fn what_is_excluded_does_not_count_and_the_threshold_itself_is_enough() {
        let threshold = "95".parse().unwrap();
        let is_told = |protected, unprotected| {
            let change = Coverage::of(&outcomes(protected, unprotected)).change("r", threshold);
            change.is_some_and(|change| change.notice.is_some())
        };
        assert!(!is_told(95, 5) && is_told(94, 6) && is_told(0, 1) && !is_told(1, 0));
        assert_eq!(Coverage::of(&outcomes(0, 0)).change("r", threshold), None);
        assert_eq!(Coverage::of(&outcomes(0, 1)).change("r", Threshold::default()), None);
        assert!("101".parse::<Threshold>().is_err());
    }
}
