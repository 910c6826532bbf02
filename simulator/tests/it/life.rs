//! Protection over weeks: soft-deleted, brought back, purged, broken and repaired, and full vaults.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::azure::{
    Azure, DISK, GROUP, SUBSCRIPTION, VAULT, disk_instance, disk_policy, estate, granted, instance,
};
use crate::restore::{Protected, single_server};

const DAY: f64 = 86_400.0;

/// A protected disk in a vault that keeps what is deleted.
async fn protected(mut world: Value) -> Result<Azure> {
    world["vaults"][0]["softDelete"] = json!("On");
    let azure = Azure::frozen(world).await?;
    azure.put(&instance(), json!({ "properties": disk_instance() })).await?.expect(201)?;
    azure.running.advance(60.0);
    assert_eq!(azure.state(&instance()).await?, "ProtectionConfigured");
    Ok(azure)
}

fn deleted() -> String {
    format!("{VAULT}/deletedBackupInstances/d1")
}

#[tokio::test]
async fn a_soft_deleted_instance_is_undeleted_and_resumed() -> Result<()> {
    let azure = protected(granted()).await?;
    let started = azure.delete(&instance()).await?.expect(202)?;
    assert_eq!(azure.ended(&started).await?["status"], "Succeeded");
    azure.get(&instance()).await?.expect(404)?;
    let refused = azure.put(&instance(), json!({ "properties": disk_instance() })).await?.expect(400)?;
    assert_eq!(refused.code(), "UserErrorDppDatasourceAlreadyHasBackupInstance");
    azure.running.advance(13.0 * DAY);
    azure.post(&format!("{}/undelete", deleted()), Value::Null).await?.expect(200)?;
    assert_eq!(azure.state(&instance()).await?, "ProtectionStopped");
    azure.running.advance(30.0 * DAY);
    assert_eq!(azure.state(&instance()).await?, "ProtectionStopped", "it is not purged any more");
    let started = azure.post(&format!("{}/resumeProtection", instance()), Value::Null).await?.expect(202)?;
    azure.ended(&started).await?;
    assert_eq!(azure.state(&instance()).await?, "ProtectionConfigured");
    Ok(())
}

#[tokio::test]
async fn after_its_days_a_soft_deleted_instance_is_purged() -> Result<()> {
    let azure = protected(granted()).await?;
    let started = azure.delete(&instance()).await?.expect(202)?;
    azure.ended(&started).await?;
    azure.running.advance(13.9 * DAY);
    azure.get(&deleted()).await?.expect(200)?;
    azure.running.advance(0.2 * DAY);
    azure.get(&deleted()).await?.expect(404)?;
    azure.put(&instance(), json!({ "properties": disk_instance() })).await?.expect(201)?;
    Ok(())
}

#[tokio::test]
async fn protection_breaks_some_time_after_a_role_was_taken_away_and_can_be_repaired() -> Result<()> {
    let azure = protected(granted()).await?;
    let listed = azure.get(&format!("{DISK}/providers/Microsoft.Authorization/roleAssignments")).await?.body;
    let assignment = listed["value"][0]["id"].as_str().context("no assignment")?.to_owned();
    azure.delete(&assignment).await?.expect(200)?;
    azure.running.advance(3000.0);
    assert_eq!(azure.state(&instance()).await?, "ProtectionConfigured", "nobody has noticed yet");
    azure.running.advance(700.0);
    let broken = azure.get(&instance()).await?.body;
    assert_eq!(broken["properties"]["currentProtectionState"], "ProtectionError");
    assert_eq!(broken["properties"]["protectionErrorDetails"]["code"], "UserErrorMissingRequiredPermissions");
    let again = format!(
        "{DISK}/providers/Microsoft.Authorization/roleAssignments/00000000-0000-4000-8000-000000000001"
    );
    let principal = azure.get(VAULT).await?.body["identity"]["principalId"].clone();
    let body = json!({ "properties": { "principalId": principal, "principalType": "ServicePrincipal",
        "roleDefinitionId": "/providers/Microsoft.Authorization/roleDefinitions/3e5e47e6-65f7-47ef-90b5-e5dd4d455f24" } });
    azure.put(&again, body).await?.expect(201)?;
    azure.running.advance(120.0);
    let started =
        azure.post(&format!("{}/sync", instance()), json!({ "syncType": "Default" })).await?.expect(202)?;
    azure.ended(&started).await?;
    assert_eq!(azure.state(&instance()).await?, "ProtectionConfigured");
    Ok(())
}

#[tokio::test]
async fn protection_breaks_on_demand() -> Result<()> {
    let azure = protected(granted()).await?;
    let wanted = json!({ "instance": instance(), "code": "UserErrorSomething" });
    azure.post("/_simulator/instances/break", wanted).await?.expect(204)?;
    let broken = azure.get(&instance()).await?.body;
    assert_eq!(broken["properties"]["protectionErrorDetails"]["code"], "UserErrorSomething");
    let nowhere = json!({ "instance": format!("{VAULT}/backupInstances/none"), "code": "X" });
    azure.post("/_simulator/instances/break", nowhere).await?.expect(400)?;
    Ok(())
}

#[tokio::test]
async fn a_full_vault_takes_no_more() -> Result<()> {
    let mut world = estate();
    world["instanceLimit"] = json!(1);
    world["policyLimit"] = json!(2);
    world["resources"] = json!([
        { "id": DISK, "location": "westeurope" },
        { "id": DISK.replace("/d1", "/d2"), "location": "westeurope" },
    ]);
    let azure = Azure::frozen(world).await?;
    azure.put(&instance(), json!({ "properties": disk_instance() })).await?.expect(201)?;
    let mut second = disk_instance();
    second["dataSourceInfo"]["resourceID"] = json!(DISK.replace("/d1", "/d2"));
    let path = format!("{VAULT}/backupInstances/d2");
    let refused = azure.put(&path, json!({ "properties": second })).await?.expect(400)?;
    assert_eq!(refused.code(), "UserErrorMaxBackupInstancesReached");
    for (name, status) in [("second", 200), ("third", 400), ("disks", 200)] {
        let body = json!({ "properties": disk_policy() });
        azure.put(&format!("{VAULT}/backupPolicies/{name}"), body).await?.expect(status)?;
    }
    Ok(())
}

#[tokio::test]
async fn what_is_fixed_about_an_instance_stays() -> Result<()> {
    let mut world = granted();
    world["resourceGroups"] = json!([
        { "id": GROUP, "location": "westeurope" },
        { "id": GROUP.replace("rg-app", "rg-snaps"), "location": "westeurope" },
    ]);
    let azure = protected(world).await?;
    let mut moved = disk_instance();
    moved["policyInfo"]["policyParameters"]["dataStoreParametersList"][0]["resourceGroupId"] =
        json!(GROUP.replace("rg-app", "rg-snaps"));
    let refused = azure.put(&instance(), json!({ "properties": moved })).await?.expect(400)?;
    assert!(refused.body.to_string().contains("snapshot resource group"), "{refused:?}");
    let request = json!({ "backupInstance": moved });
    let path = format!("{}/validateForModifyBackup?api-version=2025-01-01", instance());
    azure.post(&path, request).await?.expect(400)?;
    Ok(())
}

async fn made_immutable(azure: &Azure) -> Result<()> {
    let unlocked =
        json!({ "properties": { "securitySettings": { "immutabilitySettings": { "state": "Unlocked" } } } });
    azure.call(reqwest::Method::PATCH, VAULT, Some(unlocked)).await?.expect(200)?;
    Ok(())
}

/// Official: recovery points are not deleted "before their respective expiry dates". The last of a stopped instance
/// outlives its own.
#[tokio::test]
async fn an_immutable_vault_keeps_the_recovery_points_in_it_to_their_end() -> Result<()> {
    let (estate, properties, _) = single_server();
    let shop = Protected::new(estate, properties, Some("Backup")).await?;
    made_immutable(&shop.azure).await?;
    let refused = shop.azure.delete(&shop.path).await?.expect(400)?;
    assert_eq!(refused.code(), "UserErrorOperationNotAllowedOnImmutableVault");
    let stop = format!("{}/stopProtection", shop.path);
    let started = shop.azure.post(&stop, json!({})).await?.expect(202)?;
    shop.azure.ended(&started).await?;
    shop.azure.delete(&shop.path).await?.expect(400)?;
    let point = format!("{}/recoveryPoints/{}", shop.path, shop.point);
    shop.azure.post("/_simulator/points/age", json!({ "point": point })).await?.expect(204)?;
    shop.azure.get(&point).await?.expect(200)?;
    shop.azure.delete(&shop.path).await?.expect(202)?;
    Ok(())
}

/// Official: operational backups are not immutable.
#[tokio::test]
async fn what_lies_beside_the_resource_is_deleted_in_an_immutable_vault() -> Result<()> {
    let azure = protected(granted()).await?;
    let backup = json!({ "backupRuleOptions": { "ruleName": "BackupDaily", "triggerOption": {} } });
    azure.post(&format!("{}/backup", instance()), backup).await?.expect(202)?;
    azure.running.advance(600.0);
    let points = azure.get(&format!("{}/recoveryPoints", instance())).await?.expect(200)?.body;
    assert_eq!(points["value"].as_array().map(Vec::len), Some(1));
    made_immutable(&azure).await?;
    let started = azure.delete(&instance()).await?.expect(202)?;
    assert_eq!(azure.ended(&started).await?["status"], "Succeeded");
    azure.get(&instance()).await?.expect(404)?;
    Ok(())
}

/// Official: operational backups are not immutable.
#[tokio::test]
async fn what_lies_beside_the_resource_may_be_kept_shorter_in_an_immutable_vault() -> Result<()> {
    let mut world = granted();
    world["vaults"][0]["immutability"] = json!("Unlocked");
    let mut short = disk_policy();
    short["policyRules"][1]["lifecycles"][0]["deleteAfter"]["duration"] = json!("P3D");
    world["policies"] = json!([
        { "vault": "bv1", "name": "disks", "properties": disk_policy() },
        { "vault": "bv1", "name": "short", "properties": short },
    ]);
    let azure = protected(world).await?;
    let mut moved = disk_instance();
    moved["policyInfo"]["policyId"] = json!(format!("{VAULT}/backupPolicies/short"));
    azure.put(&instance(), json!({ "properties": moved })).await?.expect(201)?;
    Ok(())
}

#[tokio::test]
async fn a_deleted_vault_is_listed_and_comes_back_with_everything_in_it() -> Result<()> {
    let azure = protected(granted()).await?;
    let newest = |path: &str| format!("{path}?api-version=2025-09-01");
    azure.delete(&newest(VAULT)).await?.expect(400)?;
    azure.delete(&newest(&instance())).await?.expect(202)?;
    azure.running.advance(60.0);
    azure.delete(&newest(VAULT)).await?.expect(202)?;
    azure.running.advance(60.0);
    azure.get(VAULT).await?.expect(404)?;
    let list = newest(&format!(
        "/subscriptions/{SUBSCRIPTION}/providers/Microsoft.DataProtection/locations/westeurope/deletedVaults"
    ));
    let listed = azure.get(&list).await?.expect(200)?.body;
    let found = &listed["value"][0];
    assert_eq!(found["properties"]["originalBackupVaultId"], VAULT);
    let url = format!("{}{}", azure.running.http_url, newest(VAULT));
    let body = json!({ "location": "westeurope", "properties": { "storageSettings": [{ "datastoreType": "VaultStore", "type": "LocallyRedundant" }] } });
    let restored = reqwest::Client::new()
        .put(url)
        .bearer_auth("x")
        .header(
            "x-ms-deleted-vault-id",
            found["id"].as_str().context("no id")?.replace("deletedBackupVaults", "deletedVaults"),
        )
        .json(&body)
        .send()
        .await?;
    assert_eq!(restored.status(), 201);
    azure.running.advance(60.0);
    assert_eq!(azure.get(VAULT).await?.body["properties"]["provisioningState"], "Succeeded");
    azure.get(&deleted()).await?.expect(200)?;
    assert_eq!(azure.get(&list).await?.body["value"], json!([]));
    Ok(())
}

#[tokio::test]
async fn backups_run_by_schedule_where_that_is_asked_for() -> Result<()> {
    let mut world = granted();
    world["scheduledBackups"] = json!(true);
    let azure = protected(world).await?;
    azure.running.advance(30.0 * DAY);
    let points = azure.get(&format!("{}/recoveryPoints", instance())).await?.body;
    assert_eq!(points["value"].as_array().map(Vec::len), Some(7), "a point a day, each kept for a week");
    assert_eq!(points["value"][0]["properties"]["retentionTagName"], "Default");
    let jobs = azure.get(&format!("{VAULT}/backupJobs")).await?.body;
    assert_eq!(jobs["value"].as_array().map(Vec::len), Some(30));
    assert_eq!(jobs["value"][0]["properties"]["isUserTriggered"], false);
    azure.post(&format!("{}/suspendBackups", instance()), json!({})).await?.expect(202)?;
    azure.running.advance(30.0 * DAY);
    let points = azure.get(&format!("{}/recoveryPoints", instance())).await?.body;
    assert_eq!(points["value"].as_array().map(Vec::len), Some(1), "all expire but the last");
    azure.post(&format!("{}/resumeBackups", instance()), Value::Null).await?.expect(202)?;
    azure.running.advance(3.0 * DAY);
    let points = azure.get(&format!("{}/recoveryPoints", instance())).await?.body;
    assert!(points["value"].as_array().is_some_and(|points| points.len() >= 3), "{points}");
    Ok(())
}

/// Official: of what is stopped, "data will be held forever"; resumed, it follows its policy again.
#[tokio::test]
async fn what_is_stopped_keeps_its_points_until_it_is_resumed() -> Result<()> {
    let mut world = granted();
    world["scheduledBackups"] = json!(true);
    let azure = protected(world).await?;
    azure.running.advance(30.0 * DAY);
    let count = async || -> Result<Option<usize>> {
        let points = azure.get(&format!("{}/recoveryPoints", instance())).await?.body;
        Ok(points["value"].as_array().map(Vec::len))
    };
    azure.post(&format!("{}/stopProtection", instance()), json!({})).await?.expect(202)?;
    azure.running.advance(60.0);
    let stopped = count().await?;
    assert!(stopped > Some(1), "{stopped:?}");
    azure.running.advance(30.0 * DAY);
    assert_eq!(count().await?, stopped);
    azure.post(&format!("{}/resumeProtection", instance()), Value::Null).await?.expect(202)?;
    azure.running.advance(60.0);
    assert!(count().await? < stopped);
    Ok(())
}

#[tokio::test]
async fn ten_backups_a_day_may_be_asked_for() -> Result<()> {
    let azure = protected(granted()).await?;
    let backup = json!({ "backupRuleOptions": { "ruleName": "BackupDaily", "triggerOption": {} } });
    let path = format!("{}/backup", instance());
    for _ in 0..10 {
        azure.post(&path, backup.clone()).await?.expect(202)?;
        azure.running.advance(600.0);
    }
    let refused = azure.post(&path, backup.clone()).await?.expect(400)?;
    assert_eq!(refused.code(), "UserErrorBackupRequestThrottled");
    azure.running.advance(DAY);
    azure.post(&path, backup).await?.expect(202)?;
    Ok(())
}

#[tokio::test]
async fn ids_may_come_back_in_another_spelling() -> Result<()> {
    let mut world = granted();
    world["oddCasing"] = json!(true);
    let azure = protected(world).await?;
    let (mut spellings, usual) = (std::collections::BTreeSet::new(), instance());
    for _ in 0..20 {
        let id = azure.get(&usual).await?.body["id"].as_str().context("no id")?.to_owned();
        assert!(id.eq_ignore_ascii_case(&usual), "{id}");
        azure.get(&id).await?.expect(200)?;
        spellings.insert(id);
    }
    assert!(spellings.len() > 2, "{spellings:?}");
    Ok(())
}
