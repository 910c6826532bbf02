//! Laws of the fields: who wins, how ranges are intersected, which ties are flagged.

use std::sync::Arc;

use holdfast_rule_set::{DEFAULTS, Rank, Retention};
use proptest::prelude::*;

use crate::model::Outcome;

use super::{case, config, crowded};

fn ends(range: Retention) -> (u32, u32) {
    let low = range.min_days.unwrap_or(0);
    (low, range.max_days.unwrap_or(u32::MAX).max(low))
}

fn satisfies(agreed: Retention, desired: Retention) -> bool {
    let ((low, high), (lowest_asked, highest_asked)) = (ends(agreed), ends(desired));
    lowest_asked <= low && high <= highest_asked
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn an_agreed_retention_is_never_empty(case in case()) {
        let composed = case.composed();
        let Outcome::Protect { protection } = &composed.outcome else { return Ok(()); };
        let Some(agreed) = protection.retention else { return Ok(()); };
        let low = agreed.min_days.unwrap_or(0);
        prop_assert!(agreed.max_days.is_none_or(|high| low <= high), "{agreed:?} is empty");
    }

    #[test]
    fn ranges_that_have_days_in_common_are_intersected(case in crowded()) {
        let composed = case.composed();
        let Outcome::Protect { protection } = &composed.outcome else { return Ok(()); };
        let protecting = case.protecting();
        let ranges: Vec<Retention> = protecting.iter().filter_map(|(_, how)| how.retention).collect();
        let low = ranges.iter().map(|range| ends(*range).0).max().unwrap_or(0);
        let high = ranges.iter().map(|range| ends(*range).1).min().unwrap_or(u32::MAX);
        prop_assume!(!ranges.is_empty() && low <= high);
        let agreed = protection.retention.unwrap_or_default();
        for range in ranges {
            prop_assert!(satisfies(agreed, range), "{agreed:?} does not satisfy {range:?}");
        }
    }

    #[test]
    fn the_highest_rank_gets_the_retention_that_it_asks_for(case in crowded()) {
        let composed = case.composed();
        let Outcome::Protect { protection } = &composed.outcome else { return Ok(()); };
        let protecting = case.protecting();
        let mut stated =
            protecting.iter().filter_map(|(rank, how)| Some((*rank, how.retention?)));
        let first = stated.find(|(_, range)| *range != Retention::default());
        let Some((first, range)) = first else { return Ok(()); };
        // Only another rule of the same layer and priority may have a say in it.
        prop_assume!(!stated.any(|(rank, _)| rank.equals(first)));
        prop_assert!(satisfies(protection.retention.unwrap_or_default(), range));
    }

    #[test]
    fn winners_and_overridden_of_the_retention_are_told_apart_by_what_they_got(case in crowded()) {
        let composed = case.composed();
        let Outcome::Protect { protection } = &composed.outcome else { return Ok(()); };
        let (Some(agreed), Some(winner)) = (protection.retention, composed.winners.get("retention")) else {
            return Ok(());
        };
        for (rank, how) in case.protecting() {
            let Some(range) = how.retention.filter(|range| *range != Retention::default()) else { continue };
            let (won, lost) = (winner.rules.contains(&rank.id), winner.overridden.contains(&rank.id));
            prop_assert_eq!((won, lost), (satisfies(agreed, range), !satisfies(agreed, range)));
        }
    }

    #[test]
    fn a_field_is_that_of_the_highest_rank_and_ties_go_to_the_lowest_id(case in case()) {
        let composed = case.composed();
        let Outcome::Protect { protection } = &composed.outcome else { return Ok(()); };
        let protecting = case.protecting();
        let stated: Vec<(&Rank, _)> =
            protecting.iter().filter_map(|(rank, how)| Some((*rank, how.vault.as_ref()?))).collect();
        let Some((first, value)) = stated.first() else {
            prop_assert_eq!(&protection.vault, &case.defaults.vault);
            let by_default = composed.winners.get("vault").map(|winner| winner.rules.join(" "));
            prop_assert_eq!(by_default, case.defaults.vault.as_ref().map(|_| DEFAULTS.to_owned()));
            return Ok(());
        };
        prop_assert_eq!(protection.vault.as_ref(), Some(*value));
        prop_assert_eq!(composed.winners["vault"].rules.join(" "), &*first.id);
        let losers = stated.iter().filter(|(_, other)| other != value);
        let mut losers: Vec<_> = losers.map(|(rank, _)| rank.id.clone()).collect();
        losers.sort();
        prop_assert_eq!(&composed.winners["vault"].overridden, &losers);
    }

    #[test]
    fn a_tie_is_flagged_if_and_only_if_equals_disagree(case in crowded()) {
        let composed = case.composed();
        let Outcome::Protect { .. } = &composed.outcome else { return Ok(()); };
        let protecting = case.protecting();
        let stated: Vec<(&Rank, _)> =
            protecting.iter().filter_map(|(rank, how)| Some((*rank, how.vault.as_ref()?))).collect();
        let mut tied: Vec<Arc<str>> = match stated.first() {
            None => Vec::new(),
            Some((first, value)) => {
                let others = stated.iter().filter(|(_, other)| other != value);
                let equals = others.filter(|(rank, _)| rank.equals(first));
                let mut ids: Vec<Arc<str>> = equals.map(|(rank, _)| rank.id.clone()).collect();
                if !ids.is_empty() {
                    ids.push(first.id.clone());
                }
                ids
            }
        };
        tied.sort();
        let flagged: Vec<Arc<str>> = composed
            .conflicts
            .iter()
            .filter(|conflict| conflict.field == "vault")
            .flat_map(|conflict| conflict.rules.clone())
            .collect();
        prop_assert_eq!(flagged, tied);
        let resolutions = composed.conflicts.iter().filter(|conflict| conflict.field == "vault");
        for conflict in resolutions {
            let expected = format!("`{}` wins: the lowest id among equals", conflict.rules[0]);
            prop_assert_eq!(&conflict.resolution, &expected);
        }
    }
}
