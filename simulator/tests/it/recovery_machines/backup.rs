//! Backups and the recovery points that they make.

use anyhow::Result;
use holdfast_simulator::Config;
use serde_json::{Value, json};

use super::{
    DAY, MACHINE, VAULT, backed_up, estate, item, over, points, policy, properties, protected, protection,
};
use crate::azure::Azure;

fn request(more: Value) -> Value {
    let mut properties = json!({ "objectType": "IaasVMBackupRequest" });
    for (name, value) in more.as_object().into_iter().flatten() {
        properties[name] = value.clone();
    }
    json!({ "properties": properties })
}

fn backup() -> String {
    format!("{}/backup", item())
}

async fn tiers(azure: &Azure) -> Result<Value> {
    Ok(points(azure).await?[0]["properties"]["recoveryPointTierDetails"].clone())
}

/// Recorded: the steps of the job, what the item shows, and that the point is a snapshot first and in the vault at the end.
#[tokio::test]
async fn a_backup_is_a_snapshot_first_and_then_in_the_vault() -> Result<()> {
    let azure = protected(estate()).await?;
    let started = azure.post(&backup(), request(json!({}))).await?.expect(202)?;
    let job = over(&azure, &started).await?["properties"]["jobId"].as_str().unwrap().to_owned();
    let job = format!("{VAULT}/backupJobs/{job}");
    let steps = async || -> Result<Vec<String>> {
        let body = azure.get(&job).await?.expect(200)?.body;
        let list = body["properties"]["extendedInfo"]["tasksList"].as_array().unwrap().clone();
        Ok(list.iter().map(|step| step["status"].as_str().unwrap().to_owned()).collect())
    };
    assert_eq!(steps().await?, ["InProgress", "NotStarted"]);
    assert!(points(&azure).await?.is_empty());
    azure.running.advance(300.0);
    assert_eq!(steps().await?, ["Completed", "NotStarted"]);
    assert_eq!(tiers(&azure).await?, json!([{ "type": "InstantRP", "status": "Valid" }]));
    azure.running.advance(200.0);
    assert_eq!(steps().await?, ["Completed", "InProgress"]);
    assert_eq!(properties(&azure).await?["protectionState"], "IRPending");
    azure.running.advance(2000.0);
    assert_eq!(steps().await?, ["Completed", "Completed"]);
    let done = azure.get(&job).await?.body["properties"].clone();
    assert_eq!(done["extendedInfo"]["propertyBag"]["Backup Size"], "11438 MB");
    assert_eq!(done["actionsInfo"], json!(["Cancellable"]), "it can be told of although the job is over");
    let older = azure.get(&format!("{job}?api-version=2021-01-01")).await?.body;
    assert_eq!(older["properties"]["actionsInfo"], json!([1]));
    let both =
        json!([{ "type": "InstantRP", "status": "Valid" }, { "type": "HardenedRP", "status": "Valid" }]);
    assert_eq!(tiers(&azure).await?, both);
    let shown = properties(&azure).await?;
    assert_eq!(
        (&shown["protectionState"], &shown["lastBackupStatus"]),
        (&json!("Protected"), &json!("Completed"))
    );
    assert_eq!(shown["kpisHealths"]["BackupOperationStatusKPI"]["resourceHealthStatus"], "Healthy");
    Ok(())
}

/// Documentation: thirty days where nothing else is asked for, and the snapshot for as long as the policy says.
#[tokio::test]
async fn points_age_tier_by_tier() -> Result<()> {
    let azure = protected(estate()).await?;
    backed_up(&azure).await?;
    azure.running.advance(3.0 * DAY);
    assert_eq!(tiers(&azure).await?[0], json!({ "type": "InstantRP", "status": "Deleted" }));
    azure.running.advance(26.0 * DAY);
    assert_eq!(points(&azure).await?.len(), 1);
    azure.running.advance(2.0 * DAY);
    assert!(points(&azure).await?.is_empty());
    let until = (azure.running.now() + jiff::SignedDuration::from_hours(24 * 90)).to_string();
    let started = azure
        .post(&backup(), request(json!({ "recoveryPointExpiryTimeInUTC": until })))
        .await?
        .expect(202)?;
    over(&azure, &started).await?;
    azure.running.advance(80.0 * DAY);
    assert_eq!(points(&azure).await?.len(), 1);
    Ok(())
}

/// Waits are shortened, but a point is kept by the calendar, as schedules go.
#[tokio::test]
async fn points_are_kept_by_the_calendar() -> Result<()> {
    const SPEED: f64 = 100.0;
    let azure = Azure::with(Config { speed: SPEED, ..Config::frozen() }, estate()).await?;
    let started = azure.put(&item(), protection(json!({}))).await?.expect(202)?;
    over(&azure, &started).await?;
    backed_up(&azure).await?;
    azure.running.advance(1.9 * DAY * SPEED);
    assert_eq!(tiers(&azure).await?[0], json!({ "type": "InstantRP", "status": "Valid" }));
    azure.running.advance(0.2 * DAY * SPEED);
    assert_eq!(tiers(&azure).await?[0], json!({ "type": "InstantRP", "status": "Deleted" }));
    azure.running.advance(27.0 * DAY * SPEED);
    assert_eq!(points(&azure).await?.len(), 1);
    azure.running.advance(DAY * SPEED);
    assert!(points(&azure).await?.is_empty());
    Ok(())
}

/// Documentation: codes of a second backup at the same time and of a missing agent; field: the general code.
#[tokio::test]
async fn what_a_backup_is_refused_or_fails_for() -> Result<()> {
    let azure = protected(estate()).await?;
    let refused = azure
        .post(&backup(), json!({ "properties": { "objectType": "AzureFileShareBackupRequest" } }))
        .await?;
    assert_eq!(refused.expect(400)?.code(), "BMSUserErrorInvalidInput");
    let past = request(json!({ "recoveryPointExpiryTimeInUTC": "2020-01-01T00:00:00Z" }));
    assert_eq!(azure.post(&backup(), past).await?.expect(400)?.code(), "BMSUserErrorInvalidInput");
    azure.post(&backup(), request(json!({}))).await?.expect(202)?;
    let second = azure.post(&backup(), request(json!({}))).await?.expect(400)?;
    assert_eq!(second.code(), "UserErrorBackupOperationInProgress");

    let mut world = estate();
    world["resources"][0]["properties"]["osProfile"] = json!({ "allowExtensionOperations": false });
    let azure = protected(world).await?;
    let job = backed_up(&azure).await?;
    let job = azure.get(&format!("{VAULT}/backupJobs/{job}")).await?.body["properties"].clone();
    assert_eq!(job["status"], "Failed");
    assert_eq!(job["errorDetails"][0]["errorTitle"], "UserErrorGuestAgentStatusUnavailable");
    let shown = properties(&azure).await?;
    assert_eq!(
        (&shown["protectionState"], &shown["lastBackupStatus"]),
        (&json!("IRPending"), &json!("Failed"))
    );
    assert_eq!(shown["kpisHealths"]["BackupOperationStatusKPI"]["resourceHealthStatus"], "TransientDegraded");
    Ok(())
}

/// Recorded: code, number and text of a machine that is gone, in the job and in the health of the item.
#[tokio::test]
async fn the_backup_of_a_machine_that_is_gone_fails() -> Result<()> {
    let azure = protected(estate()).await?;
    azure.delete(MACHINE).await?.expect(202)?;
    azure.running.advance(10.0);
    let job = backed_up(&azure).await?;
    let job = azure.get(&format!("{VAULT}/backupJobs/{job}")).await?.body;
    assert_eq!(job["properties"]["errorDetails"][0]["errorCode"], 400_136);
    let shown = properties(&azure).await?;
    assert_eq!(shown["healthDetails"][0]["title"], "UserErrorVmNotFoundV2");
    assert_eq!(shown["healthStatus"], "ActionRequired");
    Ok(())
}

/// The switch of the control surface: the next backup fails, and only that.
#[tokio::test]
async fn the_next_backup_can_be_made_to_fail() -> Result<()> {
    let azure = protected(estate()).await?;
    let wanted = json!({ "instance": item(), "code": "UserErrorFsFreezeFailed" });
    azure.post("/_simulator/backups/fail", wanted).await?.expect(204)?;
    for status in ["Failed", "Completed"] {
        let job = backed_up(&azure).await?;
        let job = azure.get(&format!("{VAULT}/backupJobs/{job}")).await?.body;
        assert_eq!(job["properties"]["status"], status);
    }
    azure
        .post("/_simulator/backups/fail", json!({ "instance": "/nobody", "code": "x" }))
        .await?
        .expect(400)?;
    Ok(())
}

/// Official: which disks are in a point; documentation: the disk of the system always is.
#[tokio::test]
async fn chosen_disks_are_told_of_by_their_points() -> Result<()> {
    let azure = protected(estate()).await?;
    let choose = async |choice: Value| -> Result<Value> {
        let body = protection(json!({ "extendedProperties": { "diskExclusionProperties": choice } }));
        let started = azure.put(&item(), body).await?.expect(202)?;
        over(&azure, &started).await?;
        backed_up(&azure).await?;
        Ok(points(&azure).await?[0]["properties"]["recoveryPointDiskConfiguration"].clone())
    };
    let without = choose(json!({ "diskLunList": [1], "isInclusionList": false })).await?;
    assert_eq!(
        without["includedDiskList"],
        json!([{ "lun": -1, "name": "vm1-os" }, { "lun": 0, "name": "vm1-data0" }])
    );
    assert_eq!(without["excludedDiskList"], json!([{ "lun": 1, "name": "vm1-data1" }]));
    let only_system = choose(json!({ "diskLunList": [], "isInclusionList": true })).await?;
    assert_eq!(
        (&only_system["numberOfDisksIncludedInBackup"], &only_system["numberOfDisksAttachedToVm"]),
        (&json!(1), &json!(3))
    );
    // Leaving the choice out keeps it (azure-cli), null takes it back.
    let started = azure.put(&item(), protection(json!({}))).await?.expect(202)?;
    over(&azure, &started).await?;
    assert!(properties(&azure).await?["extendedProperties"]["diskExclusionProperties"].is_object());
    assert!(choose(Value::Null).await?.is_null());
    Ok(())
}

/// Documentation: the schedule of the policy, and how long its points are kept.
#[tokio::test]
async fn scheduled_backups_follow_the_clock() -> Result<()> {
    let mut world = estate();
    world["scheduledBackups"] = json!(true);
    let azure = protected(world).await?;
    azure.running.advance(5.0 * DAY + 3600.0);
    let scheduled = points(&azure).await?.len();
    assert!((5..=6).contains(&scheduled), "{scheduled} points");
    azure.running.advance(60.0 * DAY);
    let kept = points(&azure).await?.len();
    assert!((30..=31).contains(&kept), "{kept} points");
    let started = azure
        .put(&item(), protection(json!({ "policyId": "", "protectionState": "ProtectionStopped" })))
        .await?;
    over(&azure, &started).await?;
    azure.running.advance(10.0 * DAY);
    assert!(points(&azure).await?.len() < kept);
    assert!(azure.get(&policy("DefaultPolicy")).await?.body["properties"]["protectedItemsCount"] == 0);
    Ok(())
}

/// The control surface lets a point expire.
#[tokio::test]
async fn a_point_can_be_made_to_expire() -> Result<()> {
    let azure = protected(estate()).await?;
    backed_up(&azure).await?;
    let point = points(&azure).await?[0]["id"].clone();
    azure.get(point.as_str().unwrap()).await?.expect(200)?;
    azure.post("/_simulator/points/age", json!({ "point": point })).await?.expect(204)?;
    let refused = azure.get(point.as_str().unwrap()).await?.expect(404)?;
    assert_eq!(refused.code(), "UserErrorInstantRpNotFound");
    Ok(())
}
