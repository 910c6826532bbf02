//! Backup instances in their less happy states.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::azure::{
    Azure, DISK, GROUP, VAULT, disk_instance, disk_policy, estate, granted, instance, protect,
};
use crate::workloads::cluster_world;

const FAST: f64 = 100.0;
const STATE: &str = "/properties/currentProtectionState";

async fn verdict(azure: &Azure, vault: &str, properties: Value) -> Result<Value> {
    let request = json!({ "backupInstance": properties });
    let started = azure.post(&format!("{vault}/validateForBackup"), request).await?.expect(202)?;
    azure.follow(&started).await
}

#[tokio::test]
async fn without_permissions_the_put_succeeds_and_the_instance_does_not() -> Result<()> {
    let azure = Azure::start(FAST, estate()).await?;
    let started = azure.put(&instance(), json!({ "properties": disk_instance() })).await?.expect(201)?;
    assert_eq!(azure.follow(&started).await?["status"], "Succeeded");
    let failed = azure.until(&instance(), STATE, "ProtectionError").await?;
    assert_eq!(failed["properties"]["protectionErrorDetails"]["code"], "UserErrorMissingRequiredPermissions");
    assert_eq!(failed["properties"]["provisioningState"], "Succeeded");
    // Granting and asking again repairs it.
    let principal = azure.get(VAULT).await?.body["identity"]["principalId"].clone();
    for (number, role) in
        ["3e5e47e6-65f7-47ef-90b5-e5dd4d455f24", "7efff54f-a5b4-42b5-a1c5-5411624893ce"].iter().enumerate()
    {
        let path = format!(
            "{GROUP}/providers/Microsoft.Authorization/roleAssignments/00000000-0000-4000-8000-00000000000{number}"
        );
        let definition = format!("/providers/Microsoft.Authorization/roleDefinitions/{role}");
        let body = json!({ "properties": { "roleDefinitionId": definition, "principalId": principal, "principalType": "ServicePrincipal" } });
        azure.put(&path, body).await?.expect(201)?;
    }
    while verdict_at_instance(&azure).await?["status"] != "Succeeded" {}
    azure.post(&format!("{}/sync", instance()), json!({ "syncType": "Default" })).await?.expect(202)?;
    azure.until(&instance(), STATE, "ProtectionConfigured").await?;
    Ok(())
}

async fn verdict_at_instance(azure: &Azure) -> Result<Value> {
    let request = json!({ "backupInstance": disk_instance() });
    let path = format!("{}/validateForModifyBackup?api-version=2025-01-01", instance());
    let started = azure.post(&path, request).await?.expect(202)?;
    azure.follow(&started).await
}

#[tokio::test]
async fn a_cluster_shows_the_parameters_that_it_was_not_given() -> Result<()> {
    let (estate, properties) = cluster_world();
    let azure = Azure::frozen(estate).await?;
    let written = azure.put(&instance(), json!({ "properties": properties })).await?.expect(201)?.body;
    let read = azure.get(&instance()).await?.expect(200)?.body;
    let listed = azure.get(&format!("{VAULT}/backupInstances")).await?.expect(200)?.body["value"][0].clone();
    let list = "/properties/policyInfo/policyParameters/backupDatasourceParametersList/0";
    for shown in [written, read, listed] {
        let parameters = shown.pointer(list).context("no parameters")?;
        for name in [
            "includedNamespaces",
            "excludedNamespaces",
            "includedResourceTypes",
            "excludedResourceTypes",
            "labelSelectors",
            "backupHookReferences",
        ] {
            assert_eq!(parameters.get(name), Some(&Value::Null), "{name}: {parameters}");
        }
        assert_eq!(parameters["snapshotVolumes"], true);
    }
    Ok(())
}

#[tokio::test]
async fn one_datasource_has_one_instance() -> Result<()> {
    let azure = Azure::start(FAST, granted()).await?;
    protect(&azure).await?;
    let second = format!("{VAULT}/backupInstances/another");
    let refused = azure.put(&second, json!({ "properties": disk_instance() })).await?.expect(400)?;
    assert_eq!(refused.code(), "UserErrorDppDatasourceAlreadyProtected");
    let info = &refused.body["error"]["additionalInfo"][0];
    assert_eq!(info["type"], "UserFacingError");
    assert!(info["info"]["message"].as_str().is_some_and(|message| message.contains(VAULT)), "{info}");
    let request = json!({ "backupInstance": disk_instance() });
    let refused = azure.post(&format!("{VAULT}/validateForBackup"), request).await?.expect(400)?;
    assert_eq!(refused.code(), "UserErrorDppDatasourceAlreadyProtected");
    let found = azure.get(&format!("{DISK}/providers/Microsoft.DataProtection/backupInstances")).await?.body;
    assert_eq!(found["value"].as_array().map(Vec::len), Some(1));
    Ok(())
}

#[tokio::test]
async fn an_update_shows_the_old_policy_until_it_is_done() -> Result<()> {
    let azure = Azure::start(FAST, granted()).await?;
    protect(&azure).await?;
    azure
        .put(&format!("{VAULT}/backupPolicies/other"), json!({ "properties": disk_policy() }))
        .await?
        .expect(200)?;
    let mut changed = disk_instance();
    changed["policyInfo"]["policyId"] = json!(format!("{VAULT}/backupPolicies/other"));
    let started = azure.put(&instance(), json!({ "properties": changed })).await?.expect(201)?;
    assert_eq!(started.body["properties"]["currentProtectionState"], "UpdatingProtection");
    assert!(
        started.body["properties"]["policyInfo"]["policyId"]
            .as_str()
            .is_some_and(|id| id.ends_with("/disks"))
    );
    azure.until(&instance(), STATE, "ProtectionConfigured").await?;
    let policy = azure.get(&instance()).await?.body["properties"]["policyInfo"]["policyId"].clone();
    assert!(policy.as_str().is_some_and(|id| id.ends_with("/other")), "{policy}");
    azure.delete(&format!("{VAULT}/backupPolicies/other")).await?.expect(400)?;
    azure.delete(&format!("{VAULT}/backupPolicies/disks")).await?.expect(200)?;
    Ok(())
}

#[tokio::test]
async fn a_soft_deleted_instance_returns_stopped_and_can_be_resumed() -> Result<()> {
    let mut world = granted();
    world["vaults"][0]["softDelete"] = json!("On");
    let azure = Azure::start(FAST, world).await?;
    protect(&azure).await?;
    let started = azure.delete(&instance()).await?.expect(202)?;
    azure.follow(&started).await?;
    azure.get(&instance()).await?.expect(404)?;
    let deleted = format!("{VAULT}/deletedBackupInstances/d1");
    assert_eq!(
        azure.get(&deleted).await?.expect(200)?.body["properties"]["currentProtectionState"],
        "SoftDeleted"
    );
    let again = azure.put(&instance(), json!({ "properties": disk_instance() })).await?.expect(400)?;
    assert_eq!(again.code(), "UserErrorDppDatasourceAlreadyHasBackupInstance");
    azure.post(&format!("{deleted}/undelete"), json!({})).await?.expect(200)?;
    assert_eq!(
        azure.get(&instance()).await?.body["properties"]["currentProtectionState"],
        "ProtectionStopped"
    );
    let started = azure.post(&format!("{}/resumeProtection", instance()), json!({})).await?.expect(202)?;
    azure.follow(&started).await?;
    azure.until(&instance(), STATE, "ProtectionConfigured").await?;
    Ok(())
}

#[tokio::test]
async fn soft_delete_is_the_newer_api_versions_rule_whatever_the_vault_says() -> Result<()> {
    let azure = Azure::start(FAST, granted()).await?;
    protect(&azure).await?;
    let started = azure.delete(&format!("{}?api-version=2026-06-01", instance())).await?.expect(202)?;
    azure.follow(&started).await?;
    azure.get(&format!("{VAULT}/deletedBackupInstances/d1")).await?.expect(200)?;
    Ok(())
}

#[tokio::test]
async fn each_obstacle_has_its_code() -> Result<()> {
    let mut world = granted();
    let (elsewhere, nobody) = (VAULT.replace("bv1", "bv-north"), VAULT.replace("bv1", "bv-nobody"));
    let vaults = world["vaults"].as_array_mut().context("no vaults")?;
    vaults.push(json!({ "id": elsewhere, "location": "northeurope" }));
    vaults.push(json!({ "id": nobody, "location": "westeurope", "identity": false }));
    let policies = world["policies"].as_array_mut().context("no policies")?;
    for vault in ["bv-north", "bv-nobody"] {
        policies.push(json!({ "vault": vault, "name": "disks", "properties": disk_policy() }));
    }
    let azure = Azure::start(FAST, world).await?;
    let with = |pointer: &str, value: Value| {
        let mut properties = disk_instance();
        if let Some(place) = properties.pointer_mut(pointer) {
            *place = value;
        }
        properties
    };
    let in_vault = |vault: &str| with("/policyInfo/policyId", json!(format!("{vault}/backupPolicies/disks")));
    let group = "/policyInfo/policyParameters/dataStoreParametersList/0/resourceGroupId";
    for (vault, properties, code) in [
        (elsewhere.as_str(), in_vault(&elsewhere), "UserErrorDatasourceAndBackupVaultLocationMismatch"),
        (&nobody, in_vault(&nobody), "VaultMSIUnauthorized"),
        (VAULT, with(group, json!(GROUP.replace("rg-app", "rg-none"))), "UserErrorSnapshotRGNotFound"),
        (
            VAULT,
            with(group, json!("/subscriptions/other/resourceGroups/x")),
            "UserErrorSnapshotRGSubscriptionMismatch",
        ),
        (
            VAULT,
            with("/policyInfo/policyParameters", json!({})),
            "UserErrorOperationalStoreParametersNotProvided",
        ),
        (
            VAULT,
            with("/dataSourceInfo/resourceID", json!(DISK.replace("/d1", "/d9"))),
            "UserErrorManagedDiskNotFound",
        ),
    ] {
        assert_eq!(verdict(&azure, vault, properties).await?["error"]["code"], code);
    }
    let unknown_policy = with("/policyInfo/policyId", json!(format!("{VAULT}/backupPolicies/none")));
    let refused = azure
        .post(&format!("{VAULT}/validateForBackup"), json!({ "backupInstance": unknown_policy }))
        .await?
        .expect(400)?;
    assert_eq!(refused.code(), "BMSUserErrorInvalidInput");
    Ok(())
}

#[tokio::test]
async fn only_a_backup_rule_of_the_policy_can_be_run() -> Result<()> {
    let azure = Azure::start(FAST, granted()).await?;
    protect(&azure).await?;
    let backup = |rule: &str| json!({ "backupRuleOptions": { "ruleName": rule, "triggerOption": {} } });
    let path = format!("{}/backup", instance());
    let refused = azure.post(&path, backup("Default")).await?.expect(400)?;
    assert_eq!(refused.code(), "BMSUserErrorDPPAdhocBackupNotAllowedForBackupType");
    azure.post(&path, backup("BackupDaily")).await?.expect(202)?;
    let busy = azure.post(&path, backup("BackupDaily")).await?.expect(400)?;
    assert_eq!(busy.code(), "UserErrorMaxConcurrentOperationLimitReached");
    Ok(())
}

#[tokio::test]
async fn operational_blob_backup_locks_its_account_and_cannot_be_stopped() -> Result<()> {
    let account = format!("{GROUP}/providers/Microsoft.Storage/storageAccounts/shopfiles");
    let mut world = estate();
    world["resources"] = json!([{ "id": account, "location": "westeurope" }]);
    world["roleAssignments"] =
        json!([{ "scope": account, "role": "Storage Account Backup Contributor", "principal": "vault:bv1" }]);
    world["policies"] = json!([{ "vault": "bv1", "name": "blobs", "properties": {
        "objectType": "BackupPolicy", "datasourceTypes": ["Microsoft.Storage/storageAccounts/blobServices"],
        "policyRules": [{ "objectType": "AzureRetentionRule", "name": "Default", "isDefault": true, "lifecycles": [{
            "deleteAfter": { "objectType": "AbsoluteDeleteOption", "duration": "P30D" },
            "sourceDataStore": { "dataStoreType": "OperationalStore", "objectType": "DataStoreInfoBase" } }] }] } }]);
    let azure = Azure::start(FAST, world).await?;
    let properties = json!({
        "objectType": "BackupInstance", "friendlyName": "shopfiles",
        "dataSourceInfo": { "objectType": "Datasource", "resourceID": account, "resourceName": "shopfiles",
            "resourceType": "Microsoft.Storage/storageAccounts", "datasourceType": "Microsoft.Storage/storageAccounts/blobServices" },
        "policyInfo": { "policyId": format!("{VAULT}/backupPolicies/blobs") },
    });
    let path = format!("{VAULT}/backupInstances/shopfiles");
    azure.put(&path, json!({ "properties": properties })).await?.expect(201)?;
    azure.until(&path, STATE, "ProtectionConfigured").await?;
    let service = azure.get(&format!("{account}/blobServices/default")).await?.expect(200)?.body;
    assert_eq!(service["properties"]["restorePolicy"]["enabled"], true);
    assert_eq!(azure.delete(&account).await?.expect(409)?.code(), "ScopeLocked");
    let refused = azure.post(&format!("{path}/stopProtection"), json!({})).await?.expect(400)?;
    assert_eq!(refused.code(), "UserErrorStopProtectionNotSupportedForBlobOperationalBackup");
    let backup = json!({ "backupRuleOptions": { "ruleName": "Default", "triggerOption": {} } });
    azure.post(&format!("{path}/backup"), backup).await?.expect(400)?;
    let started = azure.delete(&path).await?.expect(202)?;
    azure.follow(&started).await?;
    azure.delete(&account).await?.expect(200)?;
    Ok(())
}
