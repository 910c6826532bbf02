//! Restores in the paired region. Official: the calls, the token and the names of operations; field: the refusal where they are not
//! enabled; azure-cli: that a job is not found at first.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::{MACHINE, VAULT, backed_up, estate, item, over, points, protected};
use crate::azure::{Azure, GROUP, SUBSCRIPTION};
use crate::graph;

const PASSIVE: &str = "api-version=2021-11-15";

fn there(noun: &str) -> String {
    format!(
        "/subscriptions/{SUBSCRIPTION}/providers/Microsoft.RecoveryServices/locations/northeurope/{noun}?{PASSIVE}"
    )
}

fn enabled() -> Value {
    let mut world = estate();
    world["vaults"][0]["redundancy"] = json!("GeoRedundant");
    world["vaults"][0]["crossRegionRestore"] = json!(true);
    let staging = format!("{GROUP}/providers/Microsoft.Storage/storageAccounts/abroad");
    world["resources"].as_array_mut().unwrap().push(json!({ "id": staging, "location": "northeurope" }));
    world
}

async fn token(azure: &Azure, point: &str) -> Result<Value> {
    let aad = azure.get(&there("backupAadProperties")).await?.expect(200)?.body;
    let asked = json!({ "properties": aad["properties"] });
    let answer = azure
        .post(&format!("{}/recoveryPoints/{point}/accessToken?{PASSIVE}", item()), asked)
        .await?
        .expect(200)?
        .body;
    Ok(answer["properties"].clone())
}

fn restore(point: &str, access: &Value) -> Value {
    json!({ "crossRegionRestoreAccessDetails": access, "restoreRequest": {
        "objectType": "IaasVMRestoreRequest", "recoveryPointId": point, "recoveryType": "RestoreDisks", "sourceResourceId": MACHINE,
        "storageAccountId": format!("{GROUP}/providers/Microsoft.Storage/storageAccounts/abroad"), "targetResourceGroupId": GROUP,
        "region": "northeurope", "encryptionDetails": { "encryptionEnabled": false } } })
}

#[tokio::test]
async fn a_machine_is_restored_in_the_paired_region() -> Result<()> {
    let azure = protected(enabled()).await?;
    backed_up(&azure).await?;
    let listed = azure.get(&format!("{}/recoveryPoints/?{PASSIVE}", item())).await?.expect(200)?.body;
    let tiers = &listed["value"][0]["properties"]["recoveryPointTierDetails"];
    assert_eq!(*tiers, json!([{ "type": "HardenedRP", "status": "Valid" }]), "there are no snapshots");
    let point = listed["value"][0]["name"].as_str().context("no point")?.to_owned();
    let access = token(&azure, &point).await?;
    assert!(access["recoveryPointTime"].as_str().unwrap().ends_with('M'), "{access}");
    let forged = restore(&point, &json!({ "objectType": "CrrAccessToken", "accessTokenString": "forged" }));
    azure.post(&there("backupCrossRegionRestore"), forged).await?.expect(400)?;

    let started =
        azure.post(&there("backupCrossRegionRestore"), restore(&point, &access)).await?.expect(202)?;
    let status = started.header("azure-asyncoperation").context("no status")?.to_owned();
    assert!(status.contains("/backupCrrOperationsStatus/") && status.contains("==?"), "{status}");
    azure.running.advance(5.0);
    assert_eq!(azure.get(&status).await?.expect(200)?.body["status"], "InProgress");
    azure.running.advance(30.0);
    let ended = azure.get(&status).await?.expect(200)?.body;
    let job = json!({ "resourceId": VAULT, "jobName": ended["properties"]["jobId"] });
    let shown = azure.post(&there("backupCrrJob"), job.clone()).await?.expect(200)?.body;
    assert_eq!(shown["properties"]["operation"], "CrossRegionRestore");
    azure.running.advance(2000.0);
    let shown = azure.post(&there("backupCrrJob"), job).await?.expect(200)?.body;
    assert_eq!(shown["properties"]["status"], "Completed");
    let at_home = azure.get(&format!("{VAULT}/backupJobs")).await?.body;
    assert!(
        at_home["value"]
            .as_array()
            .unwrap()
            .iter()
            .all(|job| job["properties"]["operation"] != "CrossRegionRestore")
    );
    azure.running.advance(600.0);
    let query = "RecoveryServicesResources | where type =~ 'microsoft.recoveryservices/vaults/backupjobs' | order by id asc";
    let named = shown["name"].as_str().unwrap_or_default().to_owned();
    assert!(
        !graph::names(&azure, query).await?.contains(&named),
        "the index has it as little as the vault's list"
    );
    let disks = azure.get(&format!("{GROUP}/providers/Microsoft.Compute/disks")).await?.body;
    assert_eq!(disks["value"][0]["location"], "northeurope");
    Ok(())
}

#[tokio::test]
async fn a_restore_that_stalls_there_leaves_nothing() -> Result<()> {
    let azure = protected(enabled()).await?;
    backed_up(&azure).await?;
    let point = points(&azure).await?[0]["name"].as_str().context("no point")?.to_owned();
    let access = token(&azure, &point).await?;
    let fault = json!({ "method": "POST", "path": "backupCrossRegionRestore", "operation": "stall" });
    azure.running.fault(fault)?;
    let started =
        azure.post(&there("backupCrossRegionRestore"), restore(&point, &access)).await?.expect(202)?;
    azure.running.advance(3000.0);
    let status = started.header("azure-asyncoperation").context("no status")?;
    assert_eq!(azure.get(status).await?.expect(200)?.body["status"], "InProgress");
    let disks = azure.get(&format!("{GROUP}/providers/Microsoft.Compute/disks")).await?.body;
    let is_there = |disk: &Value| disk["location"] == "northeurope";
    assert!(!disks["value"].as_array().context("no list")?.iter().any(is_there), "{disks}");
    Ok(())
}

/// Documentation: the paired region has what the vault has; of what is a snapshot alone, nothing.
#[tokio::test]
async fn a_snapshot_is_not_restored_there() -> Result<()> {
    let azure = protected(enabled()).await?;
    let backup = json!({ "properties": { "objectType": "IaasVMBackupRequest" } });
    let started = azure.post(&format!("{}/backup", item()), backup).await?.expect(202)?;
    over(&azure, &started).await?;
    azure.running.advance(300.0);
    let point = points(&azure).await?[0]["name"].as_str().context("no point")?.to_owned();
    let access = token(&azure, &point).await?;
    azure.post(&there("backupCrossRegionRestore"), restore(&point, &access)).await?.expect(400)?;
    Ok(())
}

/// azure-cli and the specifications: the paired region has an interface with api-versions of its own.
#[tokio::test]
async fn it_is_asked_by_versions_of_its_own() -> Result<()> {
    let azure = protected(enabled()).await?;
    backed_up(&azure).await?;
    let point = points(&azure).await?[0]["name"].as_str().context("no point")?.to_owned();
    let asked = json!({ "properties": { "servicePrincipalObjectId": "x" } });
    let token = format!("{}/recoveryPoints/{point}/accessToken?", item());
    azure.post(&format!("{token}{PASSIVE}"), asked.clone()).await?.expect(200)?;
    let other = "api-version=2024-04-01";
    let refused = azure.post(&format!("{token}{other}"), asked).await?.expect(400)?;
    assert_eq!(refused.code(), "NoRegisteredProviderFound");
    let refused = azure.get(&there("backupAadProperties").replace(PASSIVE, other)).await?.expect(400)?;
    assert_eq!(refused.code(), "NoRegisteredProviderFound");
    Ok(())
}

#[tokio::test]
async fn it_must_be_enabled_in_the_vault() -> Result<()> {
    let azure = protected(estate()).await?;
    backed_up(&azure).await?;
    let code = "BMSUserErrorCrossRegionRestoreNotEnabledInThisVault";
    let refused = azure.get(&format!("{}/recoveryPoints/?{PASSIVE}", item())).await?.expect(400)?;
    assert_eq!(refused.code(), code);
    let point = points(&azure).await?[0]["name"].as_str().context("no point")?.to_owned();
    let asked = json!({ "properties": { "servicePrincipalObjectId": "x" } });
    let refused = azure
        .post(&format!("{}/recoveryPoints/{point}/accessToken?{PASSIVE}", item()), asked)
        .await?
        .expect(400)?;
    assert_eq!(refused.code(), code);
    Ok(())
}
