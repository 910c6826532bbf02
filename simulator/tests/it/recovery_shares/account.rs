//! Registering an account, finding its shares, and what is refused.

use anyhow::Result;
use serde_json::{Value, json};

use super::{
    ACCOUNT, backed_up, container, estate, inquired, item, items, protected, protection, registered,
    registration, share,
};
use crate::azure::Azure;
use crate::recovery_machines::{VAULT, over};

fn add(world: &mut Value, list: &str, one: Value) {
    world[list].as_array_mut().unwrap().push(one);
}

/// Recorded: an account is listed until it is registered; the result is the container. Documentation: its lock, if it is wanted.
#[tokio::test]
async fn an_account_is_registered_with_a_lock() -> Result<()> {
    let azure = Azure::frozen(estate()).await?;
    let free = format!(
        "{VAULT}/backupFabrics/Azure/protectableContainers?$filter=backupManagementType eq 'AzureStorage'"
    );
    assert_eq!(azure.get(&free).await?.body["value"][0]["properties"]["containerId"], ACCOUNT);
    let started = azure.put(&container(), registration()).await?.expect(202)?;
    let result = started.header("location").unwrap().to_owned();
    assert_eq!(azure.get(&result).await?.expect(202)?.body, json!({}));
    over(&azure, &started).await?;
    let done = azure.get(&result).await?.expect(200)?.body;
    assert_eq!(done["properties"]["registrationStatus"], "Registered");
    assert!(done.get("type").is_none());
    assert_eq!(azure.get(&free).await?.body["value"], json!([]));
    let lock = format!("{ACCOUNT}/providers/Microsoft.Authorization/locks/AzureBackupProtectionLock");
    azure.get(&lock).await?.expect(200)?;
    assert_eq!(azure.delete(ACCOUNT).await?.expect(409)?.code(), "ScopeLocked");
    let started = azure.delete(&container()).await?.expect(202)?;
    over(&azure, &started).await?;
    azure.get(&lock).await?.expect(404)?;

    let mut without = registration();
    without["properties"]["acquireStorageAccountLock"] = json!("NotAcquire");
    let started = azure.put(&container(), without).await?.expect(202)?;
    over(&azure, &started).await?;
    azure.get(&lock).await?.expect(404)?;
    Ok(())
}

/// Recorded: a share is found by an inquiry only, and one that comes later by another.
#[tokio::test]
async fn shares_are_found_by_inquiries() -> Result<()> {
    let azure = Azure::frozen(estate()).await?;
    let started = azure.put(&container(), registration()).await?.expect(202)?;
    over(&azure, &started).await?;
    assert_eq!(azure.get(&items()).await?.body["value"], json!([]));
    inquired(&azure).await?;
    let first = item(&azure, "documents").await?;
    azure.put(&share("later"), json!({ "properties": {} })).await?.expect(201)?;
    assert_eq!(azure.get(&items()).await?.body["value"].as_array().unwrap().len(), 1);
    inquired(&azure).await?;
    assert_eq!(item(&azure, "documents").await?, first);
    assert_ne!(item(&azure, "later").await?, first);
    Ok(())
}

/// Field: accepted, and then not there.
#[tokio::test]
async fn a_name_that_the_service_does_not_know_fails_later() -> Result<()> {
    let azure = registered(estate()).await?;
    let guessed = format!("{}/protectedItems/AzureFileShare;documents", container());
    let started = azure.put(&guessed, protection(json!({}))).await?.expect(202)?;
    assert_eq!(over(&azure, &started).await?["status"], "Failed");
    let refused = azure.get(&guessed).await?.expect(404)?;
    assert_eq!(refused.code(), "BMSUserErrorDataSourceObjectNotFound");
    Ok(())
}

/// Field: the codes of a missing container, of another workload's policy, and of items that remain.
#[tokio::test]
async fn what_is_refused() -> Result<()> {
    let azure = Azure::frozen(estate()).await?;
    let early = format!("{}/protectedItems/AzureFileShare;documents", container());
    let refused = azure.put(&early, protection(json!({}))).await?.expect(400)?;
    assert_eq!(refused.code(), "BMSUserErrorInvalidConfigureProtectionRequest");
    azure.post(&format!("{}/inquire", container()), json!(null)).await?.expect(404)?;

    let (azure, item) = protected(estate()).await?;
    let machines = json!({ "policyId": format!("{VAULT}/backupPolicies/DefaultPolicy") });
    let refused = azure.put(&item, protection(machines)).await?.expect(400)?;
    assert_eq!(refused.code(), "BMSUserErrorInvalidPolicyForGivenProvider");
    let refused = azure.delete(&container()).await?.expect(400)?;
    assert_eq!(refused.code(), "BMSUserErrorContainerHasDatasources");
    let refused = azure.delete(&format!("{VAULT}?api-version=2024-04-01")).await?.expect(400)?;
    assert_eq!(refused.code(), "ServiceResourceNotEmptyWithContainerDetails");
    Ok(())
}

/// Documentation: one vault for all shares of an account, of its region; the code is the general one.
#[tokio::test]
async fn an_account_goes_to_one_vault_of_its_region() -> Result<()> {
    let mut world = estate();
    let second = VAULT.replace("rsv1", "rsv2");
    add(&mut world, "vaults", json!({ "id": second, "location": "westeurope" }));
    let azure = registered(world).await?;
    let elsewhere = container().replace("rsv1", "rsv2");
    assert_eq!(azure.put(&elsewhere, registration()).await?.expect(400)?.code(), "BMSUserErrorInvalidInput");
    azure.put(&container(), registration()).await?.expect(202)?;

    let mut far = estate();
    far["resources"][0]["location"] = json!("northeurope");
    let azure = Azure::frozen(far).await?;
    assert_eq!(
        azure.put(&container(), registration()).await?.expect(400)?.code(),
        "BMSUserErrorInvalidInput"
    );
    let gone = container().replace("shares1", "gone");
    let mut body = registration();
    body["properties"]["sourceResourceId"] = json!(ACCOUNT.replace("shares1", "gone"));
    let started = azure.put(&gone, body).await?.expect(202)?;
    assert_eq!(over(&azure, &started).await?["error"]["code"], "UserErrorStorageAccountNotFound");
    Ok(())
}

/// Documentation: codes of the troubleshooting page.
#[tokio::test]
async fn what_a_backup_fails_for() -> Result<()> {
    let (azure, item) = protected(estate()).await?;
    azure
        .call(
            reqwest::Method::PATCH,
            ACCOUNT,
            Some(json!({ "properties": { "allowSharedKeyAccess": false } })),
        )
        .await?
        .expect(200)?;
    backed_up(&azure, &item).await?;
    let shown = azure.get(&item).await?.body["properties"].clone();
    let health = &shown["kpisHealths"]["BackupOperationStatusKPI"]["resourceHealthDetails"][0];
    assert_eq!(health["title"], "UserErrorStorageKeyBasedAuthenticationNotPermitted");
    azure
        .delete(&format!("{ACCOUNT}/providers/Microsoft.Authorization/locks/AzureBackupProtectionLock"))
        .await?
        .expect(200)?;
    azure.delete(&share("documents")).await?.expect(200)?;
    let job = backed_up(&azure, &item).await?;
    assert_eq!(job["status"], "Failed");
    assert!(job["errorDetails"][0].get("errorTitle").is_none(), "jobs of shares have no titles (recorded)");
    Ok(())
}

/// Documentation: a share that soft delete keeps is neither backed up nor restored to until it is brought back.
#[tokio::test]
async fn a_softly_deleted_share_is_backed_up_again_when_it_is_back() -> Result<()> {
    let (azure, item) = protected(estate()).await?;
    let keeps = json!({ "properties": { "shareDeleteRetentionPolicy": { "enabled": true, "days": 14 } } });
    azure.put(&format!("{ACCOUNT}/fileServices/default"), keeps).await?;
    azure
        .delete(&format!("{ACCOUNT}/providers/Microsoft.Authorization/locks/AzureBackupProtectionLock"))
        .await?;
    azure.delete(&share("documents")).await?.expect(200)?;
    azure.get(&share("documents")).await?.expect(404)?;
    let failed = backed_up(&azure, &item).await?;
    assert_eq!(
        (&failed["status"], failed["errorDetails"].as_array().map(Vec::len)),
        (&json!("Failed"), Some(1))
    );
    let error = azure.get(&item).await?.body["properties"]["kpisHealths"]["BackupOperationStatusKPI"].clone();
    assert_eq!(error["resourceHealthDetails"][0]["title"], "UserErrorBackupAFSInSoftDeleteState");
    let list = azure.get(&format!("{ACCOUNT}/fileServices/default/shares?$expand=deleted")).await?.body;
    let gone = list["value"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["properties"]["deleted"] == true)
        .unwrap()
        .clone();
    let back =
        json!({ "deletedShareName": "documents", "deletedShareVersion": gone["properties"]["version"] });
    azure.post(&format!("{}/restore", share("documents")), back).await?.expect(200)?;
    assert_eq!(backed_up(&azure, &item).await?["status"], "Completed");
    Ok(())
}

/// Documentation: an account is not let go while one of its shares is being protected (its code; the status is not written down).
#[tokio::test]
async fn an_account_is_kept_while_a_share_is_being_protected() -> Result<()> {
    let azure = registered(estate()).await?;
    let item = item(&azure, "documents").await?;
    azure.put(&item, protection(json!({}))).await?.expect(202)?;
    let refused = azure.delete(&container()).await?.expect(400)?;
    assert_eq!(refused.code(), "BMSUserErrorConflictingProtectionOperation");
    Ok(())
}
