//! A decision that was just made replays equal; whatever is done to its record is found.

use holdfast_replay::{BrokenEntry, Finding, ReplayReport, Replayer};
use proptest::prelude::*;
use serde_json::Value;

use crate::built::{disk, document, other, requests, shipped};

fn replayer() -> Replayer {
    Replayer::new([shipped().clone(), other().clone()])
}

/// The document with its decision changed as text.
fn with_decision(document: &[u8], change: impl Fn(&str) -> String) -> Vec<u8> {
    let whole: Value = serde_json::from_slice(document).unwrap();
    let decision = whole["decision"].to_string();
    let text = std::str::from_utf8(document).unwrap();
    assert!(text.contains(&decision), "the ledger does not write canonical JSON");
    text.replace(&decision, &change(&decision)).into_bytes()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_decision_just_made_replays_equal(request in requests(), by_other in any::<bool>()) {
        let (path, document) = document(if by_other { other() } else { shipped() }, &request);
        prop_assert_eq!(replayer().replay(&path, &document), Finding::Equal);
    }
}

#[test]
fn a_flipped_byte_anywhere_in_the_decision_is_found() {
    let request = disk(&[("env", "prod"), ("tier", "gold")]);
    let (path, document) = document(shipped(), &request);
    let whole: Value = serde_json::from_slice(&document).unwrap();
    let decision = whole["decision"].to_string();
    let start = std::str::from_utf8(&document).unwrap().find(&decision).unwrap();
    let replayer = replayer();
    let mut named = 0;
    for at in start..start + decision.len() {
        let mut flipped = document.clone();
        flipped[at] ^= 1;
        match replayer.replay(&path, &flipped) {
            Finding::Different(difference) => {
                let flipped: Value = serde_json::from_slice(&flipped).unwrap();
                let recorded = flipped["decision"].pointer(&difference.pointer);
                let original = whole["decision"].pointer(&difference.pointer);
                assert_ne!(recorded, original, "byte {at}: {}", difference.pointer);
                assert_eq!((recorded, original), (difference.recorded.as_ref(), difference.decided.as_ref()));
                named += 1;
            }
            // It is not JSON any more, or the digest is that of another rule set, or the host another one.
            Finding::Broken(_) | Finding::UnknownRuleSet { .. } | Finding::OtherHost { .. } => {}
            Finding::Equal => panic!("byte {at} of the decision was flipped, and nothing noticed"),
        }
    }
    assert!(named > decision.len() / 2, "{named} of {}", decision.len());
}

#[test]
fn a_changed_input_shows_in_its_digest() {
    let (path, document) = document(shipped(), &disk(&[("owner", "shop")]));
    let forged = String::from_utf8(document).unwrap().replace("\"owner\":\"shop\"", "\"owner\":\"ship\"");
    let Finding::Different(difference) = replayer().replay(&path, forged.as_bytes()) else { panic!() };
    assert_eq!(difference.pointer, "/record/digests/input");
}

#[test]
fn another_order_of_keys_is_the_same_but_a_name_twice_is_not() {
    let (path, document) = document(shipped(), &disk(&[("env", "prod")]));
    let outcome = "\"outcome\":\"protect\",";
    let reordered =
        with_decision(&document, |text| text.replace(outcome, "").replacen('{', &format!("{{{outcome}"), 1));
    assert_eq!(replayer().replay(&path, &reordered), Finding::Equal);
    let twice = with_decision(&document, |text| text.replacen('{', "{\"outcome\":\"exclude\",", 1));
    assert_eq!(replayer().replay(&path, &twice), Finding::Broken(BrokenEntry::Rewritten));
    let blank = with_decision(&document, |text| text.replacen('{', "{ ", 1));
    assert_eq!(replayer().replay(&path, &blank), Finding::Broken(BrokenEntry::Rewritten));
}

#[test]
fn what_cannot_be_replayed_says_why() {
    let (path, document) = document(shipped(), &disk(&[("env", "prod")]));
    let only_other = Replayer::new([other().clone()]);
    let Finding::UnknownRuleSet { digest, revision } = only_other.replay(&path, &document) else { panic!() };
    assert_eq!((digest, revision), (shipped().rule_set().digest().to_string(), 1));

    let host = shipped().decide(&disk(&[])).record.digests.host;
    let older = with_decision(&document, |text| {
        let mut decision: Value = serde_json::from_str(text).unwrap();
        decision["record"]["digests"]["host"] = Value::from("holdfast-evaluator 0.0.9 wasmtime 47.0.0");
        decision["record"]["opinions"][0]["fuel"] = Value::from(1);
        decision.to_string()
    });
    let host_named = Finding::OtherHost { host: "holdfast-evaluator 0.0.9 wasmtime 47.0.0".to_owned() };
    assert_ne!(host, "holdfast-evaluator 0.0.9 wasmtime 47.0.0");
    assert_eq!(replayer().replay(&path, &older), host_named);
    let summary =
        with_decision(&older, |text| text.replace("\"summary\":\"protect", "\"summary\":\"exclude"));
    let Finding::Different(difference) = replayer().replay(&path, &summary) else { panic!() };
    assert_eq!(difference.pointer, "/record/summary");
}

#[test]
fn a_broken_entry_is_named_and_counted() {
    let (path, document) = document(shipped(), &disk(&[("env", "prod")]));
    let replayer = replayer();
    let cut = &document[..document.len() / 2];
    let elsewhere = path.replace("/one/", "/two/");
    let mut report = ReplayReport::default();
    for (path, document) in [
        (path.as_str(), document.as_slice()),
        (&path, cut),
        (&path, b"[]"),
        (&path, b"\xff"),
        (&path, b"{}"),
        (&elsewhere, &document),
    ] {
        report.add(path, replayer.replay(path, document), 3);
    }
    assert_eq!((report.decisions, report.equal, report.broken, report.unreadable.len()), (6, 1, 5, 3));
    assert!(!report.nothing_differs());
    let why = replayer.replay(&elsewhere, &document);
    assert!(matches!(why, Finding::Broken(BrokenEntry::Misplaced(_))), "{why:?}");
}
