//! Endings that Holdfast asked for and a person agreed to: before each call, what the rules and people say by then counts.

use std::sync::Arc;

use holdfast_protection::instance::ProtectionState;
use holdfast_protection::operations::{OperationId, OperationStatus};
use holdfast_protection::{Refusal, RefusalKind};
use serde_json::json;

use crate::stage::{Stage, ask, code, ours, person, protecting, refusal};
use crate::world::Fault;

const FREE: &str = "[review]\ndefault = \"allow\"\n";
const SUSPENDS: &str =
    "[review.operations]\nsuspend = \"needs-approval\"\n[ending]\nnot-covered = \"suspend\"\n";

/// An ending of the disk that Holdfast asked for, and that waits for a person.
pub(crate) async fn asked_by_holdfast(stage: &Stage, action: &str) -> OperationId {
    let id = stage.ask(json!({ "action": action })).await.unwrap().asked.id;
    stage.world.with(|state| {
        let asked = state.documents.get_mut(&format!("operations/{id}/asked.json")).unwrap();
        asked["by"] = json!({ "id": "holdfast", "name": "Holdfast", "roles": [] });
    });
    id
}

async fn waiting(rules: &str, action: &str) -> (Stage, OperationId) {
    let stage = Stage::with_rules(rules).with_instance(ours(ProtectionState::Configured));
    let id = asked_by_holdfast(&stage, action).await;
    (stage, id)
}

/// A guard of the vault keeps out what a person has agreed to.
async fn kept_out() -> (Stage, OperationId) {
    let (stage, id) = waiting(SUSPENDS, "suspend").await;
    let kept_out = Refusal { status: 403, kind: RefusalKind::Guarded, ..refusal("GuardedAction") };
    stage.world.with(|state| state.refused_at_once = vec![kept_out]);
    let waits = stage.answer(id, person("frank", "admin"), true).await.unwrap();
    assert!(matches!(waits.status, OperationStatus::AwaitsGuard { .. }), "{:?}", waits.status);
    (stage, id)
}

/// The instance that was to make the call died, or its call never came to Azure.
async fn unanswered() -> (Stage, OperationId) {
    let (stage, id) = waiting(SUSPENDS, "suspend").await;
    // Before it lie the entry of the index, the answer and the claim.
    stage.world.with(|state| state.fault = Some((state.exchanges + 3, Fault::Before)));
    stage.answer(id, person("frank", "admin"), true).await.unwrap();
    let claim = format!("operations/{id}/00-000-claimed.json");
    assert!(stage.world.with(|state| state.documents.contains_key(&claim) && state.calls.is_empty()));
    (stage, id)
}

#[tokio::test]
async fn what_a_guard_kept_out_is_not_ended_where_the_rules_protect_it_by_then() {
    let (mut stage, id) = kept_out().await;
    stage.operations.evaluator = Arc::new(protecting(FREE));
    let ended = stage.follow(id).await;
    assert_eq!(code(&ended.status), "ProtectedAgain");
    assert!(stage.world.with(|state| state.calls.is_empty()));
}

#[tokio::test]
async fn what_a_guard_kept_out_is_not_ended_where_the_rule_set_leaves_it_by_then() {
    let (mut stage, id) = kept_out().await;
    stage.operations.evaluator = Stage::with_rules(FREE).operations.evaluator;
    let ended = stage.follow(id).await;
    assert_eq!(code(&ended.status), "EndingLeft");
    assert!(stage.world.with(|state| state.calls.is_empty()));
}

#[tokio::test]
async fn what_a_guard_kept_out_is_not_ended_where_a_person_holds_it_by_then() {
    let (mut stage, id) = kept_out().await;
    stage.operations.evaluator = Arc::new(protecting(FREE));
    let moved = json!({ "action": "change-policy", "policy": "hourly" });
    let moved = stage.ask_as(&ask("mine", moved)).await.unwrap().asked.id;
    assert!(matches!(stage.follow(moved).await.status, OperationStatus::Succeeded { .. }));
    stage.operations.evaluator = Stage::with_rules(SUSPENDS).operations.evaluator;
    let ended = stage.follow(id).await;
    assert_eq!(code(&ended.status), "HeldByPerson");
    assert_eq!(stage.world.count("suspend"), 0);
}

#[tokio::test]
async fn what_a_guard_kept_out_is_ended_once_it_is_open_where_it_is_still_wanted() {
    let (stage, id) = kept_out().await;
    let ended = stage.follow(id).await;
    assert!(matches!(ended.status, OperationStatus::Succeeded { .. }), "{:?}", ended.status);
    assert_eq!(stage.world.count("suspend"), 1);
}

#[tokio::test]
async fn a_call_that_was_claimed_and_never_made_is_not_made_where_the_rules_protect_it_by_then() {
    let (mut stage, id) = unanswered().await;
    stage.operations.evaluator = Arc::new(protecting(FREE));
    stage.pass(3600);
    let ended = stage.follow(id).await;
    assert_eq!(code(&ended.status), "ProtectedAgain");
    assert!(stage.world.with(|state| state.calls.is_empty()));
}
