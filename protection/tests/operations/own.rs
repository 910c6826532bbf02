//! What Holdfast itself asks for: a failed backup once more, and that an ending is taken back which a person agreed to and
//! the rules overtook while Azure was at it.

use std::sync::Arc;

use holdfast_protection::instance::ProtectionState;
use holdfast_protection::ledger::About;
use holdfast_protection::operations::{OperationId, OperationStatus};
use holdfast_protection::retry;
use holdfast_protection::work::FailedBackup;
use serde_json::json;

use crate::by_now::asked_by_holdfast;
use crate::stage::{Stage, ask, code, disk, ours, person, protecting, refusal, vault};
use crate::world::Fault;

const FREE: &str = "[review]\ndefault = \"allow\"\n";
const NO_RULE: &str =
    "[review.operations]\nsuspend = \"needs-approval\"\n[ending]\nnot-covered = \"suspend\"\n";

/// Azure suspends the disk, and by now the rules protect it. The ending, and what takes it back.
async fn overtaken() -> (Stage, OperationId, OperationId) {
    let mut stage = Stage::with_rules(NO_RULE).with_instance(ours(ProtectionState::Configured));
    let id = asked_by_holdfast(&stage, "suspend").await;
    let begun = stage.answer(id, person("frank", "admin"), true).await.unwrap();
    assert!(matches!(begun.status, OperationStatus::Running { .. }), "{:?}", begun.status);
    stage.operations.evaluator = Arc::new(protecting(FREE));
    (stage, id, OperationId::of_key("holdfast", &format!("{id}-taken-back")))
}

/// Goes on with both; what takes the ending back is at its end before whoever died is followed by the next.
async fn carried_out(stage: &Stage, id: OperationId, back: OperationId) {
    for _ in 0..200 {
        let ending = stage.operations.advance(id, stage.now()).await;
        let is_lost = ending.is_err();
        if ending.is_ok_and(|operation| operation.status.is_over()) {
            break;
        }
        if is_lost && stage.operations.show(back, stage.now()).await.is_ok() {
            stage.follow(back).await;
        }
        stage.pass(30);
    }
    stage.follow(back).await;
}

fn last_end(stage: &Stage) -> Option<String> {
    let is_end = |path: &&String| path.contains("-3-ended-");
    stage.world.with(|state| state.documents.keys().rfind(is_end).cloned())
}

#[tokio::test]
async fn what_was_taken_back_is_the_last_end_whatever_exchange_is_lost() {
    let (whole, id, back) = overtaken().await;
    let before = whole.world.with(|state| state.exchanges);
    carried_out(&whole, id, back).await;
    let exchanges = whole.world.with(|state| state.exchanges);
    assert!(exchanges > before + 6, "{before} {exchanges}");
    for at in before..exchanges {
        for fault in [Fault::Before, Fault::After] {
            let (stage, id, back) = overtaken().await;
            stage.world.with(|state| state.fault = Some((at, fault)));
            carried_out(&stage, id, back).await;
            for operation in [id, back] {
                let status = stage.operations.show(operation, stage.now()).await.unwrap().status;
                assert!(matches!(status, OperationStatus::Succeeded { .. }), "{at} {fault:?}: {status:?}");
            }
            let state = stage.world.with(|state| state.instances[0].state.clone());
            assert_eq!(state, ProtectionState::Configured, "{at} {fault:?}");
            let last = last_end(&stage).unwrap_or_default();
            assert!(last.contains("-3-ended-protected-"), "{at} {fault:?}: {last}");
        }
    }
}

#[tokio::test]
async fn an_ending_has_an_end_though_nobody_may_look_whether_it_was_overtaken() {
    let (stage, id, back) = overtaken().await;
    stage.world.with(|state| state.may_not_read = true);
    let status = stage.follow(id).await.status;
    assert!(matches!(status, OperationStatus::Succeeded { .. }), "{status:?}");
    assert!(stage.operations.show(back, stage.now()).await.is_err());
}

#[tokio::test]
async fn an_ending_that_failed_and_was_done_all_the_same_is_recorded_and_taken_back_where_it_is_not_wanted() {
    for is_protected in [false, true] {
        let mut stage = Stage::with_rules(NO_RULE).with_instance(ours(ProtectionState::Configured));
        let id = asked_by_holdfast(&stage, "suspend").await;
        stage.world.with(|state| state.lifecycle_changes_refused = vec![refusal("UserErrorLate")]);
        stage.answer(id, person("frank", "admin"), true).await.unwrap();
        let instance = ours(ProtectionState::Suspended).id;
        stage.world.with(|state| state.set_state(&instance, ProtectionState::Suspended));
        if is_protected {
            stage.operations.evaluator = Arc::new(protecting(FREE));
        }
        let ended = stage.follow(id).await;
        assert_eq!(code(&ended.status), "UserErrorLate");
        let is_recorded = |path: &String| path.contains("-3-ended-unprotected-");
        assert!(stage.world.with(|state| state.documents.keys().any(is_recorded)), "{is_protected}");
        let mut wanted = ProtectionState::Suspended;
        if is_protected {
            stage.follow(OperationId::of_key("holdfast", &format!("{id}-taken-back"))).await;
            wanted = ProtectionState::Configured;
        }
        assert_eq!(stage.world.with(|state| state.instances[0].state.clone()), wanted);
    }
}

#[tokio::test]
async fn what_a_person_suspends_meanwhile_is_not_taken_back() {
    let (stage, id, back) = overtaken().await;
    let asked = stage.ask_as(&ask("mine", json!({ "action": "suspend" }))).await.unwrap();
    assert!(matches!(asked.status, OperationStatus::Succeeded { .. }), "{:?}", asked.status);
    carried_out(&stage, id, back).await;
    let status = stage.operations.show(back, stage.now()).await.unwrap().status;
    assert!(
        matches!(&status, OperationStatus::Failed { code, message, .. }
            if code == "HeldByPerson" && message.starts_with("its protection was not resumed: dana decided suspend")),
        "{status:?}"
    );
    assert_eq!(stage.world.count("resume"), 0);
}

#[tokio::test]
async fn a_failed_backup_is_taken_again_by_the_policy_that_a_person_holds() {
    let stage = Stage::protecting(FREE).with_instance(ours(ProtectionState::Configured));
    let moved = json!({ "action": "change-policy", "policy": "hourly" });
    let moved = stage.ask_as(&ask("mine", moved)).await.unwrap().asked.id;
    stage.follow(moved).await;
    assert!(stage.operations.hold(&disk(), stage.now()).await.unwrap().is_some());
    let failed = FailedBackup {
        job: vault().child("backupJobs", "failed").unwrap(),
        began: Some(stage.now()),
        code: "UserErrorNo".to_owned(),
        rule: Some("BackupHourly".to_owned()),
        until: "2026-03-11T12:00:00Z".parse().unwrap(),
    };
    let disk = disk();
    retry::after_grant(&stage.operations, About::from(&disk), &failed, stage.now()).await.unwrap();
    assert_eq!(
        stage.world.count("backup by BackupHourly"),
        1,
        "{:?}",
        stage.world.with(|state| state.calls.clone())
    );
}

#[tokio::test]
async fn a_failed_backup_that_nobody_could_approve_is_not_taken_again() {
    let rules = "[review]\napprover-roles = [\"lead\"]\n[review.operations]\nbackup = \"needs-approval\"\n";
    let stage = Stage::protecting(rules).with_instance(ours(ProtectionState::Configured));
    let failed = FailedBackup {
        job: vault().child("backupJobs", "failed").unwrap(),
        began: Some(stage.now()),
        code: "UserErrorNo".to_owned(),
        rule: Some("BackupDaily".to_owned()),
        until: "2026-03-11T12:00:00Z".parse().unwrap(),
    };
    let disk = disk();
    let again = retry::after_grant(&stage.operations, About::from(&disk), &failed, stage.now()).await;
    let again = again.unwrap();
    assert!(
        matches!(&again, Some(retry::Again::NotPossible(why)) if why.contains("nobody can approve it")),
        "{again:?}"
    );
}
