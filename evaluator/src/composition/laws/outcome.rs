//! Laws of the outcome: what may change it, and what may not.

use std::sync::Arc;

use holdfast_rule_set::{Algorithm, Decides, Layer, Mode, OnError, Rank};
use proptest::prelude::*;

use crate::model::Outcome;
use crate::opinion::Verdict;

use super::super::Composition;
use super::{
    Case, LAYERS, Said, case, config, newcomer, opinion, protection, rank, reordered, said, unreasoned,
};

/// Outcomes are compared by what they do: a hold's words name whichever rule comes first.
fn does(composition: &Composition) -> Outcome {
    match &composition.outcome {
        Outcome::Hold { .. } => Outcome::Hold { reason: String::new() },
        other => other.clone(),
    }
}

fn protects(case: &Case) -> bool {
    matches!(case.composed().outcome, Outcome::Protect { .. })
}

/// The composition but for what it says of shadow rules.
fn enforced(case: &Case) -> Composition {
    Composition { shadow_differences: Vec::new(), ..case.composed() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_order_of_configuration_does_not_matter((case, other) in reordered()) {
        prop_assert_eq!(case.composed(), other.composed());
    }

    #[test]
    fn a_duplicate_changes_nothing(
        case in case(), pick in any::<prop::sample::Index>(), first in any::<bool>()
    ) {
        prop_assume!(!case.said.is_empty());
        let mut duplicate = case.said[pick.index(case.said.len())].clone();
        duplicate.rank.id = if first { "a-duplicate".into() } else { "z-duplicate".into() };
        let with = case.with(duplicate.clone());
        // Between equals that differ, ids decide: a duplicate under a lower id may win such a tie.
        let tied = case.said.iter().any(|said| {
            said.rank.id != duplicate.rank.id
                && said.heard != duplicate.heard
                && (said.rank.layer, said.rank.priority)
                    == (duplicate.rank.layer, duplicate.rank.priority)
        });
        prop_assume!(!(first && tied));
        prop_assert_eq!(does(&case.composed()), does(&with.composed()));
    }

    #[test]
    fn an_abstaining_rule_changes_nothing(case in case(), rank in rank()) {
        let abstaining = newcomer(unreasoned(Verdict::Abstain), rank);
        prop_assert_eq!(case.composed(), case.with(abstaining).composed());
    }

    #[test]
    fn an_expired_exclusion_is_as_good_as_abstaining(case in case()) {
        let mut abstaining = case.clone();
        for said in &mut abstaining.said {
            if let Ok(opinion) = &mut said.heard
                && matches!(opinion.verdict, Verdict::Expired { .. })
            {
                opinion.verdict = Verdict::Abstain;
            }
        }
        prop_assert_eq!(case.composed(), abstaining.composed());
    }

    #[test]
    fn under_protect_overrides_a_protecting_rule_never_unprotects(
        case in case(), rank in rank(), how in protection()
    ) {
        let overriding = Layer { name: String::new(), algorithm: Algorithm::ProtectOverrides };
        let case = Case { layers: vec![overriding; LAYERS], ..case };
        let protecting = newcomer(unreasoned(Verdict::Protect(Box::new(how))), rank);
        prop_assert!(!protects(&case) || protects(&case.with(protecting)));
    }

    #[test]
    fn a_shadow_rule_changes_nothing(case in case(), said in said()) {
        let shadow = Said {
            rank: Rank { id: "a-new-one".into(), mode: Mode::Shadow, ..said.rank },
            heard: said.heard,
        };
        prop_assert_eq!(enforced(&case), enforced(&case.with(shadow)));
    }

    #[test]
    fn equals_that_disagree_on_whether_are_flagged_and_the_lowest_id_wins(case in case()) {
        prop_assume!(case.said.iter().all(|said| said.heard.is_ok()));
        let composed = case.composed();
        let Some(winner) = composed.decided_by.as_ref() else { return Ok(()) };
        let verdict = |id: &Arc<str>| {
            let said = case.said.iter().find(|said| said.rank.id == *id);
            let said = said.and_then(|said| Some((&said.rank, &said.heard.as_ref().ok()?.verdict)));
            said.ok_or_else(|| TestCaseError::fail(format!("`{id}` is not a rule")))
        };
        let (rank, won) = verdict(winner)?;
        let protects = |verdict: &Verdict| matches!(verdict, Verdict::Protect(_));
        let (mut tied, mut same) = (Vec::new(), Vec::new());
        for other in case.said.iter().filter(|said| Case::votes(said) && said.rank.equals(rank)) {
            let (_, said) = verdict(&other.rank.id)?;
            let agrees = if protects(won) { protects(said) } else { said == won };
            if agrees { &mut same } else { &mut tied }.push(other.rank.id.clone());
        }
        let same_kind = same.iter().chain(&tied);
        let mut rivals = Vec::new();
        for id in same_kind {
            if protects(verdict(id)?.1) == protects(won) {
                rivals.push(id);
            }
        }
        prop_assert_eq!(rivals.into_iter().min(), Some(winner), "the lowest id among equals of its kind");
        let flagged = composed.conflicts.iter().find(|conflict| conflict.field == "whether");
        if !tied.is_empty() {
            tied.push(winner.clone());
        }
        tied.sort();
        prop_assert_eq!(flagged.map(|conflict| conflict.rules.clone()).unwrap_or_default(), tied);
    }

    #[test]
    fn a_failure_means_what_its_on_error_says(case in case(), rank in rank()) {
        let rank = Rank { mode: Mode::Enforce, ..rank };
        let failing = |on_error| {
            let rank = Rank { on_error, ..rank.clone() };
            case.with(newcomer(Err("it trapped".into()), rank))
        };
        let protecting = newcomer(unreasoned(Verdict::Protect(Box::default())), rank.clone());
        prop_assert_eq!(failing(OnError::ProtectWithDefault).composed(), case.with(protecting).composed());
        prop_assert_eq!(failing(OnError::Ignore).composed(), case.composed());
        prop_assert!(!protects(&failing(OnError::Hold)), "a hold was passed over");
    }

    #[test]
    fn the_first_layer_with_a_vote_decides_whether(case in case(), low in opinion(), priority in 0..3_i32) {
        let first = case.said.iter().filter(|said| Case::votes(said)).map(|said| said.rank.layer).min();
        prop_assume!(first.is_some_and(|first| first < LAYERS - 1));
        // A lower rank, failures that hold aside, does not change whether.
        let below = Rank {
            id: "".into(),
            layer: LAYERS - 1,
            priority,
            mode: Mode::Enforce,
            decides: Decides::WhetherAndHow,
            on_error: OnError::ProtectWithDefault,
        };
        let with = case.with(newcomer(Ok(low), below)).composed();
        let without = case.composed();
        prop_assert_eq!(&with.decided_by, &without.decided_by);
        prop_assert_eq!(
            std::mem::discriminant(&with.outcome),
            std::mem::discriminant(&without.outcome)
        );
    }
}
