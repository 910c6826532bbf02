//! Rules in shadow: how often each would have decided otherwise, one number a day.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Tally;

/// Days that are kept.
const DAYS: usize = 30;

/// What a rule in shadow would have changed, as the last run of a day saw the estate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ShadowDay)]
pub struct ShadowDay {
    /// The day, in UTC.
    #[schema(value_type = String, example = "2026-11-29")]
    pub day: Date,
    /// Targets that were decided about.
    pub seen: u64,
    /// Targets that would have been decided otherwise.
    pub differing: u64,
}

/// A rule in shadow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Shadow {
    /// Id of the rule in the rule set.
    pub rule: String,
    /// The days on which it was in shadow, the oldest first.
    pub days: Vec<ShadowDay>,
}

/// Every rule in shadow.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Shadows {
    rules: BTreeMap<String, Vec<ShadowDay>>,
}

impl Shadow {
    /// The last day that is known.
    pub fn last(&self) -> Option<&ShadowDay> {
        self.days.last()
    }
}

impl Shadows {
    /// With what a run saw on a day. Rules that are not in shadow any more are dropped; the last word about a day counts.
    #[must_use]
    pub fn with(mut self, day: Date, tally: &Tally, in_shadow: &[String]) -> Self {
        self.rules.retain(|rule, _| in_shadow.contains(rule));
        for rule in in_shadow {
            let differing = tally.shadows.get(rule).copied().unwrap_or_default();
            let days = self.rules.entry(rule.clone()).or_default();
            days.retain(|known| known.day != day);
            days.push(ShadowDay { day, seen: tally.seen(), differing });
            days.sort_by_key(|known| known.day);
            days.drain(..days.len().saturating_sub(DAYS));
        }
        self
    }

    /// As a report tells them; those that differ most come first.
    pub fn told(self) -> Vec<Shadow> {
        let mut told: Vec<Shadow> =
            self.rules.into_iter().map(|(rule, days)| Shadow { rule, days }).collect();
        told.sort_by_key(|one| std::cmp::Reverse(one.last().map(|day| day.differing)));
        told
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::tally::tests::line;

    fn tally(of: &[&[&str]]) -> Tally {
        let lines = of.iter().zip(0..).map(|(shadows, n)| {
            let mut line = line(&format!("d{n}"), "protected");
            line.shadows = shadows.iter().map(|rule| (*rule).into()).collect();
            line
        });
        let mut tally = Tally::default();
        tally.add(&lines.collect::<Vec<_>>());
        tally
    }

    #[test]
    fn each_day_has_the_last_word_of_each_rule_and_a_rule_that_changes_nothing_has_noughts() {
        let in_shadow = ["new".to_owned(), "quiet".to_owned()];
        let first = tally(&[&["new"], &["new"], &[]]);
        let second = tally(&[&["new"], &[], &[]]);
        let told = Shadows::default()
            .with(date(2026, 11, 28), &first, &in_shadow)
            .with(date(2026, 11, 29), &first, &in_shadow)
            .with(date(2026, 11, 29), &second, &in_shadow)
            .told();
        let days = |rule: &str| -> Vec<(u64, u64)> {
            let found = told.iter().find(|one| one.rule == rule).unwrap();
            found.days.iter().map(|day| (day.differing, day.seen)).collect()
        };
        assert_eq!(days("new"), [(2, 3), (1, 3)]);
        assert_eq!(days("quiet"), [(0, 3), (0, 3)]);
        assert_eq!(told[0].rule, "new");
    }

    #[test]
    fn a_rule_that_is_enforced_now_is_dropped_and_thirty_days_are_kept() {
        let (new, none) = (["new".to_owned()], []);
        let mut shadows = Shadows::default();
        for day in 1..=30 {
            shadows = shadows.with(date(2026, 10, day), &tally(&[&["new"]]), &new);
        }
        shadows = shadows.with(date(2026, 10, 31), &tally(&[&["new"]]), &new);
        assert_eq!(shadows.clone().told()[0].days.len(), 30);
        assert_eq!(shadows.with(date(2026, 11, 1), &tally(&[&[]]), &none).told(), []);
    }
}
