//! Calls that Azure does not take: throttled ones are not attempts, others are spaced, and so are those without an answer.

use std::time::Duration;

use holdfast_protection::operations::{Operation, OperationId, OperationStatus};
use holdfast_protection::{AzureError, Refusal, RefusalKind};

use crate::stage::{Stage, code, refusal, restore};

fn throttled() -> AzureError {
    AzureError::Throttled { action: "restore".to_owned(), retry_after: Duration::from_secs(7) }
}

fn unauthenticated() -> AzureError {
    AzureError::Unauthenticated { action: "restore".to_owned(), detail: "no token".to_owned() }
}

fn unanswered() -> AzureError {
    AzureError::Unavailable {
        action: "restore".to_owned(),
        detail: "no answer".to_owned(),
        retry_after: None,
    }
}

fn kept_out() -> AzureError {
    let refusal = Refusal { status: 403, kind: RefusalKind::Guarded, ..refusal("GuardedAction") };
    AzureError::Refused { action: "restore".to_owned(), refusal }
}

/// A restore that is about to be made, with these answers to it first.
async fn about_to_restore(answers: Vec<AzureError>) -> (Stage, OperationId) {
    let stage = Stage::new();
    let id = stage.ask(restore("copy")).await.unwrap().asked.id;
    stage.world.with(|state| state.restores_refused = answers);
    (stage, id)
}

/// Somebody who asks every second, whatever they are told.
async fn impatient(stage: &Stage, id: OperationId, seconds: usize) -> Option<Operation> {
    let mut last = None;
    for _ in 0..seconds {
        last = stage.operations.advance(id, stage.now()).await.ok().or(last);
        stage.pass(1);
    }
    last
}

#[tokio::test]
async fn a_throttled_call_is_not_an_attempt() {
    let (stage, id) = about_to_restore(vec![throttled(); 20]).await;
    let seen = impatient(&stage, id, 120).await.unwrap();
    assert!(matches!(seen.status, OperationStatus::Running { .. }), "{:?}", seen.status);
    let ended = stage.follow(id).await;
    assert!(matches!(ended.status, OperationStatus::Succeeded { .. }), "{:?}", ended.status);
    assert_eq!(stage.world.count("restore to"), 1);
}

#[tokio::test]
async fn azure_is_not_asked_before_it_takes_calls_again() {
    let (stage, id) = about_to_restore(vec![throttled(); 100]).await;
    impatient(&stage, id, 70).await;
    let asked = 100 - stage.world.with(|state| state.restores_refused.len());
    assert!((2..=10).contains(&asked), "{asked} calls in 70 s, with 7 s between them");
}

#[tokio::test]
async fn whoever_is_told_to_come_back_is_told_when() {
    let (stage, id) = about_to_restore(vec![throttled()]).await;
    loop {
        let seen = stage.operations.advance(id, stage.now()).await.unwrap();
        if stage.world.with(|state| state.restores_refused.is_empty()) {
            assert_eq!(seen.retry_after, Some(7));
            stage.pass(3);
            let seen = stage.operations.advance(id, stage.now()).await.unwrap();
            assert_eq!(seen.retry_after, Some(4));
            return;
        }
        stage.pass(1);
    }
}

#[tokio::test]
async fn other_attempts_are_spaced_and_six_of_them_end_it() {
    let (stage, id) = about_to_restore(vec![unauthenticated(); 100]).await;
    impatient(&stage, id, 30).await;
    let asked = 100 - stage.world.with(|state| state.restores_refused.len());
    assert!((1..=2).contains(&asked), "{asked} calls in 30 s");
    let ended = stage.follow(id).await;
    assert_eq!(code(&ended.status), "AzureNotReachable");
    assert_eq!(stage.world.with(|state| state.restores_refused.len()), 94, "six attempts");
}

#[tokio::test]
async fn whoever_a_guard_keeps_out_is_told_so_until_its_owner_lets_us_in() {
    let (stage, id) = about_to_restore(vec![kept_out(); 100]).await;
    let seen = impatient(&stage, id, 240).await.unwrap();
    let shown = stage.operations.show(id, stage.now()).await.unwrap();
    for status in [seen.status, shown.status] {
        assert!(matches!(status, OperationStatus::AwaitsGuard { .. }), "{status:?}");
    }
    let asked = 100 - stage.world.with(|state| state.restores_refused.len());
    assert!((2..=5).contains(&asked), "{asked} calls in 240 s");
    stage.world.with(|state| state.restores_refused.clear());
    let ended = stage.follow(id).await;
    assert!(matches!(ended.status, OperationStatus::Succeeded { .. }), "{:?}", ended.status);
    assert_eq!(stage.world.count("restore to"), 1);
}

#[tokio::test]
async fn a_call_without_an_answer_is_made_again_soon_then_ever_more_rarely_and_for_about_a_day() {
    let (stage, id) = about_to_restore(vec![unanswered(); 1000]).await;
    let called = |stage: &Stage| 1000 - stage.world.with(|state| state.restores_refused.len());
    let begun = stage.now();
    impatient(&stage, id, 600).await;
    assert!((4..=6).contains(&called(&stage)), "{} calls in ten minutes", called(&stage));
    let ended = stage.follow(id).await;
    assert_eq!(code(&ended.status), "AzureNotReachable");
    assert_eq!(called(&stage), 30);
    let hours = stage.now().duration_since(begun).as_hours();
    assert!((20..=26).contains(&hours), "{hours} hours");
}

#[tokio::test]
async fn a_call_that_is_answered_after_hours_is_made_once() {
    let (stage, id) = about_to_restore(vec![unanswered(); 12]).await;
    let ended = stage.follow(id).await;
    assert!(matches!(ended.status, OperationStatus::Succeeded { .. }), "{:?}", ended.status);
    assert_eq!(stage.world.count("restore to"), 1);
}
