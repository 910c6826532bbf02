//! Backups on demand, and operations on a protection, from each state.

use holdfast_protection::instance::{BackupInstance, ProtectionState};
use holdfast_protection::operations::{Ask, OperationError, OperationStatus};
use holdfast_protection::{Workload, observe};
use serde_json::{Value, json};

use crate::stage::{Stage, ask, instance};
use crate::world::World;

const FREE: &str = "[review]\ndefault = \"allow\"\n";

async fn calls(state: ProtectionState, action: Value) -> Result<Vec<String>, (String, String)> {
    let stage = Stage::with_rules(FREE).in_state(state);
    match stage.ask(action).await {
        Ok(asked) => {
            let ended = stage.follow(asked.asked.id).await;
            assert!(matches!(ended.status, OperationStatus::Succeeded { .. }), "{:?}", ended.status);
            Ok(stage.world.with(|state| state.calls.clone()))
        }
        Err(OperationError::Impossible(impossible)) => Err((impossible.code, impossible.way_out)),
        Err(error) => panic!("{error}"),
    }
}

fn action(word: &str) -> Value {
    json!({ "action": word })
}

fn code<T>(result: Result<T, (String, String)>) -> String {
    result.err().map(|(code, _)| code).unwrap_or_default()
}

#[tokio::test]
async fn each_state_has_its_own_way_back() {
    use ProtectionState::{Configured, Configuring, Stopped, Suspended};
    assert_eq!(calls(Stopped, action("resume")).await, Ok(vec!["resume the protection of bi".to_owned()]));
    assert_eq!(calls(Suspended, action("resume")).await, Ok(vec!["resume the backups of bi".to_owned()]));
    assert_eq!(code(calls(Configured, action("resume")).await), "NothingToDo");
    assert_eq!(code(calls(Configuring, action("resume")).await), "NotInThisState");
}

#[tokio::test]
async fn what_was_deleted_softly_comes_back_and_is_resumed() {
    let stage = Stage::with_rules(FREE);
    stage.world.with(|state| {
        state.instances.clear();
        state.deleted = vec![instance(ProtectionState::SoftDeleted)];
    });
    let asked = stage.ask(action("resume")).await.unwrap();
    assert!(matches!(stage.follow(asked.asked.id).await.status, OperationStatus::Succeeded { .. }));
    assert_eq!(stage.world.with(|state| state.calls.clone()), ["undelete bi", "resume the protection of bi"]);
}

#[tokio::test]
async fn copies_of_what_follows_no_policy_are_looked_for_whether_it_is_stopped_or_deleted_softly() {
    use ProtectionState::{Configured, SoftDeleted, Stopped};
    let world = World::default();
    let without = |state| BackupInstance { policy: None, ..instance(state) };
    let has_copies = async |workload: Workload, instance: &BackupInstance| {
        observe::has_copies(&world, workload, instance).await.unwrap()
    };
    assert!(!has_copies(Workload::AzureFiles, &without(SoftDeleted)).await);
    world.with(|state| state.copied = true);
    for bound in [without(Stopped), without(SoftDeleted), instance(SoftDeleted)] {
        assert!(has_copies(Workload::AzureFiles, &bound).await, "{bound:?}");
        assert!(!has_copies(Workload::AzureDisks, &bound).await, "{bound:?}");
    }
    assert!(!has_copies(Workload::AzureFiles, &instance(Configured)).await);
}

#[tokio::test]
async fn stopping_and_suspending_need_something_that_runs() {
    use ProtectionState::{Configured, Stopped, Suspended};
    assert_eq!(
        calls(Configured, action("stop-and-retain")).await,
        Ok(vec!["stop the protection of bi".to_owned()])
    );
    assert_eq!(calls(Configured, action("suspend")).await, Ok(vec!["suspend the backups of bi".to_owned()]));
    assert_eq!(
        calls(Suspended, action("stop-and-retain")).await,
        Ok(vec!["stop the protection of bi".to_owned()])
    );
    assert_eq!(code(calls(Stopped, action("suspend")).await), "NotInThisState");
    assert_eq!(code(calls(Stopped, action("stop-and-retain")).await), "NothingToDo");
    assert_eq!(calls(Stopped, action("stop-and-delete")).await, Ok(vec!["delete bi".to_owned()]));
}

#[tokio::test]
async fn a_backup_runs_by_the_only_rule_or_by_the_one_that_is_named() {
    use ProtectionState::{Configured, Stopped};
    let backup =
        |rule: Value, retention: Value| json!({ "action": "backup", "rule": rule, "retention": retention });
    assert_eq!(
        calls(Configured, action("backup")).await,
        Ok(vec!["backup by BackupDaily, default".to_owned()])
    );
    assert_eq!(
        calls(Configured, backup(json!("backupdaily"), json!("weekly"))).await,
        Ok(vec!["backup by BackupDaily, Weekly".to_owned()])
    );
    assert_eq!(
        calls(Configured, backup(json!("BackupHourly"), Value::Null)).await,
        Err((
            "BMSUserErrorDPPAdhocBackupNotAllowedForBackupType".to_owned(),
            "name one of BackupDaily".to_owned()
        ))
    );
    assert_eq!(
        calls(Configured, backup(Value::Null, json!("Hourly"))).await,
        Err(("RetentionRuleNotFound".to_owned(), "name one of Default, Weekly".to_owned()))
    );
    assert_eq!(code(calls(Stopped, action("backup")).await), "NotInThisState");
}

#[tokio::test]
async fn a_policy_is_changed_to_one_of_the_same_datasource() {
    use ProtectionState::{Configured, Stopped};
    let to = |policy: &str| json!({ "action": "change-policy", "policy": policy });
    assert_eq!(
        calls(Configured, to("HOURLY")).await,
        Ok(vec!["validate move to hourly".to_owned(), "move to hourly".to_owned()])
    );
    assert_eq!(code(calls(Configured, to("daily")).await), "NothingToDo");
    assert_eq!(
        calls(Configured, to("monthly")).await,
        Err(("PolicyNotFound".to_owned(), "choose hourly".to_owned()))
    );
    assert_eq!(code(calls(Configured, to("blobs")).await), "PolicyOfAnotherDatasource");
    assert_eq!(code(calls(Stopped, to("hourly")).await), "NotInThisState");
}

#[tokio::test]
async fn a_policy_that_azure_knows_no_way_back_to_is_refused_before_it_is_asked() {
    let under = |name: &str| BackupInstance {
        policy: crate::stage::vault().child("backupPolicies", name).ok(),
        ..instance(ProtectionState::Configured)
    };
    let to = |policy: &str| json!({ "action": "change-policy", "policy": policy });
    let stage = Stage::with_rules(FREE).with_instance(under("copied"));
    let planned = Ask { dry_run: true, ..ask("plan", to("snapshots")) };
    for asked in [ask("key", to("snapshots")), planned] {
        let OperationError::Impossible(refused) = stage.ask_as(&asked).await.unwrap_err() else {
            panic!("it is refused by Azure")
        };
        assert_eq!(refused.code, "PolicyGoesBack");
        assert!(refused.message.contains("`copied` keeps copies in the vault"), "{refused}");
        assert!(refused.way_out.contains("stop and delete the protection"), "{refused}");
    }
    assert!(stage.world.with(|state| state.calls.is_empty()));
    let unknown = stage.ask(to("monthly")).await.unwrap_err();
    assert!(unknown.to_string().ends_with("create one in the vault"), "no way back is proposed: {unknown}");

    let stage = Stage::with_rules(FREE).with_instance(under("snapshots"));
    let asked = stage.ask(to("copied")).await.unwrap().asked;
    assert!(matches!(stage.follow(asked.id).await.status, OperationStatus::Succeeded { .. }));
}

#[tokio::test]
async fn what_lost_its_policy_when_it_was_stopped_is_resumed_by_another() {
    let lost = BackupInstance { policy: None, ..instance(ProtectionState::Stopped) };
    let stage = Stage::with_rules(FREE).with_instance(lost);
    let error = stage.ask(action("resume")).await.unwrap_err();
    assert!(error.to_string().contains("change-policy"), "{error}");
    let to = json!({ "action": "change-policy", "policy": "hourly" });
    let asked = stage.ask_as(&crate::stage::ask("other key", to)).await.unwrap().asked;
    assert!(matches!(stage.follow(asked.id).await.status, OperationStatus::Succeeded { .. }));
    let of_blobs = json!({ "action": "change-policy", "policy": "blobs" });
    let lost = BackupInstance { policy: None, ..instance(ProtectionState::Stopped) };
    let error = Stage::new().with_instance(lost).ask(of_blobs).await.unwrap_err();
    assert!(error.to_string().contains("is for Microsoft.Storage"), "{error}");
}

#[tokio::test]
async fn what_is_neither_there_nor_backed_up_is_told() {
    let stage = Stage::new();
    stage.world.with(|state| state.instances.clear());
    let error = stage.ask(action("backup")).await.unwrap_err();
    assert!(error.to_string().contains("has no backup instance"), "{error}");
    let mut ask = crate::stage::ask("key", action("backup"));
    ask.resource = crate::stage::id("rg-app/providers/Microsoft.Compute/disks/never");
    let error = stage.ask_as(&ask).await.unwrap_err();
    assert!(error.to_string().contains("neither a resource"), "{error}");
}

/// A stage whose resource is protected in two ways.
fn protected_twice() -> Stage {
    let stage = Stage::with_rules(FREE);
    stage.world.with(|state| {
        let disk = instance(ProtectionState::Configured);
        let mut other = disk.clone();
        other.id = disk.vault.child("backupInstances", "other").unwrap();
        other.datasource_type = Workload::AzureVm.datasource_type().to_owned();
        state.instances = vec![disk, other];
    });
    stage
}

#[tokio::test]
async fn of_a_resource_that_is_protected_in_several_ways_one_has_to_be_named() {
    let named = |workload| Ask { workload, ..ask("key", action("stop-and-retain")) };
    let refused = async |workload| match protected_twice().ask_as(&named(workload)).await.unwrap_err() {
        OperationError::Impossible(impossible) => impossible,
        error => panic!("{error}"),
    };
    let ambiguous = refused(None).await;
    assert_eq!(ambiguous.code, "WorkloadAmbiguous");
    assert!(ambiguous.message.ends_with("in several ways: `azure-disks`, `azure-vm`"), "{ambiguous}");
    assert!(ambiguous.way_out.contains("--workload"), "{ambiguous}");
    assert_eq!(refused(Some(Workload::AzureFiles)).await.code, "WorkloadNotProtected");
    for (workload, id) in [(Workload::AzureDisks, "bi"), (Workload::AzureVm, "other")] {
        let stage = protected_twice();
        let asked = stage.ask_as(&named(Some(workload))).await.unwrap();
        assert!(matches!(stage.follow(asked.asked.id).await.status, OperationStatus::Succeeded { .. }));
        assert_eq!(stage.world.with(|state| state.calls.clone()), [format!("stop the protection of {id}")]);
    }
}
