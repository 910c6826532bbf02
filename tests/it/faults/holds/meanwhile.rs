//! Holds beside what goes on at the same time: work under way, a handler that dies, what others agree to or resume.

use holdfast_evaluator::Caller;
use holdfast_protection::hold;
use holdfast_protection::operations::{Answer, OperationStatus};
use holdfast_protection::outcome::Outcome;
use serde_json::json;

use super::{Act, DAY, Pass, changes, done, happen, held, protected, shown};
use crate::faults::held::tagged;
use crate::faults::rules::{rules_where, rules_with};
use crate::faults::run::Run;

#[tokio::test(flavor = "multi_thread")]
async fn work_that_is_under_way_when_the_act_comes_does_not_undo_it() {
    // A pass is about to move the disk to the policy of its new tier when somebody suspends it.
    let (mut run, disk) = protected().await;
    tagged(&run, &disk, json!({ "tier": "gold" })).await;
    run.tell(&disk);
    let (seen, message) = run.next().unwrap();
    run.wait_until(seen);
    run.offer(message).await;
    done(&run, &disk, "act", Act::Suspend.action(), None).await;
    let left = shown(&run);
    run.azure.forget_calls();
    run.work_off().await;
    assert_eq!((shown(&run), changes(&run)), (left, Vec::new()), "{:?}", run.end_of(&disk));
    assert!(matches!(run.end_of(&disk), Some(Outcome::Held { .. })), "{:?}", run.end_of(&disk));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_act_is_durable_before_it_is_done_whatever_call_the_handler_dies_of() {
    let (run, disk) = protected().await;
    let first = run.line.calls();
    done(&run, &disk, "act", Act::StopAndDelete.action(), None).await;
    let calls = run.line.calls() - first;
    for number in 1..=calls {
        let (mut run, disk) = protected().await;
        run.line.die_at(run.line.calls() + number);
        let line = run.line.clone();
        tokio::select! {
            biased;
            _ = done(&run, &disk, "act", Act::StopAndDelete.action(), None) => panic!("it survived call {number}"),
            () = line.death() => {}
        }
        run.restart();
        run.azure.advance(300.0);
        let deleted = shown(&run).is_none();
        assert!(!deleted || held(&run, &disk).await.is_some(), "died of call {number}: deleted and not held");
        happen(&mut run, &disk, Pass::Sweep).await;
        assert_eq!(shown(&run).is_none(), deleted, "died of call {number}: the next pass undid it");
    }
    println!("{calls} deaths, no act undone");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ending_of_ours_that_a_person_agrees_to_is_not_done_against_the_hold_of_another() {
    let (mut run, disk) = protected().await;
    run.evaluator = rules_where(|text| format!("{text}\n[ending]\nexcluded = \"suspend\"\n"));
    tagged(&run, &disk, json!({ "backup": "off" })).await;
    run.tell(&disk);
    run.work_off().await;
    let waiting = run.operations().awaiting_approval(run.azure.now()).await.unwrap().operations;
    let id = waiting[0].asked.id;
    done(&run, &disk, "act", Act::ChangePolicy.action(), None).await;
    let by = Caller { id: "frank-id".to_owned(), name: "frank".to_owned(), roles: vec!["admin".to_owned()] };
    let answer = Answer { approved: true, by, at: run.azure.now(), why: None };
    let ended = run.operations().answer(id, answer).await.unwrap();
    assert!(
        matches!(&ended.status, OperationStatus::Failed { code, message, .. }
            if code == "HeldByPerson" && message.contains("olga decided change-policy")),
        "{:?}",
        ended.status
    );
    assert_eq!(shown(&run).map(|shown| shown.0).as_deref(), Some("ProtectionConfigured"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_resumed_against_the_rules_is_not_ended_again_before_its_time() {
    let (mut run, disk) = protected().await;
    run.evaluator = rules_with("[ending]\nexcluded = \"suspend\"\n");
    tagged(&run, &disk, json!({ "backup": "off" })).await;
    happen(&mut run, &disk, Pass::Event).await;
    run.azure.advance(120.0);
    let state = |run: &Run| shown(run).map(|shown| shown.0);
    assert_eq!(state(&run).as_deref(), Some("BackupsSuspended"), "{:?}", run.end_of(&disk));
    done(&run, &disk, "act", json!({ "action": "resume" }), None).await;
    for pass in [Pass::Event, Pass::Sweep, Pass::Hours(30), Pass::Sweep, Pass::Event] {
        happen(&mut run, &disk, pass).await;
        assert_eq!(state(&run).as_deref(), Some("ProtectionConfigured"), "{pass:?}");
    }
    run.azure.advance(31.0 * DAY);
    happen(&mut run, &disk, Pass::Sweep).await;
    run.azure.advance(120.0);
    assert_eq!(state(&run).as_deref(), Some("BackupsSuspended"), "{:?}", run.end_of(&disk));
    assert_eq!(hold::open(run.ledger(), run.azure.now()).await.unwrap().over, []);
}
