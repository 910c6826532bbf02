//! Approval by a second person, and denial by the rules.

use std::sync::Arc;

use holdfast_evaluator::Caller;
use holdfast_protection::operations::{ANY_KEY, Ask, OperationError, OperationStatus};
use serde_json::json;

use crate::stage::{Stage, ask, person, protecting, restore};

const APPROVED: &str = "[review]\napprover-roles = [\"admin\"]\nwithin-hours = 8\n[review.operations]\nrestore = \"needs-approval\"\n";

fn why(error: &OperationError) -> &'static str {
    match error {
        OperationError::NotAnswerable { code, .. } => code,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_second_person_with_the_role_approves_and_it_is_carried_out() {
    let stage = Stage::with_rules(APPROVED);
    let asked = stage.ask(restore("copy")).await.unwrap();
    let OperationStatus::AwaitsApproval { roles, until } = &asked.status else {
        panic!("{:?}", asked.status)
    };
    assert_eq!(
        (roles.as_slice(), until.to_string().as_str()),
        (["admin".to_owned()].as_slice(), "2026-03-10T20:00:00Z")
    );
    assert!(stage.world.with(|state| state.calls.is_empty()));
    assert_eq!(stage.operations.awaiting_approval(stage.now()).await.unwrap().operations.len(), 1);
    let id = asked.asked.id;
    assert_eq!(
        why(&stage.answer(id, person("dana", "admin"), true).await.unwrap_err()),
        "SecondPersonNeeded"
    );
    assert_eq!(why(&stage.answer(id, person("eve", "operator"), true).await.unwrap_err()), "RoleMissing");
    let approved = stage.answer(id, person("frank", "admin"), true).await.unwrap();
    assert_eq!(approved.answer.unwrap().by.name, "frank");
    assert!(matches!(stage.follow(id).await.status, OperationStatus::Succeeded { .. }));
    assert!(stage.operations.awaiting_approval(stage.now()).await.unwrap().operations.is_empty());
}

#[tokio::test]
async fn where_the_rules_name_no_role_whoever_may_do_it_may_agree_to_it_and_no_reader() {
    for named in ["[]", "[\"reader\"]"] {
        let stage = Stage::with_rules(&format!(
            "[review]\napprover-roles = {named}\n[review.operations]\nrestore = \"needs-approval\"\n"
        ));
        let asked = stage.ask(restore("copy")).await.unwrap();
        let OperationStatus::AwaitsApproval { roles, .. } = &asked.status else {
            panic!("{:?}", asked.status)
        };
        assert_eq!(*roles, ["restorer", "admin"]);
        let id = asked.asked.id;
        for (role, approved) in [("reader", true), ("reader", false), ("operator", true)] {
            let refused = stage.answer(id, person("eve", role), approved).await.unwrap_err();
            assert_eq!(why(&refused), "RoleMissing");
            assert!(refused.to_string().contains("restorer or admin; ask somebody who has one"), "{refused}");
        }
        stage.answer(id, person("rob", "restorer"), true).await.unwrap();
        assert!(matches!(stage.follow(id).await.status, OperationStatus::Succeeded { .. }));
    }
}

/// A stage whose rules have restores approved by these roles.
fn approved_by(roles: &str) -> Stage {
    Stage::with_rules(&format!(
        "[review]\napprover-roles = {roles}\n[review.operations]\nrestore = \"needs-approval\"\n"
    ))
}

#[tokio::test]
async fn what_nobody_could_ever_approve_is_refused_and_not_recorded() {
    for roles in ["[\"lead\"]", "[\"lead\", \"reader\"]"] {
        let stage = approved_by(roles);
        let OperationError::Impossible(refused) = stage.ask(restore("copy")).await.unwrap_err() else {
            panic!("{roles}: it is refused for another reason")
        };
        assert_eq!(refused.code, "NobodyCanApprove");
        for part in ["restore needs approval by lead", "the role `lead`, so nobody can approve it"] {
            assert!(refused.message.contains(part), "{roles}: {refused}");
        }
        assert!(refused.way_out.contains("operator, restorer, admin"), "{roles}: {refused}");
        let is_recorded = |path: &String| path.starts_with("operations/");
        assert!(!stage.world.with(|state| state.documents.keys().any(is_recorded)), "{roles}");
        let planned = Ask { dry_run: true, ..ask("plan", restore("copy")) };
        let notes = stage.ask_as(&planned).await.unwrap().asked.plan.notes.concat();
        assert!(notes.contains("nobody can approve it"), "{roles}: {notes}");
    }
    let stage = approved_by("[\"lead\", \"Admin\"]");
    let id = stage.ask(restore("copy")).await.unwrap().asked.id;
    stage.answer(id, person("frank", "admin"), true).await.unwrap();
}

#[tokio::test]
async fn who_cannot_approve_learns_that_nobody_can() {
    let stage = Stage::with_rules(APPROVED);
    let id = stage.ask(restore("copy")).await.unwrap().asked.id;
    // An earlier version took it.
    stage.world.with(|state| {
        let asked = state.documents.get_mut(&format!("operations/{id}/asked.json")).unwrap();
        asked["judgement"]["roles"] = json!(["lead"]);
    });
    let refused = stage.answer(id, person("frank", "admin"), true).await.unwrap_err();
    assert_eq!(why(&refused), "RoleMissing");
    assert!(refused.to_string().contains("nobody can approve it"), "{refused}");
}

#[tokio::test]
async fn what_a_person_asked_for_is_told_to_be_free_by_now_and_is_not_done_for_that() {
    let mut stage = Stage::with_rules(APPROVED);
    let asked = stage.ask(restore("copy")).await.unwrap();
    let free = async |stage: &Stage| stage.operations.is_free_by_now(&asked, stage.now()).await.unwrap();
    assert!(!free(&stage).await, "the rules are the same");
    stage.operations.evaluator = Arc::new(protecting(APPROVED));
    assert!(!free(&stage).await, "other rules want the same");
    stage.operations.evaluator = Arc::new(protecting("[review]\ndefault = \"allow\"\n"));
    assert!(free(&stage).await);
    let still = stage.operations.advance(asked.asked.id, stage.now()).await.unwrap();
    assert!(matches!(still.status, OperationStatus::AwaitsApproval { .. }), "{:?}", still.status);
    assert!(stage.world.with(|state| state.calls.is_empty()));
}

#[tokio::test]
async fn who_may_be_anybody_is_no_second_person() {
    let stage = Stage::with_rules(APPROVED);
    let id = stage.ask(restore("copy")).await.unwrap().asked.id;
    for approved in [true, false] {
        let anybody = Caller { id: ANY_KEY.to_owned(), ..person("a function key", "admin") };
        assert_eq!(why(&stage.answer(id, anybody, approved).await.unwrap_err()), "SecondPersonNeeded");
    }
    stage.answer(id, person("frank", "admin"), true).await.unwrap();
}

#[tokio::test]
async fn of_two_answers_the_first_counts() {
    let stage = Stage::with_rules(APPROVED);
    let id = stage.ask(restore("copy")).await.unwrap().asked.id;
    let (one, two) = tokio::join!(
        stage.answer(id, person("frank", "admin"), false),
        stage.answer(id, person("grace", "admin"), true)
    );
    assert_eq!(one.is_ok() as u8 + two.is_ok() as u8, 1);
    let shown = stage.follow(id).await;
    assert!(
        matches!(&shown.status, OperationStatus::Rejected { by, .. } if by.name == "frank"),
        "{:?}",
        shown.status
    );
    assert_eq!(why(&stage.answer(id, person("grace", "admin"), true).await.unwrap_err()), "AnsweredAlready");
    assert_eq!(stage.world.count("restore"), 0);
}

#[tokio::test]
async fn an_answer_that_storage_was_asked_twice_to_keep_is_the_answer_of_who_gave_it() {
    let stage = Stage::with_rules(APPROVED);
    let id = stage.ask(restore("copy")).await.unwrap().asked.id;
    stage.world.with(|state| state.repeated = Some("/answered.json"));
    let approved = stage.answer(id, person("frank", "admin"), true).await.unwrap();
    assert_eq!(approved.answer.unwrap().by.name, "frank");
    assert_eq!(why(&stage.answer(id, person("grace", "admin"), true).await.unwrap_err()), "AnsweredAlready");
    assert!(matches!(stage.follow(id).await.status, OperationStatus::Succeeded { .. }));
}

#[tokio::test]
async fn an_approval_that_nobody_gave_in_time_expires() {
    let stage = Stage::with_rules(APPROVED);
    let id = stage.ask(restore("copy")).await.unwrap().asked.id;
    stage.pass(8 * 3600 + 1);
    assert!(stage.operations.awaiting_approval(stage.now()).await.unwrap().operations.is_empty());
    assert_eq!(why(&stage.answer(id, person("frank", "admin"), true).await.unwrap_err()), "AnsweredAlready");
    assert_eq!(stage.follow(id).await.status, OperationStatus::Expired);
}

#[tokio::test]
async fn what_the_rules_forbid_is_recorded_and_not_done() {
    let stage = Stage::with_rules("[review.operations]\nrestore = \"deny\"\n");
    let denied = stage.ask(restore("copy")).await.unwrap();
    assert!(
        matches!(&denied.status, OperationStatus::Denied { reasons } if !reasons.is_empty()),
        "{:?}",
        denied.status
    );
    assert!(stage.world.with(|state| state.calls.is_empty()));
    assert!(
        stage.world.with(|state| state
            .documents
            .contains_key(&format!("operations/{}/ended.json", denied.asked.id)))
    );
    assert_eq!(
        why(&stage.answer(denied.asked.id, person("frank", "admin"), true).await.unwrap_err()),
        "NothingToApprove"
    );
}

#[tokio::test]
async fn a_dry_run_needs_no_approval() {
    let stage = Stage::with_rules(APPROVED);
    let asked = stage.ask_as(&Ask { dry_run: true, ..ask("key", restore("copy")) }).await.unwrap();
    assert_eq!(
        stage.follow(asked.asked.id).await.status,
        OperationStatus::Validated { granted_first: Vec::new() }
    );
}

#[tokio::test]
async fn deleting_backups_needs_approval_where_the_rule_set_is_silent() {
    let stage = Stage::new();
    let asked = stage.ask(json!({ "action": "stop-and-delete" })).await.unwrap();
    assert!(matches!(asked.status, OperationStatus::AwaitsApproval { .. }), "{:?}", asked.status);
    stage.answer(asked.asked.id, person("frank", "admin"), true).await.unwrap();
    assert!(matches!(stage.follow(asked.asked.id).await.status, OperationStatus::Succeeded { .. }));
    assert_eq!(stage.world.with(|state| state.calls.clone()), ["delete bi"]);
}
