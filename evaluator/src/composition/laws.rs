//! The laws of composition, for any opinions.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use crate::model::{ExclusionKind, Outcome, Protection, Retention, Schedule, Tier, VaultChoice};
use crate::opinion::{Opinion, Verdict};
use crate::rule_set::{Algorithm, Decides, Layer, Mode, OnError};

use super::{Answer, Composition, Standing, compose};

const LAYERS: usize = 3;

/// A rule and what it answered.
#[derive(Debug, Clone)]
struct Said {
    standing: Standing,
    heard: Result<Opinion, String>,
}

/// A rule set and what its rules answered; ids differ.
#[derive(Debug, Clone)]
struct Case {
    layers: Vec<Layer>,
    defaults: Protection,
    said: Vec<Said>,
}

impl Case {
    fn composed(&self) -> Composition {
        let answers: Vec<Answer<'_>> = self
            .said
            .iter()
            .map(|said| Answer {
                standing: &said.standing,
                on_error: said.standing.on_error,
                heard: said.heard.as_ref().map_err(String::as_str),
            })
            .collect();
        compose(&self.layers, &self.defaults, &answers)
    }

    fn with(&self, more: Said) -> Self {
        let mut case = self.clone();
        case.said.push(more);
        case
    }
}

fn layer() -> impl Strategy<Value = Layer> {
    let algorithm = prop_oneof![
        Just(Algorithm::ProtectOverrides),
        Just(Algorithm::ExcludeOverrides),
        Just(Algorithm::HighestPriority),
    ];
    algorithm.prop_map(|algorithm| Layer { name: String::new(), algorithm })
}

fn protection() -> impl Strategy<Value = Protection> {
    let retention = (option::of(0..40_u32), option::of(0..40_u32))
        .prop_map(|(min_days, max_days)| Retention { min_days, max_days });
    let schedule = prop_oneof![Just("P1D"), Just("P1W")]
        .prop_map(|every| Schedule { every: every.to_owned(), at: None });
    let vault = prop_oneof![Just("one"), Just("two"), Just("three")]
        .prop_map(|name| VaultChoice::Named(name.to_owned()));
    let tier = prop_oneof![Just(Tier::Operational), Just(Tier::Vault)];
    (option::of(retention), option::of(schedule), option::of(vault), option::of(tier)).prop_map(
        |(retention, schedule, vault, tier)| Protection {
            retention,
            schedule,
            vault,
            tier,
            ..Protection::default()
        },
    )
}

fn opinion() -> impl Strategy<Value = Opinion> {
    let kind = prop_oneof![Just(ExclusionKind::Ephemeral), Just(ExclusionKind::OptedOut)];
    let verdict = prop_oneof![
        1 => Just(Verdict::Abstain),
        3 => protection().prop_map(Verdict::Protect),
        2 => kind.prop_map(|kind| Verdict::Exclude { kind, until: None }),
    ];
    verdict.prop_map(|verdict| Opinion { verdict, reasons: Vec::new() })
}

fn standing() -> impl Strategy<Value = Standing> {
    let mode = prop_oneof![4 => Just(Mode::Enforce), 1 => Just(Mode::Shadow)];
    let decides = prop_oneof![3 => Just(Decides::WhetherAndHow), 1 => Just(Decides::How)];
    let on_error = prop_oneof![Just(OnError::ProtectWithDefault), Just(OnError::Hold)];
    (0..LAYERS, 0..3_i32, mode, decides, on_error).prop_map(|(layer, priority, mode, decides, on_error)| {
        Standing { id: String::new(), layer, priority, mode, decides, on_error }
    })
}

fn said() -> impl Strategy<Value = Said> {
    let heard = prop_oneof![6 => opinion().prop_map(Ok), 1 => Just(Err("it trapped".to_owned()))];
    (standing(), heard).prop_map(|(standing, heard)| Said { standing, heard })
}

fn case() -> impl Strategy<Value = Case> {
    (vec(layer(), LAYERS), protection(), vec(said(), 0..7)).prop_map(|(layers, defaults, mut said)| {
        for (index, said) in said.iter_mut().enumerate() {
            said.standing.id = format!("rule-{index}");
        }
        Case { layers, defaults, said }
    })
}

/// A case, and the same rules in another order.
fn reordered() -> impl Strategy<Value = (Case, Case)> {
    case().prop_flat_map(|case| {
        let shuffled = Just(case.said.clone()).prop_shuffle();
        (Just(case), shuffled).prop_map(|(case, said)| {
            let other = Case { said, ..case.clone() };
            (case, other)
        })
    })
}

/// Outcomes are compared by what they do: a hold's words name whichever rule comes first.
fn does(composition: &Composition) -> Outcome {
    match &composition.outcome {
        Outcome::Hold { .. } => Outcome::Hold { reason: String::new() },
        other => other.clone(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_configuration_does_not_matter((one, other) in reordered()) {
        prop_assert_eq!(one.composed(), other.composed());
    }

    #[test]
    fn the_same_answers_give_the_same_bytes(case in case()) {
        let bytes = || {
            let composed = case.composed();
            let parts = (
                composed.outcome, composed.winners, composed.conflicts, composed.counterfactuals,
            );
            serde_json::to_vec(&parts).map_err(|error| TestCaseError::fail(error.to_string()))
        };
        prop_assert_eq!(bytes()?, bytes()?);
    }

    #[test]
    fn a_duplicate_changes_nothing(case in case(), pick in any::<prop::sample::Index>(), first in any::<bool>()) {
        prop_assume!(!case.said.is_empty());
        let mut duplicate = case.said[pick.index(case.said.len())].clone();
        duplicate.standing.id = if first { "a-duplicate".into() } else { "z-duplicate".into() };
        let with = case.with(duplicate.clone());
        // Between equals that differ, ids decide: a duplicate under a lower id may win such a tie.
        let tied = case.said.iter().any(|said| {
            said.standing.id != duplicate.standing.id
                && said.heard != duplicate.heard
                && (said.standing.layer, said.standing.priority)
                    == (duplicate.standing.layer, duplicate.standing.priority)
        });
        prop_assume!(!(first && tied));
        prop_assert_eq!(does(&case.composed()), does(&with.composed()));
    }

    #[test]
    fn an_abstaining_rule_changes_nothing(case in case(), standing in standing()) {
        let abstaining = Said {
            standing: Standing { id: "a-new-one".into(), ..standing },
            heard: Ok(Opinion { verdict: Verdict::Abstain, reasons: Vec::new() }),
        };
        prop_assert_eq!(case.composed(), case.with(abstaining).composed());
    }

    #[test]
    fn under_protect_overrides_a_protecting_rule_never_unprotects(
        case in case(), standing in standing(), how in protection()
    ) {
        let overriding = Layer { name: String::new(), algorithm: Algorithm::ProtectOverrides };
        let case = Case { layers: vec![overriding; LAYERS], ..case };
        let protecting = Said {
            standing: Standing { id: "a-new-one".into(), ..standing },
            heard: Ok(Opinion { verdict: Verdict::Protect(how), reasons: Vec::new() }),
        };
        let is_protected = |case: &Case| matches!(case.composed().outcome, Outcome::Protect { .. });
        prop_assert!(!is_protected(&case) || is_protected(&case.with(protecting)));
    }

    #[test]
    fn a_shadow_rule_changes_nothing(case in case(), said in said()) {
        let shadow = Said {
            standing: Standing { id: "a-new-one".into(), mode: Mode::Shadow, ..said.standing },
            heard: said.heard,
        };
        let with = Composition { shadow_differences: Vec::new(), ..case.with(shadow).composed() };
        let without = Composition { shadow_differences: Vec::new(), ..case.composed() };
        prop_assert_eq!(without, with);
    }

    #[test]
    fn an_agreed_retention_is_never_empty(case in case()) {
        let composed = case.composed();
        let Outcome::Protect { protection } = &composed.outcome else { return Ok(()); };
        let Some(agreed) = protection.retention else { return Ok(()); };
        let low = agreed.min_days.unwrap_or(0);
        prop_assert!(agreed.max_days.is_none_or(|high| low <= high), "{agreed:?} is empty");
    }
}
