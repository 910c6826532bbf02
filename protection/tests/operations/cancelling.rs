//! The end of a job: what Azure cannot cancel is refused with the reason, before it is asked.

use holdfast_protection::ResourceId;
use holdfast_protection::impossible::Impossible;
use holdfast_protection::operations::OperationError;
use serde_json::json;

use crate::stage::{Stage, id, vault};

fn machines() -> ResourceId {
    id("rg-backup/providers/Microsoft.RecoveryServices/vaults/rsv")
}

/// Why the end of a job is refused.
async fn refused(stage: &Stage, job: &ResourceId) -> Impossible {
    let asked = stage.ask(json!({ "action": "cancel-job", "job": job, "restores": true })).await;
    let Err(OperationError::Impossible(impossible)) = asked else { panic!("{asked:?}") };
    impossible
}

#[tokio::test]
async fn a_backup_vault_cancels_no_job() {
    let stage = Stage::new();
    let refused = refused(&stage, &vault().child("backupJobs", "j").unwrap()).await;
    assert_eq!(refused.code, "JobCannotBeCancelled");
    assert!(refused.message.contains("no job of a Backup vault"), "{refused}");
    assert!(refused.way_out.contains("wait"), "{refused}");
}

#[tokio::test]
async fn a_job_that_runs_in_the_paired_region_is_not_cancelled() {
    let stage = Stage::new();
    let job = stage.world.with(|state| {
        let job = state.job("CrossRegionRestore", &machines().child("x", "y").unwrap());
        state.abroad.append(&mut state.jobs);
        job
    });
    let refused_one = refused(&stage, &job).await;
    assert_eq!(refused_one.code, "JobCannotBeCancelled");
    assert!(refused_one.message.contains("runs in the paired region, where Azure cancels none"));
    stage.world.with(|state| state.abroad[0].status = "Completed".to_owned());
    let refused_one = refused(&stage, &job).await;
    assert_eq!(refused_one.code, "NothingToDo");
    assert!(refused_one.message.contains("as Completed"), "{refused_one}");
}

#[tokio::test]
async fn a_job_that_nobody_has_is_not_found() {
    let stage = Stage::new();
    let refused = refused(&stage, &machines().child("backupJobs", "gone").unwrap()).await;
    assert_eq!(refused.code, "JobNotFound");
}
