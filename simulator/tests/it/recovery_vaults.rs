//! Recovery Services vaults: what the specifications show (official) and what users reported (field).

use anyhow::{Context as _, Result};
use holdfast_simulator::{Config, SoftDelete};
use reqwest::Method;
use serde_json::{Value, json};

use crate::azure::{Azure, GROUP};

const NEW: &str = "2024-04-01";
/// Soft delete is always on from here.
const ALWAYS_ON: &str = "2025-08-01";

fn estate() -> Value {
    json!({ "resourceGroups": [{ "id": GROUP, "location": "westeurope" }] })
}

fn vault() -> String {
    format!("{GROUP}/providers/Microsoft.RecoveryServices/vaults/rsv1")
}

fn at(below: &str, version: &str) -> String {
    format!("{}{below}?api-version={version}", vault())
}

fn body(properties: Value) -> Value {
    json!({ "location": "West Europe", "sku": { "name": "RS0", "tier": "Standard" }, "properties": properties })
}

async fn made(version: &str) -> Result<Azure> {
    let azure = Azure::frozen(estate()).await?;
    azure.put(&at("", version), body(json!({}))).await?.expect(201)?;
    Ok(azure)
}

/// Official: the answer shows the settings; an older api-version does not (recorded).
#[tokio::test]
async fn a_vault_shows_its_settings_to_newer_versions() -> Result<()> {
    let azure = made(NEW).await?;
    let shown = azure.get(&at("", NEW)).await?.expect(200)?.body;
    assert_eq!(shown["location"], "westeurope");
    assert_eq!(shown["properties"]["redundancySettings"]["standardTierStorageRedundancy"], "GeoRedundant");
    assert_eq!(shown["properties"]["securitySettings"]["softDeleteSettings"]["softDeleteState"], "Enabled");
    let older = azure.get(&at("", "2016-06-01")).await?.expect(200)?.body;
    assert_eq!(older["properties"].as_object().map(serde_json::Map::len), Some(3), "{older}");
    let listed = azure.get(&format!("{GROUP}/resources")).await?.expect(200)?.body;
    assert_eq!(listed["value"][0]["type"], "Microsoft.RecoveryServices/vaults");
    Ok(())
}

/// Field: code and text.
#[tokio::test]
async fn a_vault_without_properties_is_refused() -> Result<()> {
    let azure = Azure::frozen(estate()).await?;
    let mut request = body(json!({}));
    request.as_object_mut().context("no object")?.remove("properties");
    let refused = azure.put(&at("", NEW), request).await?.expect(400)?;
    assert_eq!(refused.code(), "InvalidRestApiParameter");
    assert!(refused.body["error"]["innerError"].is_null() && refused.body["error"].get("details").is_some());
    let geo = json!({ "redundancySettings": { "standardTierStorageRedundancy": "LocallyRedundant", "crossRegionRestore": "Enabled" } });
    let refused = azure.put(&at("", NEW), body(geo)).await?.expect(400)?;
    assert!(refused.body["error"]["message"].as_str().unwrap().starts_with("redundancySettings parameter"));
    let encrypted = json!({ "encryption": { "kekIdentity": { "useSystemAssignedIdentity": true } } });
    let refused = azure.put(&at("", NEW), body(encrypted)).await?.expect(400)?;
    assert!(refused.body["error"]["message"].as_str().unwrap().starts_with("encryption parameter"));
    Ok(())
}

/// Field: the codes; official: from which version on.
#[tokio::test]
async fn soft_delete_that_is_always_on_stays_on() -> Result<()> {
    let off = json!({ "properties": { "softDeleteFeatureState": "Disabled" } });
    let config = |version| at("/backupconfig/vaultconfig", version);
    let azure = made("2021-01-01").await?;
    azure.call(Method::PATCH, &config("2021-01-01"), Some(off.clone())).await?.expect(200)?;
    azure
        .call(
            Method::PATCH,
            &config("2021-01-01"),
            Some(json!({ "properties": { "softDeleteFeatureState": "Enabled" } })),
        )
        .await?
        .expect(200)?;
    let refused = azure.call(Method::PATCH, &config(ALWAYS_ON), Some(off.clone())).await?.expect(400)?;
    assert_eq!(refused.code(), "BMSUserErrorDisablingSoftDeleteStateNotAllowed");

    let enforced = Config { soft_delete: SoftDelete::Enforced, ..Config::frozen() };
    let azure = Azure::with(enforced, estate()).await?;
    let enabled = json!({ "securitySettings": { "softDeleteSettings": { "softDeleteState": "Enabled" } } });
    let refused = azure.put(&at("", NEW), body(enabled)).await?.expect(400)?;
    assert_eq!(refused.code(), "BMSUserErrorSoftDeleteStateNotSetToAlwaysON");
    // azure-cli spells the word otherwise.
    let spelled = json!({ "securitySettings": { "softDeleteSettings": { "softDeleteState": "AlwaysOn" } } });
    azure.put(&at("", NEW), body(spelled)).await?.expect(201)?;
    let shown = azure.get(&config(NEW)).await?.expect(200)?.body;
    assert_eq!(shown["properties"]["softDeleteFeatureState"], "AlwaysON");
    assert_eq!(shown["properties"]["isSoftDeleteFeatureStateEditable"], false);
    let refused = azure.call(Method::PATCH, &config("2021-01-01"), Some(off)).await?.expect(400)?;
    assert_eq!(refused.code(), "BMSUserErrorDisablingSoftDeleteStateNotAllowed");
    Ok(())
}

/// Official: shapes, and a PATCH without a body; field: what was set through the vault is changed only there.
#[tokio::test]
async fn redundancy_has_two_ways_until_the_vault_itself_sets_it() -> Result<()> {
    let azure = made(NEW).await?;
    let storage = at("/backupstorageconfig/vaultstorageconfig", NEW);
    let local =
        json!({ "properties": { "storageType": "LocallyRedundant", "storageTypeState": "Unlocked" } });
    azure.call(Method::PATCH, &storage, Some(local.clone())).await?.expect(204)?;
    let shown = azure.put(&storage, local.clone()).await?.expect(200)?.body;
    assert_eq!(
        shown["properties"],
        json!({ "storageModelType": "LocallyRedundant", "storageType": "LocallyRedundant", "storageTypeState": "Unlocked" })
    );
    let geo = json!({ "properties": { "redundancySettings": { "standardTierStorageRedundancy": "GeoRedundant", "crossRegionRestore": "Enabled" } } });
    azure.call(Method::PATCH, &at("", NEW), Some(geo)).await?.expect(200)?;
    assert_eq!(
        azure.put(&storage, local).await?.expect(400)?.code(),
        "BMSUserErrorRedundancySettingsUseVaultApi"
    );
    assert_eq!(azure.get(&storage).await?.body["properties"]["crossRegionRestoreFlag"], true);
    Ok(())
}

/// Field: a vault is not made locked, and never unlocked again.
#[tokio::test]
async fn immutability_is_locked_in_two_steps() -> Result<()> {
    let azure = made(NEW).await?;
    let state = |word: &str| json!({ "properties": { "securitySettings": { "immutabilitySettings": { "state": word } } } });
    for (word, status) in [("Locked", 400), ("Unlocked", 200), ("Locked", 200), ("Unlocked", 400)] {
        let answer = azure.call(Method::PATCH, &at("", NEW), Some(state(word))).await?.expect(status)?;
        if status == 400 {
            assert_eq!(answer.code(), "UserErrorUnsupportedVaultImmutabilityStateChange");
        }
    }
    Ok(())
}

/// Official: the headers; field: a read finds nothing although the operation still runs.
#[tokio::test]
async fn a_vault_is_deleted_by_an_operation() -> Result<()> {
    let azure = made(NEW).await?;
    let started = azure.delete(&at("", NEW)).await?.expect(202)?;
    azure.get(&at("", NEW)).await?.expect(404)?;
    let status = started.header("azure-asyncoperation").context("no status")?.to_owned();
    let result = started.header("location").context("no location")?.to_owned();
    assert_eq!(azure.get(&status).await?.body["status"], "InProgress");
    azure.get(&result).await?.expect(202)?;
    azure.running.advance(20.0);
    assert_eq!(azure.get(&status).await?.body["status"], "Succeeded");
    azure.get(&result).await?.expect(200)?;
    azure.delete(&at("", NEW)).await?.expect(204)?;
    Ok(())
}

/// A fault decides how the operation ends: what fails or stalls leaves the vault.
#[tokio::test]
async fn a_deletion_ends_as_a_fault_has_it() -> Result<()> {
    for (fate, seen, left) in [
        (json!({ "fail": "UserErrorX" }), "Failed", 200),
        (json!("stall"), "InProgress", 200),
        (json!("hang"), "InProgress", 404),
        (json!("move"), "Succeeded", 404),
    ] {
        let azure = made(NEW).await?;
        azure.running.fault(json!({ "method": "DELETE", "operation": fate }))?;
        let started = azure.delete(&at("", NEW)).await?.expect(202)?;
        let status = started.header("azure-asyncoperation").context("no status")?.to_owned();
        azure.running.advance(60.0);
        let polled = azure.get(&status).await?.expect(200)?;
        assert_eq!(polled.body["status"], seen, "{fate}");
        if let Some(other) = polled.header("azure-asyncoperation") {
            azure.get(&status).await?.expect(404)?;
            azure.get(other).await?.expect(200)?;
        }
        azure.get(&at("", NEW)).await?.expect(left)?;
    }
    Ok(())
}

/// Recorded: names and headers; documentation: only machines of the vault's subscription and region can be protected by it.
#[tokio::test]
async fn machines_of_the_vaults_own_region_can_be_protected() -> Result<()> {
    let machine = |name: &str| format!("{GROUP}/providers/Microsoft.Compute/virtualMachines/{name}");
    let mut estate = estate();
    estate["resources"] = json!([
        { "id": machine("VM-near"), "location": "westeurope" },
        { "id": machine("vm-far"), "location": "northeurope" },
        { "id": format!("{GROUP}/providers/Microsoft.Compute/disks/d"), "location": "westeurope" },
    ]);
    let azure = Azure::frozen(estate).await?;
    azure.put(&at("", NEW), body(json!({}))).await?.expect(201)?;
    let started =
        azure.post(&at("/backupFabrics/Azure/refreshContainers", NEW), json!({})).await?.expect(202)?;
    let result = started.header("location").context("no location")?.to_owned();
    azure.get(&result).await?.expect(202)?;
    azure.running.advance(60.0);
    azure.get(&result).await?.expect(204)?;
    let items = at("/backupProtectableItems", NEW);
    assert_eq!(azure.get(&items).await?.expect(400)?.code(), "BMSUserErrorInvalidInput");
    let listed = azure.get(&format!("{items}&$filter=backupManagementType%20eq%20'AzureIaasVM'")).await?.body;
    assert_eq!(listed["value"].as_array().map(Vec::len), Some(1), "{listed}");
    assert_eq!(listed["value"][0]["name"], "iaasvmcontainerv2;rg-app;vm-near");
    assert_eq!(listed["value"][0]["properties"]["friendlyName"], "VM-near");
    Ok(())
}

fn policy(days: u64) -> Value {
    let time = "2026-01-24T02:00:00.000Z";
    json!({ "properties": {
        "backupManagementType": "AzureIaasVM", "instantRpRetentionRangeInDays": 2, "timeZone": "UTC", "protectedItemsCount": 7,
        "schedulePolicy": { "schedulePolicyType": "SimpleSchedulePolicy", "scheduleRunFrequency": "Daily", "scheduleRunTimes": [time] },
        "retentionPolicy": { "retentionPolicyType": "LongTermRetentionPolicy", "dailySchedule": {
            "retentionTimes": [time], "retentionDuration": { "count": days, "durationType": "Days" } } },
    } })
}

/// Recorded: notation and count of its own; field: codes and the text, which names no field.
#[tokio::test]
async fn a_policy_is_kept_in_the_services_own_notation() -> Result<()> {
    let azure = made(NEW).await?;
    let path = at("/backupPolicies/nightly", NEW);
    let kept = azure.put(&path, policy(30)).await?.expect(200)?.body;
    assert_eq!(kept["properties"]["schedulePolicy"]["scheduleRunTimes"][0], "2026-01-24T02:00:00Z");
    assert_eq!(kept["properties"]["protectedItemsCount"], 0);
    let refused = azure.put(&path, policy(10_000)).await?.expect(400)?;
    assert_eq!(refused.code(), "BMSUserErrorInvalidPolicyInput");
    let refused = azure.put(&path, policy(2)).await?.expect(400)?;
    assert_eq!(refused.code(), "BMSUserErrorInstantRPRetentionExceedsVaultedRetention");
    let machines = azure
        .get(&format!("{}&$filter=backupManagementType%20eq%20'AzureIaasVM'", at("/backupPolicies", NEW)))
        .await?;
    assert_eq!(machines.body["value"].as_array().map(Vec::len), Some(2), "{}", machines.body);
    azure.delete(&at("/backupPolicies/DefaultPolicy", NEW)).await?.expect(200)?;
    azure.get(&at("/backupPolicies/DefaultPolicy", NEW)).await?.expect(200)?;
    azure.delete(&path).await?.expect(200)?;
    azure.delete(&path).await?.expect(204)?;
    azure.get(&path).await?.expect(404)?;
    Ok(())
}

/// An estate says what there is: who deleted a policy may have made another one of its name.
#[tokio::test]
async fn an_estate_has_other_policies_under_the_names_of_the_first_ones() -> Result<()> {
    let mut estate = estate();
    estate["vaults"] = json!([{ "id": vault(), "location": "westeurope" }]);
    estate["policies"] =
        json!([{ "vault": "rsv1", "name": "HourlyLogBackup", "properties": policy(30)["properties"] }]);
    let azure = Azure::frozen(estate).await?;
    let kept = azure.get(&at("/backupPolicies/HourlyLogBackup", NEW)).await?.expect(200)?.body;
    assert_eq!(kept["properties"]["backupManagementType"], "AzureIaasVM");
    Ok(())
}

#[tokio::test]
async fn an_estate_holds_vaults_of_both_families() -> Result<()> {
    let mut estate = estate();
    let backup = format!("{GROUP}/providers/Microsoft.DataProtection/backupVaults/bv1");
    estate["vaults"] =
        json!([{ "id": vault(), "location": "westeurope" }, { "id": backup, "location": "westeurope" }]);
    estate["policies"] =
        json!([{ "vault": "rsv1", "name": "nightly", "properties": policy(30)["properties"] }]);
    estate["roleAssignments"] = json!([{ "scope": GROUP, "role": "Reader", "principal": "vault:rsv1" }]);
    let azure = Azure::frozen(estate.clone()).await?;
    azure.get(&at("/backupPolicies/nightly", NEW)).await?.expect(200)?;
    let query = json!({ "query": "resources | where type == 'microsoft.recoveryservices/vaults' | project id, location" });
    let rows = azure.post("/providers/Microsoft.ResourceGraph/resources", query).await?.expect(200)?.body;
    assert_eq!(rows["data"][0]["id"], vault());
    estate["vaults"][0]["id"] = json!(format!("{GROUP}/providers/Microsoft.KeyVault/vaults/kv"));
    let refused = Azure::frozen(estate).await.err().context("a key vault is not a backup vault")?.to_string();
    assert!(refused.contains("is not a vault"), "{refused}");
    Ok(())
}
