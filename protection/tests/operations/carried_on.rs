//! Operations that nobody waits for: found and carried on to their end, however long an approval takes.

use holdfast_protection::Refusal;
use holdfast_protection::operations::{OperationError, OperationId, OperationStatus};
use serde_json::json;

use crate::stage::{Stage, ask, missing_permission, person, restore};
use crate::world::Fault;

const DAY: i64 = 24 * 3600;
const LONG_APPROVAL: &str = "[review]\napprover-roles = [\"admin\"]\nwithin-hours = 720\n[review.operations]\nrestore = \"needs-approval\"\n";

/// The timed function and nobody else, every minute; stops when nothing is open.
async fn until_nothing_is_open(stage: &Stage) {
    for _ in 0..60 {
        match stage.operations.advance_all(stage.now()).await {
            Ok(carried_on) if carried_on.open.is_empty() && carried_on.failed.is_empty() => return,
            Ok(_) | Err(_) => stage.pass(60),
        }
    }
    panic!("something stays open: {:#?}", stage.world.with(|state| state.documents.clone()))
}

async fn status(stage: &Stage, id: OperationId) -> OperationStatus {
    stage.operations.show(id, stage.now()).await.unwrap().status
}

async fn approved_after(days: i64, roles_are_missing: &[Refusal]) -> (Stage, OperationId) {
    let stage = Stage::with_rules(LONG_APPROVAL);
    let id = stage.ask(restore("copy")).await.unwrap().asked.id;
    for _ in 0..days {
        stage.pass(DAY);
        assert_eq!(stage.operations.advance_all(stage.now()).await.unwrap().open.len(), 1);
    }
    stage.world.with(|state| state.validations = roles_are_missing.to_vec());
    stage.answer(id, person("frank", "admin"), true).await.unwrap();
    (stage, id)
}

#[tokio::test]
async fn what_is_approved_after_days_or_weeks_is_carried_on_to_its_end() {
    for days in [0, 6, 10, 21, 29] {
        let (stage, id) = approved_after(days, &[missing_permission(), missing_permission()]).await;
        until_nothing_is_open(&stage).await;
        let ended = status(&stage, id).await;
        assert!(matches!(ended, OperationStatus::Succeeded { .. }), "after {days} days: {ended:?}");
        assert_eq!(stage.world.count("restore"), 1, "after {days} days");
    }
}

#[tokio::test]
async fn an_outage_of_weeks_across_two_turns_of_the_month_loses_none() {
    let stage = Stage::with_rules(LONG_APPROVAL);
    stage.world.with(|state| state.now = "2026-01-31T23:59:30Z".parse().unwrap());
    let id = stage.ask(restore("copy")).await.unwrap().asked.id;
    // Nothing runs until the end of the next month.
    stage.pass(27 * DAY);
    stage.answer(id, person("frank", "admin"), true).await.unwrap();
    assert_eq!(stage.operations.advance_all(stage.now()).await.unwrap().open.len(), 1);
    stage.pass(5 * DAY);
    until_nothing_is_open(&stage).await;
    assert!(matches!(status(&stage, id).await, OperationStatus::Succeeded { .. }));
}

#[tokio::test]
async fn what_is_approved_after_an_outage_of_weeks_is_found() {
    let stage = Stage::with_rules(LONG_APPROVAL);
    stage.world.with(|state| state.now = "2026-01-31T12:00:00Z".parse().unwrap());
    let id = stage.ask(restore("copy")).await.unwrap().asked.id;
    // The first of March: the index of January is not read any more.
    stage.pass(29 * DAY);
    stage.world.with(|state| state.validations = vec![missing_permission()]);
    stage.answer(id, person("frank", "admin"), true).await.unwrap();
    until_nothing_is_open(&stage).await;
    assert!(matches!(status(&stage, id).await, OperationStatus::Succeeded { .. }));
}

#[tokio::test]
async fn whichever_exchange_is_lost_the_end_is_the_same() {
    let (whole, _) = approved_after(25, &[missing_permission()]).await;
    let before = whole.world.with(|state| state.exchanges);
    until_nothing_is_open(&whole).await;
    let after = whole.world.with(|state| state.exchanges);
    assert!(after > before + 8, "{before} to {after}");
    for at in before..after {
        for fault in [Fault::Before, Fault::After] {
            let (stage, id) = approved_after(25, &[missing_permission()]).await;
            stage.world.with(|state| state.fault = Some((at, fault)));
            until_nothing_is_open(&stage).await;
            let ended = status(&stage, id).await;
            assert!(matches!(ended, OperationStatus::Succeeded { .. }), "{at} {fault:?}: {ended:?}");
            assert_eq!(stage.world.count("restore"), 1, "{at} {fault:?}");
        }
    }
}

#[tokio::test]
async fn what_is_over_is_read_once_more_and_then_never_again() {
    let stage = Stage::new();
    let id = stage.ask(restore("copy")).await.unwrap().asked.id;
    until_nothing_is_open(&stage).await;
    // Were it read, it would fail.
    let asked = format!("operations/{id}/asked.json");
    stage.world.with(|state| state.documents.insert(asked, json!({ "format": "of another age" })));
    for _ in 0..3 {
        stage.pass(20 * DAY);
        let carried_on = stage.operations.advance_all(stage.now()).await.unwrap();
        assert!(carried_on.failed.is_empty() && carried_on.open.is_empty(), "{carried_on:?}");
    }
}

#[tokio::test]
async fn an_approval_that_nobody_gives_expires_without_anybody_asking() {
    let stage = Stage::with_rules(LONG_APPROVAL);
    let id = stage.ask(restore("copy")).await.unwrap().asked.id;
    stage.pass(30 * DAY + 1);
    until_nothing_is_open(&stage).await;
    let ended = format!("operations/{id}/ended.json");
    assert!(stage.world.with(|state| state.documents.contains_key(&ended)));
    assert_eq!(status(&stage, id).await, OperationStatus::Expired);
}

#[tokio::test]
async fn one_that_cannot_be_read_is_reported_and_stops_no_other() {
    let stage = Stage::new();
    let good = stage.ask(restore("good")).await.unwrap().asked.id;
    let bad = stage.ask_as(&ask("bad", restore("bad"))).await.unwrap().asked.id;
    let asked = format!("operations/{bad}/asked.json");
    stage.world.with(|state| state.documents.insert(asked.clone(), json!({ "odd": true })));
    for _ in 0..30 {
        stage.pass(60);
        let carried_on = stage.operations.advance_all(stage.now()).await.unwrap();
        let [(id, OperationError::Unreadable { path, .. })] = carried_on.failed.as_slice() else {
            panic!("{carried_on:?}")
        };
        assert_eq!((id, path), (&bad, &asked));
    }
    assert!(matches!(status(&stage, good).await, OperationStatus::Succeeded { .. }));
    // It stays in sight, month after month.
    for _ in 0..3 {
        stage.pass(25 * DAY);
        assert_eq!(stage.operations.advance_all(stage.now()).await.unwrap().failed.len(), 1);
    }
}

#[tokio::test]
async fn a_failure_of_azure_is_reported_and_the_next_run_goes_on() {
    let stage = Stage::new();
    let id = stage.ask(restore("copy")).await.unwrap().asked.id;
    stage.pass(60);
    let next = stage.world.with(|state| state.exchanges);
    stage.world.with(|state| state.fault = Some((next, Fault::Before)));
    let carried_on = stage.operations.advance_all(stage.now()).await.unwrap();
    assert!(matches!(carried_on.failed.as_slice(), [(failed, _)] if *failed == id), "{carried_on:?}");
    until_nothing_is_open(&stage).await;
    assert!(matches!(status(&stage, id).await, OperationStatus::Succeeded { .. }));
}

#[tokio::test]
async fn an_entry_without_an_operation_is_passed_over() {
    let stage = Stage::new();
    stage.world.with(|state| {
        for name in ["c0ffee00-0000-5000-8000-000000000000.json", "c0ffee00.json", "readme.txt"] {
            state.documents.insert(format!("asked/20260310/{name}"), json!({}));
        }
    });
    let carried_on = stage.operations.advance_all(stage.now()).await.unwrap();
    assert!(carried_on.open.is_empty() && carried_on.failed.is_empty(), "{carried_on:?}");
}
