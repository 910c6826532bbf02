//! Restores: judged, recorded, validated, done once.

use holdfast_protection::operations::{Ask, OperationError, OperationId, OperationStatus};
use holdfast_protection::roles::Role;
use serde_json::json;

use crate::stage::{Stage, ask, code, disk, dump, id, missing_permission, refusal, restore, with_a_server};

#[tokio::test]
async fn a_restore_is_granted_validated_started_and_followed_to_the_end_of_its_job() {
    let stage = Stage::new();
    let asked = stage.ask(restore("copy")).await.unwrap();
    assert_eq!(asked.status, OperationStatus::Validating);
    let ended = stage.follow(asked.asked.id).await;
    assert!(
        matches!(&ended.status, OperationStatus::Succeeded { job: Some(_), note: None }),
        "{:?}",
        ended.status
    );
    let target = id("rg-restored/providers/Microsoft.Compute/disks/copy");
    assert_eq!(
        stage.world.with(|state| state.calls.clone()),
        [
            format!("grant Disk Restore Operator on {}", id("rg-restored")),
            format!("validate restore to {target}"),
            format!("restore to {target}"),
        ]
    );
}

#[tokio::test]
async fn the_ledger_says_who_what_and_why_before_anything_is_done() {
    let stage = Stage::new();
    let asked = stage.ask(restore("copy")).await.unwrap().asked;
    let document =
        stage.world.with(|state| state.documents[&format!("operations/{}/asked.json", asked.id)].clone());
    assert_eq!((&document["by"]["id"], &document["why"]), (&json!("dana-id"), &json!("ticket 4711")));
    assert_eq!(
        (&document["operation"]["to"]["name"], &document["judgement"]["ruling"]),
        (&json!("copy"), &json!("allow"))
    );
    assert_eq!(document["resource"], json!(disk()));
    let pointer = format!("asked/{}/{}.json", stage.now().strftime("%Y%m%d"), asked.id);
    assert!(stage.world.with(|state| state.documents.contains_key(&pointer)), "{pointer}");
}

#[tokio::test]
async fn asking_twice_under_one_key_is_asking_once() {
    let stage = Stage::new();
    let one = stage.ask(restore("copy")).await.unwrap();
    let two = stage.ask(restore("copy")).await.unwrap();
    assert_eq!(one.asked, two.asked);
    stage.follow(one.asked.id).await;
    let three = stage.ask(restore("copy")).await.unwrap();
    assert!(three.status.is_over());
    assert_eq!(stage.world.count("restore"), 1);
    let other = stage.ask(restore("another")).await.unwrap_err();
    assert!(matches!(other, OperationError::KeyReused(_)), "{other}");
}

#[tokio::test]
async fn the_case_of_ids_makes_no_other_operation() {
    let stage = Stage::new();
    let one = stage.ask(restore("copy")).await.unwrap();
    let usual = ask("key", restore("copy"));
    let mut caller = usual.caller.clone();
    caller.id = caller.id.to_ascii_uppercase();
    let id = OperationId::of_key(&caller.id, "key");
    let resource = disk().as_str().to_ascii_uppercase().parse().unwrap();
    let two = stage.ask_as(&Ask { id, resource, caller, ..usual }).await.unwrap();
    assert_eq!(one.asked, two.asked);
}

#[tokio::test]
async fn nothing_starts_that_validation_refuses() {
    let stage = Stage::new();
    stage.world.with(|state| state.validations = vec![refusal("UserErrorSubscriptionDiskQuotaLimitReached")]);
    let asked = stage.ask(restore("copy")).await.unwrap();
    let ended = stage.follow(asked.asked.id).await;
    assert_eq!(code(&ended.status), "UserErrorSubscriptionDiskQuotaLimitReached");
    let OperationStatus::Failed { way_out, .. } = &ended.status else { panic!() };
    assert_eq!(way_out, "do as Azure says");
    assert_eq!(stage.world.count("restore"), 0);
}

#[tokio::test]
async fn roles_that_are_not_in_force_yet_are_waited_for() {
    let stage = Stage::new();
    stage.world.with(|state| state.validations = vec![missing_permission(); 4]);
    let asked = stage.ask(restore("copy")).await.unwrap();
    let ended = stage.follow(asked.asked.id).await;
    assert!(matches!(ended.status, OperationStatus::Succeeded { .. }), "{:?}", ended.status);
    assert_eq!((stage.world.count("validate"), stage.world.count("restore")), (5, 1));
}

#[tokio::test]
async fn roles_that_never_come_into_force_are_told_after_half_an_hour() {
    let stage = Stage::new();
    stage.world.with(|state| state.validations = vec![missing_permission(); 100]);
    let began = stage.now();
    let asked = stage.ask(restore("copy")).await.unwrap();
    let ended = stage.follow(asked.asked.id).await;
    assert_eq!(code(&ended.status), "UserErrorMissingRequiredPermissions");
    let minutes = stage.now().duration_since(began).as_mins();
    assert!((30..40).contains(&minutes), "{minutes}");
    assert_eq!(stage.world.count("restore"), 0);
}

#[tokio::test]
async fn a_gap_that_may_not_be_closed_is_told_with_role_scope_and_principal() {
    let stage = Stage::new();
    stage.world.with(|state| {
        state.may_not_grant = true;
        state.validations = vec![missing_permission()];
    });
    let asked = stage.ask(restore("copy")).await.unwrap();
    let ended = stage.follow(asked.asked.id).await;
    assert_eq!(code(&ended.status), "UserCannotAssignRoles");
    let OperationStatus::Failed { message, way_out, azure, .. } = &ended.status else { panic!() };
    let gap = format!("Disk Restore Operator on {} to Backup vault `bv`", id("rg-restored"));
    assert_eq!(*message, format!("Holdfast may not assign {gap}"));
    let command = format!("az role assignment create --assignee-object-id {} ", crate::stage::PRINCIPAL);
    assert!(way_out.contains(&command), "{way_out}");
    assert!(way_out.contains("--role 'Disk Restore Operator' --scope"), "{way_out}");
    assert_eq!(
        azure.as_ref().map(|refusal| refusal.message.as_str()),
        Some(missing_permission().message.as_str())
    );
    let progress = &ended.progress;
    assert_eq!((progress.done.len(), progress.not_done.len()), (0, 3), "{progress:?}");
    assert_eq!(progress.ended_at, Some(format!("grant {gap}")));
    assert!(matches!(progress.missing_roles.as_slice(), [one] if !one.granted), "{progress:?}");
}

#[tokio::test]
async fn a_permission_that_nobody_gives_is_told_after_minutes() {
    let stage = Stage::new();
    stage.world.with(|state| {
        state.assigned = vec![Role::DiskRestoreOperator];
        state.validations = vec![missing_permission(); 100];
    });
    let began = stage.now();
    let asked = stage.ask(restore("copy")).await.unwrap();
    let ended = stage.follow(asked.asked.id).await;
    let minutes = stage.now().duration_since(began).as_mins();
    assert!((5..10).contains(&minutes), "{minutes}");
    let OperationStatus::Failed { message, way_out, .. } = &ended.status else {
        panic!("{:?}", ended.status)
    };
    assert!(message.contains("Azure finds a permission missing"), "{message}");
    assert!(
        message.contains(&missing_permission().message) && way_out == "do as Azure says",
        "{message}; {way_out}"
    );
}

#[tokio::test]
async fn an_operation_says_what_was_done_and_what_was_not() {
    let stage = Stage::new();
    stage.world.with(|state| state.job_fails = Some(refusal("UserErrorDiskSnapshotNotFound")));
    let asked = stage.ask(restore("copy")).await.unwrap();
    assert_eq!((asked.progress.done.len(), asked.progress.not_done.len()), (1, 2), "{:?}", asked.progress);
    let ended = stage.follow(asked.asked.id).await.progress;
    let target = id("rg-restored/providers/Microsoft.Compute/disks/copy");
    assert_eq!(
        (ended.done.len(), ended.not_done.as_slice()),
        (2, [format!("restore to {target}")].as_slice())
    );
    assert_eq!(ended.ended_at, Some(format!("restore to {target}")));

    stage.world.with(|state| state.job_fails = None);
    let asked = stage.ask_as(&ask("other key", restore("other"))).await.unwrap();
    let ended = stage.follow(asked.asked.id).await.progress;
    assert_eq!((ended.done.len(), ended.not_done.len(), ended.ended_at), (3, 0, None));
}

#[tokio::test]
async fn a_gap_that_is_closed_by_other_means_does_not_stop_a_restore() {
    let stage = Stage::new();
    stage.world.with(|state| state.may_not_grant = true);
    let asked = stage.ask(restore("copy")).await.unwrap();
    let ended = stage.follow(asked.asked.id).await;
    assert!(matches!(ended.status, OperationStatus::Succeeded { .. }), "{:?}", ended.status);
}

#[tokio::test]
async fn a_dry_run_validates_and_changes_nothing() {
    let stage = Stage::new();
    let rehearsal = Ask { dry_run: true, ..ask("key", restore("copy")) };
    let asked = stage.ask_as(&rehearsal).await.unwrap();
    assert_eq!(asked.asked.plan.stages.len(), 3);
    let ended = stage.follow(asked.asked.id).await;
    assert_eq!(ended.status, OperationStatus::Validated { granted_first: Vec::new() });
    assert_eq!(
        (stage.world.count("grant"), stage.world.count("restore"), stage.world.count("validate")),
        (0, 0, 1)
    );
}

#[tokio::test]
async fn a_dry_run_that_lacks_only_what_the_operation_grants_succeeds_and_says_so() {
    let stage = Stage::new();
    stage.world.with(|state| state.validations = vec![missing_permission()]);
    let rehearsal = Ask { dry_run: true, ..ask("key", restore("copy")) };
    let asked = stage.ask_as(&rehearsal).await.unwrap();
    assert!(asked.asked.plan.asks_azure());
    let ended = stage.follow(asked.asked.id).await;
    let OperationStatus::Validated { granted_first } = &ended.status else { panic!("{:?}", ended.status) };
    assert!(
        matches!(granted_first.as_slice(), [one] if one.role == Role::DiskRestoreOperator),
        "{granted_first:?}"
    );
    assert_eq!((stage.world.count("grant"), stage.world.count("restore to")), (0, 0));

    // Anything else that Azure refuses ends a dry run as it would end the operation.
    stage.world.with(|state| state.validations = vec![refusal("UserErrorSomethingElse")]);
    let other = Ask { dry_run: true, ..ask("other key", restore("copy")) };
    let ended = stage.follow(stage.ask_as(&other).await.unwrap().asked.id).await;
    assert_eq!(code(&ended.status), "UserErrorSomethingElse");
}

#[tokio::test]
async fn a_dry_run_of_what_azure_validates_never_says_so_only_if_it_was_asked() {
    let stage = Stage::new();
    let backup = Ask { dry_run: true, ..ask("key", serde_json::json!({ "action": "backup" })) };
    let asked = stage.ask_as(&backup).await.unwrap();
    assert!(!asked.asked.plan.asks_azure(), "nobody asked Azure anything");
    assert_eq!(asked.status, OperationStatus::Validated { granted_first: Vec::new() });
    assert_eq!(stage.world.with(|state| state.calls.clone()), Vec::<String>::new());
}

#[tokio::test]
async fn a_second_restore_to_the_same_target_waits_its_turn() {
    let stage = Stage::new();
    let one = stage.ask(restore("copy")).await.unwrap().asked.id;
    let two = stage.ask_as(&ask("other key", restore("copy"))).await.unwrap().asked.id;
    // Both are validated; the first to come takes the place.
    while stage.world.count("restore") == 0 {
        let wait = stage.operations.advance(one, stage.now()).await.unwrap().retry_after.unwrap();
        stage.pass(i64::try_from(wait).unwrap());
    }
    let refused = stage.follow(two).await;
    assert_eq!(code(&refused.status), "UserErrorAnotherRestoreInProgressOnSameTarget");
    assert!(stage.follow(one).await.status.is_over());
    let three = stage.ask_as(&ask("third key", restore("copy"))).await.unwrap().asked.id;
    assert!(matches!(stage.follow(three).await.status, OperationStatus::Succeeded { .. }));
    assert_eq!(stage.world.count("restore"), 2);
}

#[tokio::test]
async fn two_dumps_exclude_each_other_only_under_one_prefix() {
    let stage = with_a_server();
    let one = stage.ask_as(&dump("drill")).await.unwrap().asked.id;
    while stage.world.count("restore") == 0 {
        let wait = stage.operations.advance(one, stage.now()).await.unwrap().retry_after.unwrap();
        stage.pass(i64::try_from(wait).unwrap());
    }
    let same = Ask { id: OperationId::of_key("another", "key"), ..dump("drill") };
    let refused = stage.ask_as(&same).await.unwrap_err().to_string();
    assert!(
        refused.contains("under prefix `drill`") && refused.contains("under another prefix"),
        "{refused}"
    );
    let other = stage.ask_as(&dump("night")).await.unwrap().asked.id;
    while stage.world.count("restore") == 1 {
        let wait = stage.operations.advance(other, stage.now()).await.unwrap().retry_after.unwrap();
        stage.pass(i64::try_from(wait).unwrap());
    }
    assert!(!stage.operations.show(one, stage.now()).await.unwrap().status.is_over());
    for id in [one, other] {
        assert!(matches!(stage.follow(id).await.status, OperationStatus::Succeeded { .. }));
    }
}

#[tokio::test]
async fn who_asks_for_a_restore_to_where_one_is_under_way_is_told_at_once() {
    let stage = Stage::new();
    let one = stage.ask(restore("copy")).await.unwrap().asked.id;
    while stage.world.count("restore") == 0 {
        let wait = stage.operations.advance(one, stage.now()).await.unwrap().retry_after.unwrap();
        stage.pass(i64::try_from(wait).unwrap());
    }
    let late = stage.ask_as(&ask("late key", restore("copy"))).await.unwrap_err();
    assert!(late.to_string().contains(&format!("operation `{one}` is restoring to")), "{late}");
    assert_eq!(stage.world.count("validate"), 1);
}

#[tokio::test]
async fn a_job_that_fails_fails_the_operation_in_azures_words() {
    let stage = Stage::new();
    stage.world.with(|state| state.job_fails = Some(refusal("UserErrorDiskSnapshotNotFound")));
    let asked = stage.ask(restore("copy")).await.unwrap();
    let ended = stage.follow(asked.asked.id).await;
    let OperationStatus::Failed { code, job, .. } = &ended.status else { panic!("{:?}", ended.status) };
    assert_eq!((code.as_str(), job.is_some()), ("UserErrorDiskSnapshotNotFound", true));
}

#[tokio::test]
async fn what_is_impossible_is_refused_and_not_recorded() {
    let stage = Stage::new();
    let nowhere = json!({ "action": "restore", "to": { "kind": "disk", "resourceGroup": id("rg-nowhere"), "name": "copy" } });
    let error = stage.ask(nowhere).await.unwrap_err();
    let OperationError::Impossible(impossible) = error else { panic!("{error}") };
    assert_eq!(impossible.code, "UserErrorRestoreTargetRGNotFound");
    assert!(stage.world.with(|state| state.documents.is_empty()));
}

#[tokio::test]
async fn operations_that_nobody_waits_for_are_gone_on_with() {
    let stage = Stage::new();
    let asked = stage.ask(restore("copy")).await.unwrap().asked.id;
    for _ in 0..20 {
        stage.pass(30);
        if stage.operations.advance_all(stage.now()).await.unwrap().open.is_empty() {
            break;
        }
    }
    assert!(stage.operations.show(asked, stage.now()).await.unwrap().status.is_over());
}

#[tokio::test]
async fn no_address_with_a_signature_is_shown() {
    let stage = Stage::new();
    let asked = stage.ask(restore("copy")).await.unwrap();
    for operation in [&asked, &stage.follow(asked.asked.id).await] {
        let shown = serde_json::to_string(operation).unwrap();
        assert!(!shown.contains("signature") && !shown.contains("https://"), "{shown}");
    }
}
