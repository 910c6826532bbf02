//! A rule set changes nothing against itself, and what one gains the other loses.

use holdfast_evaluator::Evaluator;
use holdfast_replay::{Change, DiffReport, Kind, ResourceChange, Shift};
use proptest::prelude::*;

use crate::built::{disk, edited, other, requests, shipped};

fn change(old: &Evaluator, new: &Evaluator, request: &holdfast_evaluator::Request) -> Change {
    Change::between(&old.decide(request), &new.decide(request))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_rule_set_changes_nothing_against_itself(request in requests()) {
        let change = change(shipped(), shipped(), &request);
        prop_assert_eq!(change.kind, Kind::Same);
        prop_assert!(change.fields.is_empty());
    }

    #[test]
    fn what_one_gains_the_other_loses(request in requests()) {
        let there = change(shipped(), other(), &request);
        let back = change(other(), shipped(), &request);
        let mirrored = match there.kind {
            Kind::GainsProtection => Kind::LosesProtection,
            Kind::LosesProtection => Kind::GainsProtection,
            Kind::BecomesExcluded => Kind::UnprotectedForAnotherReason,
            same @ (Kind::ChangesProtection | Kind::SameForAnotherReason | Kind::Same) => same,
            Kind::UnprotectedForAnotherReason
                if matches!(back.kind, Kind::BecomesExcluded | Kind::UnprotectedForAnotherReason) => back.kind,
            odd => panic!("{odd} has no mirror here"),
        };
        prop_assert_eq!(back.kind, mirrored);
        prop_assert_eq!(there.fields.len(), back.fields.len());
        for (there, back) in there.fields.iter().zip(&back.fields) {
            prop_assert_eq!((&there.field, &there.from, &there.to), (&back.field, &back.to, &back.from));
            let rules = |causes: &[holdfast_replay::Cause]| -> Vec<String> {
                causes.iter().map(|cause| cause.rule.clone()).collect()
            };
            prop_assert_eq!(rules(&there.because), rules(&back.because));
            prop_assert!(!there.because.is_empty(), "no rule is named for {}", there.field);
        }
    }
}

/// Kind, field, rule and what is new about it, of the only field that changes.
fn only(change: &Change) -> (Kind, String, Vec<(String, Shift)>) {
    let [field] = change.fields.as_slice() else { panic!("{change:?}") };
    let because = field.because.iter().map(|cause| (cause.rule.clone(), cause.shift.clone()));
    (change.kind, field.field.clone(), because.collect())
}

fn verdict(from: &str, to: &str) -> Shift {
    Shift::Verdict { from: from.to_owned(), to: to.to_owned() }
}

#[test]
fn the_rule_that_did_it_is_named() {
    let because = |rule: &str, shift: Shift| vec![(rule.to_owned(), shift)];
    let gained = change(shipped(), other(), &disk(&[("env", "test")]));
    let expected = because("select", verdict("abstain", "protect"));
    assert_eq!(only(&gained), (Kind::GainsProtection, "whether".into(), expected));
    let lost = change(shipped(), other(), &disk(&[("env", "staging")]));
    let expected = because("select", verdict("protect", "abstain"));
    assert_eq!(only(&lost), (Kind::LosesProtection, "whether".into(), expected));
    let moved = change(shipped(), other(), &disk(&[("env", "prod")]));
    assert_eq!(only(&moved), (Kind::ChangesProtection, "vault".into(), because("placement", Shift::Says)));
}

#[test]
fn an_exclusion_whose_time_has_come_caused_nothing() {
    let request = disk(&[("env", "test")]);
    let (mut old, mut new) = (shipped().decide(&request), other().decide(&request));
    // As where several rules protect: none of them alone made the difference.
    old.record.counterfactuals.clear();
    new.record.counterfactuals.clear();
    let mut expired = new.record.opinions.first().cloned().unwrap();
    expired.rule = "holiday".into();
    expired.verdict = "expired".into();
    expired.said = serde_json::json!({ "kind": "ephemeral", "until": "2025-12-31T00:00:00Z" }).into();
    new.record.opinions.push(expired);
    let (kind, _, because) = only(&Change::between(&old, &new));
    assert_eq!(kind, Kind::GainsProtection);
    assert!(because.contains(&("select".to_owned(), verdict("abstain", "protect"))), "{because:?}");
    assert!(because.iter().all(|(rule, _)| rule != "holiday"), "{because:?}");
}

#[test]
fn shadow_priority_and_defaults_are_told_apart() {
    let request = disk(&[("env", "prod"), ("tier", "gold")]);
    let shadowed = edited(&[("id = \"placement\"", "id = \"placement\"\nmode = \"shadow\"")]);
    let change_to = |candidate: &Evaluator| change(shipped(), candidate, &request);
    let shadow = change_to(&shadowed);
    assert_eq!(shadow.kind, Kind::ChangesProtection);
    let mode = Shift::Mode { from: "enforce".into(), to: "shadow".into() };
    let vault = shadow.fields.iter().find(|field| field.field == "vault").unwrap();
    assert_eq!((&vault.because[0].rule, &vault.because[0].shift), (&"placement".to_owned(), &mode));
    let defaults = change_to(&edited(&[("tier = \"operational\"", "tier = \"vault\"")]));
    let expected = vec![("defaults".to_owned(), Shift::HeardOtherwise)];
    assert_eq!(only(&defaults), (Kind::ChangesProtection, "tier".into(), expected));
    let renumbered = change_to(&edited(&[("revision = 1", "revision = 3")]));
    assert_eq!(renumbered.kind, Kind::Same);
}

#[test]
fn counts_add_up_and_examples_are_bounded() {
    let mut whole = DiffReport::default();
    let mut halves = [DiffReport::default(), DiffReport::default()];
    for number in 0..40 {
        let env = ["prod", "test", "staging", "none"][number % 4];
        let resource = ResourceChange {
            resource: format!("/r/{number}"),
            location: "westeurope".into(),
            change: change(shipped(), other(), &disk(&[("env", env)])),
        };
        whole.add(resource.clone(), 3);
        halves[number / 20].add(resource, 3);
    }
    assert_eq!((whole.resources, whole.changed()), (40, 30));
    assert_eq!(whole.count(Kind::GainsProtection), 10);
    assert_eq!(whole.field_sets.get(&vec!["vault".to_owned()]), Some(&10));
    assert!(whole.groups.keys().all(|group| whole.examples_of(group).count() == 3));
    let [mut merged, rest] = halves;
    merged.merge(rest, 3);
    assert_eq!(merged, whole);
}
