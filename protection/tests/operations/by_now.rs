//! Endings that Holdfast asked for and a person agreed to: what the rules and people say by then
//! counts, before each call.

use std::sync::Arc;

use holdfast_protection::instance::ProtectionState;
use holdfast_protection::operations::{OperationId, OperationStatus};
use holdfast_protection::{Refusal, RefusalKind};
use serde_json::json;

use crate::stage::{Stage, ask, code, failing, ours, person, protecting, refusal};
use crate::world::Fault;

const FREE: &str = "[review]\ndefault = \"allow\"\n";
const SUSPENDS: &str =
    "[review.operations]\nsuspend = \"needs-approval\"\n[ending]\nnot-covered = \"suspend\"\n";

const DENIES: &str = "[review.operations]\nsuspend = \"deny\"\n[ending]\nnot-covered = \"suspend\"\n";
const ADOPTS: &str = "[instances]\nforeign = \"adopt\"\n";

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
async fn what_a_person_agrees_to_is_not_done_where_the_rules_for_operations_deny_it_by_then() {
    for is_kept_out in [false, true] {
        let (mut stage, id) = if is_kept_out { kept_out().await } else { waiting(SUSPENDS, "suspend").await };
        stage.operations.evaluator = Stage::with_rules(DENIES).operations.evaluator;
        if !is_kept_out {
            stage.answer(id, person("frank", "admin"), true).await.unwrap();
        }
        let ended = stage.follow(id).await;
        assert_eq!(code(&ended.status), "EndingDenied", "{is_kept_out}");
        assert!(stage.world.with(|state| state.calls.is_empty()), "{is_kept_out}");
    }
}

#[tokio::test]
async fn what_another_tool_protects_is_ended_only_while_the_rule_set_adopts_it() {
    for is_adopted in [false, true] {
        let adopting = format!("{SUSPENDS}{ADOPTS}");
        let mut stage = Stage::with_rules(&adopting).in_state(ProtectionState::Configured);
        let id = asked_by_holdfast(&stage, "suspend").await;
        if !is_adopted {
            stage.operations.evaluator = Stage::with_rules(SUSPENDS).operations.evaluator;
        }
        stage.answer(id, person("frank", "admin"), true).await.unwrap();
        let ended = stage.follow(id).await;
        if is_adopted {
            assert!(matches!(ended.status, OperationStatus::Succeeded { .. }), "{:?}", ended.status);
        } else {
            assert_eq!(code(&ended.status), "EndingLeft");
        }
        assert_eq!(stage.world.count("suspend"), usize::from(is_adopted));
    }
}

#[tokio::test]
async fn what_the_rules_are_not_asked_about_by_then_is_not_ended() {
    let (stage, id) = waiting(SUSPENDS, "suspend").await;
    // It was protected as what Azure does not show it to be any more.
    stage.world.with(|state| {
        let asked = state.documents.get_mut(&format!("operations/{id}/asked.json")).unwrap();
        asked["workload"] = json!("data-lake");
    });
    stage.answer(id, person("frank", "admin"), true).await.unwrap();
    let ended = stage.follow(id).await;
    assert_eq!(code(&ended.status), "EndingLeft");
    assert!(stage.world.with(|state| state.calls.is_empty()));
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

#[tokio::test]
async fn a_call_whose_answer_was_lost_and_that_takes_effect_late_is_taken_back_where_the_rules_protect_it() {
    let (mut stage, id) = unanswered().await;
    stage.operations.evaluator = Arc::new(protecting(FREE));
    stage.pass(600);
    let waits = stage.operations.advance(id, stage.now()).await.unwrap();
    assert!(matches!(waits.status, OperationStatus::Running { .. }), "{:?}", waits.status);
    let suspended = ours(ProtectionState::Suspended);
    stage.world.with(|state| state.set_state(&suspended.id, ProtectionState::Suspended));
    let ended = stage.follow(id).await;
    assert!(matches!(ended.status, OperationStatus::Succeeded { .. }), "{:?}", ended.status);
    let back = stage.follow(OperationId::of_key("holdfast", &format!("{id}-taken-back"))).await;
    assert!(matches!(back.status, OperationStatus::Succeeded { .. }), "{:?}", back.status);
    let state = stage.world.with(|state| state.instances[0].state.clone());
    assert_eq!((state, stage.world.count("suspend")), (ProtectionState::Configured, 0));
}

/// Rules that have each of these ends approved, and `[ending]` say so of what they do not cover.
fn ending(end: &str) -> String {
    let kinds = ["stop-and-retain", "suspend", "stop-and-delete"];
    let approved = kinds.map(|kind| format!("{kind} = \"needs-approval\"\n")).concat();
    format!("[review.operations]\n{approved}[ending]\nnot-covered = \"{end}\"\n")
}

#[tokio::test]
async fn what_a_person_agrees_to_is_not_done_where_the_rule_set_keeps_more_of_the_backups_by_then() {
    let by_harm = [("stop-and-retain", "retain"), ("suspend", "suspend"), ("stop-and-delete", "delete")];
    for (asked, (action, end)) in by_harm.into_iter().enumerate() {
        for (now, (_, by_now)) in by_harm.into_iter().enumerate() {
            let (mut stage, id) = waiting(&ending(end), action).await;
            stage.operations.evaluator = Stage::with_rules(&ending(by_now)).operations.evaluator;
            stage.answer(id, person("frank", "admin"), true).await.unwrap();
            let ended = stage.follow(id).await;
            let calls = stage.world.with(|state| state.calls.len());
            if now < asked {
                assert_eq!((code(&ended.status), calls), ("EndingLeft", 0), "{action}, by then {by_now}");
            } else {
                let is_done = matches!(ended.status, OperationStatus::Succeeded { .. });
                assert!(is_done && calls == 1, "{action}, by then {by_now}: {:?}", ended.status);
            }
        }
    }
}

#[tokio::test]
async fn what_a_person_agrees_to_waits_while_a_rule_fails_and_is_not_done_where_it_then_protects() {
    let (mut stage, id) = waiting(SUSPENDS, "suspend").await;
    stage.operations.evaluator = Arc::new(failing(SUSPENDS));
    let waits = stage.answer(id, person("frank", "admin"), true).await.unwrap();
    assert!(matches!(waits.status, OperationStatus::Running { .. }), "{:?}", waits.status);
    stage.pass(3600);
    stage.operations.evaluator = Arc::new(protecting(FREE));
    let ended = stage.follow(id).await;
    assert_eq!(code(&ended.status), "ProtectedAgain");
    assert!(stage.world.with(|state| state.calls.is_empty()));
}

#[tokio::test]
async fn what_a_person_agreed_to_is_given_up_where_nobody_can_say_for_a_week_whether_it_is_still_wanted() {
    for is_shut in [false, true] {
        let (mut stage, id) = waiting(SUSPENDS, "suspend").await;
        if is_shut {
            stage.world.with(|state| state.may_not_read = true);
        } else {
            stage.operations.evaluator = Arc::new(failing(SUSPENDS));
        }
        stage.answer(id, person("frank", "admin"), true).await.unwrap();
        stage.pass(7 * 24 * 3600);
        let ended = stage.follow(id).await;
        assert_eq!(code(&ended.status), "EndingNotKnown");
        assert!(stage.world.with(|state| state.calls.is_empty()));
    }
}
