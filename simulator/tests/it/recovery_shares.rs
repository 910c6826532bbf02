//! The life of a file share in a Recovery Services vault. Each test names the grade of what it asserts: recorded, official, field
//! or documentation.

mod account;
mod restore;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::azure::{Azure, GROUP};
use crate::recovery_machines::{VAULT, over};

pub(crate) const ACCOUNT: &str = "/subscriptions/5b0f1d3a-6c1e-4b5e-9d53-0d2f7c3e9a10/resourceGroups/rg-app/providers/Microsoft.Storage/storageAccounts/shares1";

pub(crate) fn share(name: &str) -> String {
    format!("{ACCOUNT}/fileServices/default/shares/{name}")
}

/// A vault, an account with a share, and a policy for shares.
pub(crate) fn estate() -> Value {
    json!({
        "resourceGroups": [{ "id": GROUP, "location": "westeurope" }],
        "vaults": [{ "id": VAULT, "location": "westeurope" }],
        "policies": [{ "vault": "rsv1", "name": "shares", "properties": {
            "backupManagementType": "AzureStorage", "workLoadType": "AzureFileShare", "timeZone": "UTC",
            "schedulePolicy": { "schedulePolicyType": "SimpleSchedulePolicy", "scheduleRunFrequency": "Daily",
                "scheduleRunTimes": ["2026-01-01T02:00:00Z"] },
            "retentionPolicy": { "retentionPolicyType": "LongTermRetentionPolicy", "dailySchedule": {
                "retentionTimes": ["2026-01-01T02:00:00Z"], "retentionDuration": { "count": 30, "durationType": "Days" } } },
        } }],
        "resources": [
            { "id": ACCOUNT, "location": "westeurope", "kind": "StorageV2" },
            { "id": share("documents") },
        ],
        "graphLagSeconds": 0,
    })
}

pub(crate) fn container() -> String {
    format!("{VAULT}/backupFabrics/Azure/protectionContainers/StorageContainer;Storage;rg-app;shares1")
}

pub(crate) fn registration() -> Value {
    json!({ "properties": { "backupManagementType": "AzureStorage", "containerType": "StorageContainer", "sourceResourceId": ACCOUNT } })
}

pub(crate) fn items() -> String {
    format!(
        "{VAULT}/backupProtectableItems?$filter=backupManagementType eq 'AzureStorage' and workloadType eq 'AzureFileShare'"
    )
}

/// Registers the account and finds its shares.
pub(crate) async fn registered(estate: Value) -> Result<Azure> {
    let azure = Azure::frozen(estate).await?;
    let started = azure.put(&container(), registration()).await?.expect(202)?;
    over(&azure, &started).await?;
    inquired(&azure).await?;
    Ok(azure)
}

pub(crate) async fn inquired(azure: &Azure) -> Result<()> {
    let started = azure.post(&format!("{}/inquire", container()), json!(null)).await?.expect(202)?;
    over(azure, &started).await?;
    azure.get(started.header("location").context("no result")?).await?.expect(204)?;
    Ok(())
}

/// The id of the item that would protect, or protects, the share of this name.
pub(crate) async fn item(azure: &Azure, name: &str) -> Result<String> {
    let listed = azure.get(&items()).await?.expect(200)?.body;
    let found = listed["value"].as_array().context("no list")?;
    let found = found
        .iter()
        .find(|one| one["properties"]["friendlyName"] == name)
        .context("the share is not found")?;
    let system = found["name"].as_str().context("no name")?;
    Ok(format!("{}/protectedItems/{system}", container()))
}

pub(crate) fn protection(more: Value) -> Value {
    let mut properties = json!({
        "protectedItemType": "AzureFileShareProtectedItem",
        "sourceResourceId": ACCOUNT,
        "policyId": format!("{VAULT}/backupPolicies/shares"),
    });
    for (name, value) in more.as_object().into_iter().flatten() {
        properties[name] = value.clone();
    }
    json!({ "properties": properties })
}

/// A protected share, and the id of its item.
pub(crate) async fn protected(estate: Value) -> Result<(Azure, String)> {
    let azure = registered(estate).await?;
    let item = item(&azure, "documents").await?;
    let started = azure.put(&item, protection(json!({}))).await?.expect(202)?;
    assert_eq!(over(&azure, &started).await?["status"], "Succeeded");
    Ok((azure, item))
}

/// Backs the share up; the properties of the job.
pub(crate) async fn backed_up(azure: &Azure, item: &str) -> Result<Value> {
    let request = json!({ "properties": { "objectType": "AzureFileShareBackupRequest" } });
    let started = azure.post(&format!("{item}/backup"), request).await?.expect(202)?;
    let job = over(azure, &started).await?["properties"]["jobId"].as_str().context("no job")?.to_owned();
    Ok(azure.get(&format!("{VAULT}/backupJobs/{job}")).await?.expect(200)?.body["properties"].clone())
}

/// Recorded: registered, found by an inquiry under a name of the service, protected, backed up, stopped, deleted, unregistered.
#[tokio::test]
async fn a_share_lives_its_whole_life() -> Result<()> {
    let (azure, item) = protected(estate()).await?;
    let shown = azure.get(&item).await?.expect(200)?.body;
    assert!(shown["name"].as_str().unwrap().starts_with("AzureFileShare;"));
    let properties = &shown["properties"];
    assert_eq!(
        (&properties["protectionState"], &properties["friendlyName"]),
        (&json!("IRPending"), &json!("documents"))
    );
    assert!(properties["sourceResourceId"].as_str().unwrap().contains("/Microsoft.storage/"));
    assert_eq!(properties["extendedInfo"]["policyState"], "Consistent");
    assert_eq!(azure.get(&items()).await?.body["value"], json!([]));

    let job = backed_up(&azure, &item).await?;
    assert_eq!((&job["status"], &job["jobType"]), (&json!("Completed"), &json!("AzureStorageJob")));
    assert_eq!(
        job["extendedInfo"]["tasksList"],
        json!([{ "taskId": "Take Snapshot", "status": "Completed" }])
    );
    let points = azure.get(&format!("{item}/recoveryPoints")).await?.body;
    let point = &points["value"][0]["properties"];
    assert_eq!(point["objectType"], "AzureFileShareRecoveryPoint");
    assert!(
        point["fileShareSnapshotUri"]
            .as_str()
            .unwrap()
            .contains(".file.core.windows.net/documents?sharesnapshot=")
    );
    assert_eq!(azure.get(&item).await?.body["properties"]["protectionState"], "Protected");

    let stop = protection(json!({ "policyId": "", "protectionState": "ProtectionStopped" }));
    let started = azure.put(&item, stop).await?.expect(202)?;
    over(&azure, &started).await?;
    assert!(azure.get(&item).await?.body["properties"].get("policyId").is_none());
    // Snapshots are not covered by soft delete.
    let started = azure.delete(&item).await?.expect(202)?;
    over(&azure, &started).await?;
    azure.get(&item).await?.expect(404)?;
    let started = azure.delete(&container()).await?.expect(202)?;
    let malformed = started.header("location").context("no result")?;
    assert!(malformed.contains("?fabricName=Azure?api-version="), "{malformed}");
    over(&azure, &started).await?;
    azure.get(&container()).await?.expect(404)?;
    Ok(())
}

/// Documentation: what was copied into the vault is kept by soft delete, and a share that follows no policy is not given one
/// without copies then.
#[tokio::test]
async fn copies_in_the_vault_outlive_a_deletion_and_bind_their_share() -> Result<()> {
    let mut world = estate();
    let mut copied = world["policies"][0].clone();
    copied["name"] = json!("copied");
    let copies = copied["properties"]["retentionPolicy"].take();
    copied["properties"]["vaultRetentionPolicy"] =
        json!({ "snapshotRetentionInDays": 5, "vaultRetention": copies });
    world["policies"].as_array_mut().context("no policies")?.push(copied);
    let azure = registered(world).await?;
    let item = item(&azure, "documents").await?;
    let written =
        async |more: Value| over(&azure, &azure.put(&item, protection(more)).await?.expect(202)?).await;
    let by = |policy: &str| json!({ "policyId": format!("{VAULT}/backupPolicies/{policy}") });
    let goes_back =
        async || anyhow::Ok(azure.put(&item, protection(by("shares"))).await?.expect(400)?.code().to_owned());
    written(by("copied")).await?;
    backed_up(&azure, &item).await?;
    assert_eq!(goes_back().await?, "BMSUserErrorInvalidInput");
    written(json!({ "policyId": "", "protectionState": "ProtectionStopped" })).await?;
    assert_eq!(goes_back().await?, "BMSUserErrorInvalidInput");

    over(&azure, &azure.delete(&item).await?.expect(202)?).await?;
    let shown = azure.get(&item).await?.expect(200)?.body["properties"].clone();
    assert_eq!(shown["isScheduledForDeferredDelete"], json!(true), "{shown}");
    let points = azure.get(&format!("{item}/recoveryPoints")).await?.expect(200)?.body;
    assert_eq!(points["value"].as_array().context("no points")?.len(), 1);
    written(json!({ "policyId": "", "protectionState": "ProtectionStopped", "isRehydrate": true })).await?;
    assert_eq!(goes_back().await?, "BMSUserErrorInvalidInput");
    written(by("copied")).await?;
    let shown = azure.get(&item).await?.expect(200)?.body["properties"].clone();
    assert_eq!(
        (&shown["protectionState"], shown.get("isScheduledForDeferredDelete")),
        (&json!("Protected"), None)
    );
    Ok(())
}

async fn deleted(azure: &Azure, item: &str) -> Result<Value> {
    let started = azure.delete(item).await?.expect(202)?;
    over(azure, &started).await
}

/// Official: operational backups are not immutable; copies in the vault are, until their time is over.
#[tokio::test]
async fn an_immutable_vault_keeps_copies_of_a_share_and_no_snapshots() -> Result<()> {
    let mut world = estate();
    world["vaults"][0]["immutability"] = json!("Unlocked");
    let (azure, snapshots) = protected(world.clone()).await?;
    backed_up(&azure, &snapshots).await?;
    assert_eq!(deleted(&azure, &snapshots).await?["status"], "Succeeded");
    azure.get(&snapshots).await?.expect(404)?;

    let copies = world["policies"][0]["properties"]["retentionPolicy"].take();
    world["policies"][0]["properties"]["vaultRetentionPolicy"] =
        json!({ "snapshotRetentionInDays": 5, "vaultRetention": copies });
    let (azure, copied) = protected(world).await?;
    backed_up(&azure, &copied).await?;
    let kept = deleted(&azure, &copied).await?;
    assert_eq!(kept["error"]["code"], "UserErrorDeleteBackupItemOnImmutableItem", "{kept}");
    let suspension = protection(json!({ "policyId": "", "protectionState": "BackupsSuspended" }));
    let started = azure.put(&copied, suspension).await?.expect(202)?;
    assert_eq!(over(&azure, &started).await?["status"], "Succeeded");
    azure.running.advance(400.0 * 86_400.0);
    assert_eq!(deleted(&azure, &copied).await?["status"], "Succeeded");
    Ok(())
}

/// Recorded: a backup of a share offers to be cancelled in its first moment alone; the code is not written down.
#[tokio::test]
async fn a_backup_of_a_share_that_is_under_way_is_not_cancelled() -> Result<()> {
    let (azure, item) = protected(estate()).await?;
    let request = json!({ "properties": { "objectType": "AzureFileShareBackupRequest" } });
    azure.post(&format!("{item}/backup"), request).await?.expect(202)?;
    azure.running.advance(2.0);
    let jobs =
        azure.get(&format!("{VAULT}/backupJobs?$filter=operation eq 'Backup'")).await?.expect(200)?.body;
    let job = jobs["value"][0]["id"].as_str().context("no job")?.to_owned();
    let shown = azure.get(&job).await?.expect(200)?.body["properties"].clone();
    assert_eq!((&shown["status"], shown.get("actionsInfo")), (&json!("InProgress"), None));
    let refused = azure.post(&format!("{job}/cancel"), json!(null)).await?.expect(400)?;
    assert_eq!(refused.code(), "BMSUserErrorJobNotCancellable");
    Ok(())
}

/// Documentation: the caller's region tells of a share by account and name; scheduled snapshots follow the clock.
#[tokio::test]
async fn a_share_is_backed_up_by_schedule_and_told_of() -> Result<()> {
    let mut world = estate();
    world["scheduledBackups"] = json!(true);
    let (azure, item) = protected(world).await?;
    azure.running.advance(5.1 * 86_400.0);
    let points = azure.get(&format!("{item}/recoveryPoints")).await?.body;
    assert!((5..=6).contains(&points["value"].as_array().unwrap().len()), "{points}");
    let status = format!(
        "/subscriptions/{}/providers/Microsoft.RecoveryServices/locations/westeurope/backupStatus",
        crate::azure::SUBSCRIPTION
    );
    let asked = |share: &str| json!({ "resourceType": "AzureFileShare", "resourceId": ACCOUNT, "poLogicalName": share });
    assert_eq!(azure.post(&status, asked("documents")).await?.body["protectionStatus"], "Protected");
    assert_eq!(azure.post(&status, asked("other")).await?.body["protectionStatus"], "NotProtected");
    Ok(())
}
