//! Stopping, suspending, resuming, deleting and bringing back.

use anyhow::Result;
use holdfast_simulator::{Config, SoftDelete};
use serde_json::{Value, json};

use super::{DAY, VAULT, backed_up, estate, item, over, points, policy, properties, protected, protection};
use crate::azure::Azure;

fn ending(state: &str) -> Value {
    protection(json!({ "policyId": "", "protectionState": state }))
}

async fn changed(azure: &Azure, body: Value) -> Result<()> {
    let started = azure.put(&item(), body).await?.expect(202)?;
    let status = over(azure, &started).await?;
    assert_eq!(status["status"], "Succeeded", "{status}");
    Ok(())
}

async fn deleted(azure: &Azure) -> Result<Value> {
    let started = azure.delete(&item()).await?.expect(202)?;
    over(azure, &started).await
}

fn immutable() -> Value {
    let mut world = estate();
    world["vaults"][0]["immutability"] = json!("Unlocked");
    world
}

/// Recorded: stopped without a policy, and a job that says so; a policy sent again resumes.
#[tokio::test]
async fn stopped_with_its_data_and_resumed() -> Result<()> {
    let azure = protected(estate()).await?;
    backed_up(&azure).await?;
    changed(&azure, ending("ProtectionStopped")).await?;
    let stopped = properties(&azure).await?;
    assert_eq!(
        (&stopped["protectionState"], &stopped["policyId"]),
        (&json!("ProtectionStopped"), &json!(""))
    );
    let jobs = azure.get(&format!("{VAULT}/backupJobs?$filter=operation eq 'DisableBackup'")).await?.body;
    assert_eq!(jobs["value"][0]["properties"]["status"], "Completed");
    assert_eq!(points(&azure).await?.len(), 1);
    // The last point of a stopped item stays (documentation).
    azure.running.advance(400.0 * DAY);
    assert_eq!(points(&azure).await?.len(), 1);
    changed(&azure, protection(json!({}))).await?;
    assert_eq!(properties(&azure).await?["protectionState"], "Protected");
    Ok(())
}

/// Field: only an immutable vault suspends, and says the opposite.
#[tokio::test]
async fn only_an_immutable_vault_suspends() -> Result<()> {
    let azure = protected(estate()).await?;
    let refused = azure.put(&item(), ending("BackupsSuspended")).await?.expect(400)?;
    assert_eq!(refused.code(), "UserErrorOperationDeniedOnImmutableItem");
    let azure = protected(immutable()).await?;
    changed(&azure, ending("BackupsSuspended")).await?;
    assert_eq!(properties(&azure).await?["protectionState"], "BackupsSuspended");
    changed(&azure, protection(json!({}))).await?;
    assert_eq!(properties(&azure).await?["protectionState"], "IRPending");
    Ok(())
}

/// Recorded: a soft-deleted item stays readable and listed, with the time that is left; bringing it back leaves it stopped.
#[tokio::test]
async fn soft_deleted_brought_back_and_resumed() -> Result<()> {
    let azure = protected(estate()).await?;
    let started = azure.delete(&item()).await?.expect(202)?;
    assert!(started.header("azure-asyncoperation").unwrap().contains("/vaults/rsv1/backupOperations/"));
    assert!(started.header("location").unwrap().contains("/vaults/rsv1/backupOperationResults/"));
    assert_eq!(over(&azure, &started).await?["status"], "Succeeded");
    azure.get(started.header("location").unwrap()).await?.expect(204)?;
    let gone = properties(&azure).await?;
    assert_eq!(gone["isScheduledForDeferredDelete"], true);
    assert!(gone["deferredDeleteTimeRemaining"].as_str().unwrap().starts_with("13.23:5"), "{gone}");
    assert_eq!((&gone["policyId"], &gone["protectionState"]), (&json!(""), &json!("ProtectionStopped")));
    let listed = azure.get(&format!("{VAULT}/backupProtectedItems")).await?.body;
    assert_eq!(listed["value"].as_array().unwrap().len(), 1);
    // It cannot be protected as it is (documentation).
    assert_eq!(
        azure.put(&item(), protection(json!({}))).await?.expect(400)?.code(),
        "BMSUserErrorInvalidInput"
    );
    changed(
        &azure,
        protection(json!({ "policyId": "", "isRehydrate": true, "protectionState": "ProtectionStopped" })),
    )
    .await?;
    let back = properties(&azure).await?;
    assert!(back.get("isScheduledForDeferredDelete").is_none());
    assert_eq!(back["protectionState"], "ProtectionStopped");
    azure.running.advance(30.0 * DAY);
    changed(&azure, protection(json!({}))).await?;
    assert_eq!(properties(&azure).await?["policyName"], "DefaultPolicy");
    Ok(())
}

/// Documentation: what is deleted softly is gone after its days; then the machine may be protected anew.
#[tokio::test]
async fn soft_deleted_is_purged_after_its_days() -> Result<()> {
    let azure = protected(estate()).await?;
    deleted(&azure).await?;
    azure.running.advance(13.9 * DAY);
    azure.get(&item()).await?.expect(200)?;
    azure.running.advance(0.2 * DAY);
    azure.get(&item()).await?.expect(404)?;
    let containers =
        format!("{VAULT}/backupProtectionContainers?$filter=backupManagementType eq 'AzureIaasVM'");
    assert_eq!(azure.get(&containers).await?.body["value"], json!([]));
    changed(&azure, protection(json!({}))).await
}

/// Recorded: without soft delete, item and container are gone at once.
#[tokio::test]
async fn deleted_for_good_where_soft_delete_is_off() -> Result<()> {
    let mut world = estate();
    world["vaults"][0]["softDelete"] = json!("Off");
    let azure = protected(world).await?;
    backed_up(&azure).await?;
    let status = deleted(&azure).await?;
    let job = status["properties"]["jobId"].as_str().unwrap();
    let job = azure.get(&format!("{VAULT}/backupJobs/{job}")).await?.body;
    assert_eq!(job["properties"]["extendedInfo"]["propertyBag"]["Number of Recovery Points"], "1");
    azure.get(&item()).await?.expect(404)?;
    azure.delete(&format!("{VAULT}?api-version=2016-06-01")).await?.expect(200)?;
    Ok(())
}

/// Field: accepted, and failed by the operation, whose status is a plain 200.
#[tokio::test]
async fn an_immutable_vault_keeps_what_has_points() -> Result<()> {
    let azure = protected(immutable()).await?;
    backed_up(&azure).await?;
    let failed = deleted(&azure).await?;
    assert_eq!(failed["status"], "Failed");
    assert_eq!(failed["error"]["code"], "UserErrorDeleteBackupItemOnImmutableItem");
    assert_eq!(properties(&azure).await?["protectionState"], "Protected");
    Ok(())
}

/// Official: points are kept to "their respective expiry dates". The last of what is suspended outlives its own, and is
/// deleted by hand.
#[tokio::test]
async fn what_has_expired_in_an_immutable_vault_is_deleted() -> Result<()> {
    let azure = protected(immutable()).await?;
    backed_up(&azure).await?;
    changed(&azure, ending("BackupsSuspended")).await?;
    azure.running.advance(400.0 * DAY);
    assert_eq!(points(&azure).await?.len(), 1);
    assert_eq!(deleted(&azure).await?["status"], "Succeeded");
    Ok(())
}

/// Official: it is recovery points that are kept.
#[tokio::test]
async fn what_has_no_points_in_an_immutable_vault_is_deleted() -> Result<()> {
    let azure = protected(immutable()).await?;
    assert_eq!(deleted(&azure).await?["status"], "Succeeded");
    Ok(())
}

/// Field: code and text of a vault with containers. Documentation: where soft delete is enforced, soft-deleted items do not
/// stand in the way.
#[tokio::test]
async fn a_vault_with_containers_is_not_deleted() -> Result<()> {
    let azure = protected(estate()).await?;
    let refused = azure.delete(&format!("{VAULT}?api-version=2024-04-01")).await?.expect(400)?;
    assert_eq!(refused.code(), "ServiceResourceNotEmptyWithContainerDetails");
    assert!(refused.body["error"]["message"].as_str().unwrap().contains(": Vm1"), "{}", refused.body);

    let config = Config { soft_delete: SoftDelete::Enforced, ..Config::frozen() };
    let azure = Azure::with(config, estate()).await?;
    changed(&azure, protection(json!({}))).await?;
    deleted(&azure).await?;
    azure.delete(&format!("{VAULT}?api-version=2024-04-01")).await?.expect(202)?;
    Ok(())
}

/// Official: another policy is another PUT; recorded: each policy counts its items in a single read alone.
#[tokio::test]
async fn the_policy_of_an_item_changes() -> Result<()> {
    let azure = protected(estate()).await?;
    let default = azure.get(&policy("DefaultPolicy")).await?.body["properties"].clone();
    assert_eq!(default["protectedItemsCount"], 1);
    azure.put(&policy("gold"), json!({ "properties": default })).await?.expect(200)?;
    changed(&azure, protection(json!({ "policyId": policy("gold") }))).await?;
    assert_eq!(properties(&azure).await?["policyName"], "gold");
    let count = async |name: &str| -> Result<Value> {
        Ok(azure.get(&policy(name)).await?.body["properties"]["protectedItemsCount"].clone())
    };
    assert_eq!((count("DefaultPolicy").await?, count("gold").await?), (json!(0), json!(1)));
    let listed = azure.get(&format!("{VAULT}/backupPolicies")).await?.body;
    let counts =
        listed["value"].as_array().unwrap().iter().map(|one| &one["properties"]["protectedItemsCount"]);
    assert!(counts.into_iter().all(|count| count == 0), "{listed}");
    azure.delete(&policy("gold")).await?.expect(400)?;
    Ok(())
}

/// Field: a policy that items follow is written by an operation, with a job for each of them.
#[tokio::test]
async fn a_policy_in_use_is_written_by_an_operation() -> Result<()> {
    let azure = protected(estate()).await?;
    let mut wanted = azure.get(&policy("DefaultPolicy")).await?.body["properties"].clone();
    wanted["retentionPolicy"]["dailySchedule"]["retentionDuration"]["count"] = json!(40);
    let started = azure.put(&policy("DefaultPolicy"), json!({ "properties": wanted })).await?.expect(202)?;
    let jobs =
        format!("{VAULT}/backupJobs?$filter=operation eq 'ConfigureBackup' and status eq 'InProgress'");
    assert_eq!(azure.get(&jobs).await?.body["value"].as_array().unwrap().len(), 1);
    assert_eq!(days_kept(&azure).await?, 30);
    assert_eq!(over(&azure, &started).await?["status"], "Succeeded");
    let result = azure.get(started.header("location").unwrap()).await?.expect(200)?.body;
    assert_eq!(
        (&result["name"], &result["properties"]["protectedItemsCount"]),
        (&json!("DefaultPolicy"), &json!(1))
    );
    assert_eq!(azure.get(&jobs).await?.body["value"], json!([]));
    assert_eq!(days_kept(&azure).await?, 40);
    Ok(())
}

/// For how many days the default policy keeps what is backed up daily.
async fn days_kept(azure: &Azure) -> Result<Value> {
    let policy = azure.get(&policy("DefaultPolicy")).await?.expect(200)?.body;
    Ok(policy["properties"]["retentionPolicy"]["dailySchedule"]["retentionDuration"]["count"].clone())
}

#[tokio::test]
async fn a_policy_in_use_stays_as_it_was_where_writing_it_fails() -> Result<()> {
    let azure = protected(estate()).await?;
    let mut wanted = azure.get(&policy("DefaultPolicy")).await?.body["properties"].clone();
    wanted["retentionPolicy"]["dailySchedule"]["retentionDuration"]["count"] = json!(40);
    azure.running.fault(
        json!({ "method": "PUT", "path": "/backupPolicies/", "operation": { "fail": "CloudInternalError" } }),
    )?;
    let started = azure.put(&policy("DefaultPolicy"), json!({ "properties": wanted })).await?.expect(202)?;
    assert_eq!(over(&azure, &started).await?["status"], "Failed");
    assert_eq!(days_kept(&azure).await?, 30);
    let jobs = format!("{VAULT}/backupJobs?$filter=operation eq 'ConfigureBackup' and status eq 'Failed'");
    assert_eq!(azure.get(&jobs).await?.body["value"].as_array().unwrap().len(), 1);
    Ok(())
}
