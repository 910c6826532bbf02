//! Jobs that Azure names by a GUID alone, or not at all, and lists late: no end is told before they have one.

use holdfast_protection::operations::{Operation, OperationStatus};
use serde_json::{Value, json};

use crate::stage::{Stage, code, restore};
use crate::world::Naming;

const HOUR: i64 = 3600;

fn backup() -> Value {
    json!({ "action": "backup" })
}

/// What became of it, its job being shown after `lag` seconds.
async fn followed(action: Value, naming: Naming, lag: i64) -> (Stage, Operation) {
    let stage = Stage::new();
    stage.world.with(|state| (state.naming, state.job_lag) = (naming, lag));
    let asked = stage.ask(action).await.unwrap();
    let ended = stage.follow(asked.asked.id).await;
    (stage, ended)
}

#[tokio::test]
async fn an_operation_ends_with_its_job_however_late_and_however_named() {
    for action in [restore("copy"), backup()] {
        for naming in [Naming::Id, Naming::Guid, Naming::Nothing] {
            for lag in [0, 100, 3 * HOUR, 20 * HOUR] {
                let (stage, ended) = followed(action.clone(), naming, lag).await;
                let record = format!("{action} {naming:?} {lag}: {:?}", ended.status);
                let job = stage.world.with(|state| state.jobs[0].id.clone());
                assert!(
                    matches!(&ended.status, OperationStatus::Succeeded { job: Some(named), .. } if *named == job),
                    "{record}"
                );
                assert_eq!(stage.world.with(|state| state.jobs.len()), 1, "{record}");
            }
        }
    }
}

#[tokio::test]
async fn a_job_that_is_never_shown_is_no_success() {
    for action in [restore("copy"), backup()] {
        for naming in [Naming::Id, Naming::Guid, Naming::Nothing] {
            let (stage, ended) = followed(action.clone(), naming, 1000 * HOUR).await;
            assert_eq!(code(&ended.status), "JobNotShown", "{naming:?}");
            let OperationStatus::Failed { job, .. } = &ended.status else { panic!("{:?}", ended.status) };
            assert_eq!(job.is_some(), naming != Naming::Nothing);
            assert_eq!(stage.world.with(|state| state.jobs.len()), 1);
        }
    }
}

/// What became of a call whose operation Azure does not know, its job being shown after `lag` seconds.
async fn forgotten(action: Value, call: &str, lag: i64) -> (Stage, Operation) {
    let stage = Stage::new();
    stage.world.with(|state| state.job_lag = lag);
    let id = stage.ask(action).await.unwrap().asked.id;
    while stage.world.count(call) == 0 {
        stage.pass(5);
        stage.operations.advance(id, stage.now()).await.unwrap();
    }
    stage.world.with(|state| state.operations.clear());
    let ended = stage.follow(id).await;
    (stage, ended)
}

#[tokio::test]
async fn an_operation_that_azure_does_not_know_is_not_lost_while_its_job_may_be_listed_late() {
    for (action, call) in [(restore("copy"), "restore"), (backup(), "backup")] {
        for lag in [0, 100, HOUR / 2] {
            let (stage, ended) = forgotten(action.clone(), call, lag).await;
            let is_done = matches!(ended.status, OperationStatus::Succeeded { job: Some(_), .. });
            assert!(is_done, "{call} {lag}: {:?}", ended.status);
            assert_eq!(stage.world.count(call), 1, "{call} {lag}");
        }
        let (stage, ended) = forgotten(action, call, 1000 * HOUR).await;
        assert_eq!(code(&ended.status), "OperationLost", "{call}");
        assert_eq!(stage.world.count(call), 1, "{call}");
    }
}
