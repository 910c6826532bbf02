//! Documents about resources, and about input that was given up.

use std::collections::BTreeMap;

use holdfast_evaluator::{
    Decision, DecisionRecord, Fact, Mode, Operation, OperationKind, Outcome as Whether, Protection, Request,
    Review, ReviewRecord, ReviewRequest, Ruling, ShadowDifference, Winner,
};
use serde_json::{Value, json};

use super::Golden;
use super::samples::{at, caller, digests, disk, instance, opinion, resource};
use crate::ledger::{self, FORMAT, LedgerDocument, LedgerRecord, Unreadable};
use crate::lifecycle::LifecycleChange;
use crate::outcome::{Outcome, PermissionRequest, Waiting};
use crate::work::{Cause, WorkItem};

fn name(record: &LedgerRecord) -> String {
    match record {
        LedgerRecord::Decided { .. } => "decided".to_owned(),
        LedgerRecord::Reviewed { .. } => "reviewed".to_owned(),
        LedgerRecord::Waiting { waiting } => format!("waiting-{}", waiting.as_str()),
        LedgerRecord::Ended { outcome } => format!("ended-{}", outcome.as_str()),
    }
}

fn fact() -> Fact {
    Fact { kind: "vaults".to_owned(), scope: "westeurope".to_owned(), value: Some("[]".to_owned()) }
}

fn decided() -> LedgerRecord {
    let mut shadow = opinion("protect");
    shadow.mode = Mode::Shadow;
    let winner = Winner { rules: vec!["select".into()], value: json!("vault"), overridden: Vec::new() };
    let record = DecisionRecord {
        summary: "protect: tag env=prod".to_owned(),
        opinions: vec![opinion("protect"), shadow],
        winners: BTreeMap::from([("tier".into(), winner)]),
        conflicts: Vec::new(),
        counterfactuals: Vec::new(),
        shadow_differences: vec![ShadowDifference { rule: "select".into(), changes: vec!["tier".into()] }],
        digests: digests(),
    };
    let protection = Protection { policy: Some("daily".to_owned()), ..Protection::default() };
    let request = Request {
        resource: resource(),
        facts: vec![fact()],
        event_time: at().to_string(),
        ..Request::default()
    };
    let labels = BTreeMap::new();
    let decision = Decision { outcome: Whether::Protect { protection }, labels, record };
    LedgerRecord::Decided { decision: Box::new(decision), request: Box::new(request) }
}

fn reviewed() -> LedgerRecord {
    let record = ReviewRecord {
        summary: "a person has to agree".to_owned(),
        opinions: vec![opinion("needs-approval")],
        conflicts: Vec::new(),
        shadow_differences: Vec::new(),
        digests: digests(),
    };
    let ruling = Ruling::NeedsApproval { roles: vec!["admin".to_owned()], within_hours: 24 };
    let operation = Operation { kind: OperationKind::StopAndDelete, parameters: "{}".to_owned() };
    let request = ReviewRequest {
        operation,
        resource: resource(),
        workload: None,
        parent_tags: BTreeMap::new(),
        labels: BTreeMap::new(),
        caller: caller(),
        facts: vec![fact()],
        event_time: at().to_string(),
    };
    LedgerRecord::Reviewed { review: Box::new(Review { ruling, record }), request: Box::new(request) }
}

fn every_wait() -> Vec<Waiting> {
    let message = "Azure's words".to_owned();
    vec![
        Waiting::Creation,
        Waiting::Permissions { message: message.clone() },
        Waiting::Administrator(PermissionRequest {
            code: "UserCannotAssignRoles".to_owned(),
            message: message.clone(),
            missing: vec!["Reader on /subscriptions/s".to_owned()],
            template: "templates/x.json".to_owned(),
            way_out: "deploy it".to_owned(),
        }),
        Waiting::Validation,
        Waiting::Configuration,
        Waiting::Vault,
        Waiting::Change,
        Waiting::Azure { message },
    ]
}

fn every_end() -> Vec<Outcome> {
    let text = |text: &str| text.to_owned();
    vec![
        Outcome::Protected { instance: instance(), note: Some(text("another policy")) },
        Outcome::Prepared { container: instance(), note: Some(text("its databases are work of their own")) },
        Outcome::Excluded { reason: text("opted out") },
        Outcome::Ignored { reason: text("no rule covers it") },
        Outcome::Gone,
        Outcome::Failed { code: text("C"), message: text("m"), way_out: text("w") },
        Outcome::Unprotected { instance: instance(), by: LifecycleChange::StopProtection },
        Outcome::Held {
            instance: instance(),
            operation: text("stop-and-delete"),
            reason: text("a person has to agree"),
            way_out: text("ask for it"),
        },
        Outcome::LeftAlone { instance: instance(), note: text("a person stopped it") },
    ]
}

fn samples() -> Vec<LedgerRecord> {
    let waits = every_wait().into_iter().map(|waiting| LedgerRecord::Waiting { waiting });
    let ends = every_end().into_iter().map(|outcome| LedgerRecord::Ended { outcome });
    [decided(), reviewed()].into_iter().chain(waits).chain(ends).collect()
}

#[test]
fn every_document_about_a_resource_is_written_and_read_as_it_was() {
    let mut golden = Golden::of("ledger/1/resources");
    for record in samples() {
        let name = name(&record);
        let kept = golden.file(&name, &ledger::about(&disk(), at(), &record).body);
        assert_eq!(kept["format"], FORMAT);
        golden.demands(&name, &kept, |document| ledger::read::<LedgerDocument>(document.clone()).is_ok());
        let expected = LedgerDocument { resource: disk(), workload: None, at: at(), record };
        let mut before = kept.clone();
        before.as_object_mut().unwrap().remove("format");
        let mut later = kept.clone();
        later["format"] = json!(FORMAT + 1);
        later["lane"] = json!("vault");
        for (form, document) in [("this", kept), ("the one before", before), ("a later", later)] {
            assert_eq!(ledger::read(document).as_ref(), Ok(&expected), "{name}, {form}");
        }
    }
    golden.is_complete();
}

#[test]
fn a_document_that_only_a_later_version_understands_says_so() {
    let later = json!({ "format": FORMAT + 1, "resource": disk(), "at": at(), "entry": "archived" });
    let problem = ledger::read::<LedgerDocument>(later.clone()).unwrap_err();
    assert_eq!(problem, Unreadable::Newer(FORMAT + 1));
    assert!(problem.to_string().contains("update the handler"), "{problem}");
    let mut broken = later;
    broken["format"] = json!(FORMAT);
    assert!(matches!(ledger::read::<LedgerDocument>(broken), Err(Unreadable::Form(_))));
}

#[test]
fn what_was_given_up_is_written_as_it_was() {
    let mut golden = Golden::of("ledger/1/given-up");
    golden.file("rejected", &ledger::rejected("message", "{\"half\":", "it is no JSON").body);
    let item = WorkItem::new(disk(), Cause::Sweep, at());
    let kept = golden.file("revived", &ledger::revived("poison", &item).body);
    let read = WorkItem::read(&kept["item"].to_string(), at()).unwrap();
    assert_eq!((read.item, read.left_out), (item, Vec::new()));
    golden.is_complete();
}

#[test]
fn a_template_for_an_administrator_is_left_as_azure_takes_it() {
    let template = json!({ "$schema": "s", "contentVersion": "1.0.0.0", "resources": [] });
    let entry = ledger::Entry::verbatim("templates/x.json".to_owned(), &template);
    assert_eq!(serde_json::from_str::<Value>(&entry.body).unwrap(), template);
}
