//! Laws of the explanation: it is repeatable, and what it claims is so.

use std::borrow::Cow;
use std::sync::Arc;

use holdfast_rule_set::{DEFAULTS, Mode, OnError, Protection};
use proptest::prelude::*;

use crate::model::Outcome;
use crate::opinion::Verdict;

use super::super::Composition;
use super::{Case, case, config};

/// What two outcomes do not have in common, written a second time: no code of the composition is used.
fn differing(one: &Outcome, other: &Outcome) -> Vec<String> {
    if let (Outcome::Protect { protection: one }, Outcome::Protect { protection: other }) = (one, other) {
        let fields = |protection: &Protection| match serde_json::to_value(protection) {
            Ok(serde_json::Value::Object(fields)) => fields,
            _ => serde_json::Map::new(),
        };
        let (one, other) = (fields(one), fields(other));
        let names = one.keys().chain(other.keys()).filter(|name| one.get(*name) != other.get(*name));
        let names: std::collections::BTreeSet<String> = names.cloned().collect();
        return names.into_iter().collect();
    }
    if one == other { Vec::new() } else { vec!["whether".to_owned()] }
}

fn sorted(changes: &[Cow<'static, str>]) -> Vec<String> {
    let mut changes: Vec<String> = changes.iter().map(|change| change.clone().into_owned()).collect();
    changes.sort();
    changes
}

/// Ids of the rules that have a voice in the outcome if they are enforced.
fn speaking(case: &Case, mode: Mode) -> Vec<Arc<str>> {
    let speaks = case.said.iter().filter(|said| {
        said.rank.mode == mode
            && match &said.heard {
                Ok(opinion) => matches!(opinion.verdict, Verdict::Protect(_) | Verdict::Exclude { .. }),
                Err(_) => said.rank.on_error != OnError::Ignore,
            }
    });
    speaks.map(|said| said.rank.id.clone()).collect()
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_same_answers_give_the_same_bytes(case in case()) {
        let bytes = || {
            let Composition { outcome, decided_by, winners, conflicts, counterfactuals, shadow_differences } =
                case.composed();
            let parts = (outcome, decided_by, winners, conflicts, counterfactuals, shadow_differences);
            serde_json::to_vec(&parts).map_err(|error| TestCaseError::fail(error.to_string()))
        };
        prop_assert_eq!(bytes()?, bytes()?);
    }

    #[test]
    fn counterfactuals_tell_the_truth(case in case()) {
        let composed = case.composed();
        for id in speaking(&case, Mode::Enforce) {
            let truth = differing(&composed.outcome, &case.without(&id).composed().outcome);
            let told = composed.counterfactuals.iter().find(|told| told.without == id);
            let told = told.map(|told| sorted(&told.changes)).unwrap_or_default();
            prop_assert_eq!(told, truth, "without {}", id);
        }
        for told in &composed.counterfactuals {
            prop_assert!(speaking(&case, Mode::Enforce).contains(&told.without));
            prop_assert!(!told.changes.is_empty());
        }
    }

    #[test]
    fn shadow_differences_tell_the_truth(case in case()) {
        let composed = case.composed();
        for id in speaking(&case, Mode::Shadow) {
            let mut enforced = case.clone();
            for said in enforced.said.iter_mut().filter(|said| said.rank.id == id) {
                said.rank.mode = Mode::Enforce;
            }
            let truth = differing(&composed.outcome, &enforced.composed().outcome);
            let told = composed.shadow_differences.iter().find(|told| told.rule == id);
            let told = told.map(|told| sorted(&told.changes)).unwrap_or_default();
            prop_assert_eq!(told, truth, "with {}", id);
        }
        for told in &composed.shadow_differences {
            prop_assert!(speaking(&case, Mode::Shadow).contains(&told.rule));
        }
    }

    #[test]
    fn what_is_protected_is_what_the_winners_say(case in case()) {
        let composed = case.composed();
        let Outcome::Protect { protection } = &composed.outcome else {
            prop_assert!(composed.winners.is_empty());
            return Ok(());
        };
        let fields = serde_json::to_value(protection);
        let fields = fields.map_err(|error| TestCaseError::fail(error.to_string()))?;
        let won: serde_json::Map<String, serde_json::Value> =
            composed.winners.iter().map(|(name, winner)| (name.clone().into_owned(), winner.value.clone())).collect();
        prop_assert_eq!(fields, serde_json::Value::Object(won));
        let known = |id: &Arc<str>| **id == *DEFAULTS || case.said.iter().any(|said| said.rank.id == *id);
        for winner in composed.winners.values() {
            prop_assert!(!winner.rules.is_empty() && winner.rules.iter().all(known));
        }
    }
}
