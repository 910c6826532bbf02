//! Restores of a virtual machine, its files, and the archive.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::{DAY, MACHINE, VAULT, backed_up, estate, item, over, points, properties, protected, protection};
use crate::azure::{Azure, GROUP};

fn staging() -> String {
    format!("{GROUP}/providers/Microsoft.Storage/storageAccounts/staging1")
}

fn network() -> String {
    format!("{GROUP}/providers/Microsoft.Network/virtualNetworks/net1")
}

/// A machine with a point, and what restores need beside it; the id of the point.
async fn prepared(mut world: Value) -> Result<(Azure, String)> {
    for id in [staging(), network()] {
        world["resources"]
            .as_array_mut()
            .unwrap()
            .push(json!({ "id": id, "location": "westeurope", "sku": { "name": "Standard_LRS" } }));
    }
    let azure = protected(world).await?;
    backed_up(&azure).await?;
    let point = points(&azure).await?[0]["name"].as_str().context("no point")?.to_owned();
    let id = format!("{}/recoveryPoints/{point}", item());
    Ok((azure, id))
}

fn request(point: &str, more: Value) -> Value {
    let mut properties = json!({
        "objectType": "IaasVMRestoreRequest",
        "recoveryPointId": point.rsplit('/').next(),
        "recoveryType": "RestoreDisks",
        "sourceResourceId": MACHINE,
        "storageAccountId": staging(),
        "targetResourceGroupId": GROUP,
        "region": "westeurope",
        "originalStorageAccountOption": false,
        "createNewCloudService": false,
        "encryptionDetails": { "encryptionEnabled": false },
    });
    for (name, value) in more.as_object().into_iter().flatten() {
        properties[name] = value.clone();
    }
    json!({ "properties": properties })
}

/// Carries a restore out; the properties of its job.
async fn restored(azure: &Azure, point: &str, more: Value) -> Result<Value> {
    let started = azure.post(&format!("{point}/restore"), request(point, more)).await?.expect(202)?;
    let status = over(azure, &started).await?;
    let job = status["properties"]["jobId"].as_str().context("no job")?.to_owned();
    assert_eq!(status["name"], job, "operation and job of a restore have one name (recorded)");
    azure.running.advance(2000.0);
    Ok(azure.get(&format!("{VAULT}/backupJobs/{job}")).await?.expect(200)?.body["properties"].clone())
}

async fn disks(azure: &Azure) -> Result<Vec<String>> {
    let listed = azure.get(&format!("{GROUP}/providers/Microsoft.Compute/disks")).await?.body;
    Ok(listed["value"]
        .as_array()
        .unwrap()
        .iter()
        .map(|disk| disk["name"].as_str().unwrap().to_owned())
        .collect())
}

fn new_machine() -> Value {
    json!({
        "recoveryType": "AlternateLocation",
        "targetVirtualMachineId": MACHINE.replace("Vm1", "copy"),
        "virtualNetworkId": network(),
        "subnetId": format!("{}/subnets/default", network()),
    })
}

/// Recorded: what the job tells, and that its bag names a template; documentation: the numbers of the disks.
#[tokio::test]
async fn disks_are_restored_with_a_template() -> Result<()> {
    let (azure, point) = prepared(estate()).await?;
    let job = restored(&azure, &point, json!({})).await?;
    assert_eq!((&job["status"], &job["operation"]), (&json!("Completed"), &json!("Restore")));
    let bag = &job["extendedInfo"]["propertyBag"];
    assert_eq!((&bag["Job Type"], &bag["Target VM Name"]), (&json!("Recover disks"), &json!("vmName")));
    assert!(bag["Recovery point time "].is_string(), "the name ends in a blank: {bag}");
    let template = azure.get(bag["Template Blob Uri"].as_str().unwrap()).await?.expect(200)?.body;
    assert!(template["parameters"]["VirtualMachineName"].is_object());
    assert_eq!(disks(&azure).await?.len(), 3);
    assert_eq!(
        properties(&azure).await?["kpisHealths"]["RestoreOperationStatusKPI"]["resourceHealthStatus"],
        "Healthy"
    );

    for (chosen, count) in [(json!([]), 1), (json!([1]), 2)] {
        let (azure, point) = prepared(estate()).await?;
        restored(&azure, &point, json!({ "restoreDiskLunList": chosen })).await?;
        assert_eq!(disks(&azure).await?.len(), count, "{chosen}");
    }
    Ok(())
}

#[tokio::test]
async fn a_restore_whose_point_expires_meanwhile_fails() -> Result<()> {
    let (azure, point) = prepared(estate()).await?;
    let before = disks(&azure).await?;
    let started = azure.post(&format!("{point}/restore"), request(&point, json!({}))).await?.expect(202)?;
    azure.post("/_simulator/points/age", json!({ "point": point })).await?.expect(204)?;
    let status = over(&azure, &started).await?;
    let job = status["properties"]["jobId"].as_str().context("no job")?;
    let job = azure.get(&format!("{VAULT}/backupJobs/{job}")).await?.expect(200)?.body;
    assert_eq!(job["properties"]["status"], "Failed");
    assert_eq!(disks(&azure).await?, before);
    Ok(())
}

/// Official: a new machine, and new disks for the one that is there.
#[tokio::test]
async fn a_machine_is_made_or_gets_new_disks() -> Result<()> {
    let (azure, point) = prepared(estate()).await?;
    restored(&azure, &point, new_machine()).await?;
    let copy = azure.get(&MACHINE.replace("Vm1", "copy")).await?.expect(200)?.body;
    assert_eq!(copy["properties"]["storageProfile"]["dataDisks"].as_array().unwrap().len(), 2);
    let again = restored(&azure, &point, new_machine()).await?;
    assert_eq!(again["status"], "Failed", "the machine is there already");

    let (azure, point) = prepared(estate()).await?;
    restored(&azure, &point, json!({ "recoveryType": "OriginalLocation", "targetResourceGroupId": null }))
        .await?;
    let machine = azure.get(MACHINE).await?.body;
    let name = machine["properties"]["storageProfile"]["osDisk"]["name"].as_str().unwrap();
    assert!(disks(&azure).await?.contains(&name.to_owned()), "{name}");
    Ok(())
}

/// Documentation: with the identity of the vault, which must be there, and without an account of its own.
#[tokio::test]
async fn a_restore_by_the_identity_of_the_vault() -> Result<()> {
    let by_identity = json!({
        "storageAccountId": null,
        "identityInfo": { "isSystemAssignedIdentity": true },
        "identityBasedRestoreDetails": { "targetStorageAccountId": staging() },
    });
    let (azure, point) = prepared(estate()).await?;
    assert_eq!(restored(&azure, &point, by_identity.clone()).await?["status"], "Completed");
    let mut world = estate();
    world["vaults"][0]["identity"] = json!(false);
    let (azure, point) = prepared(world).await?;
    azure.post(&format!("{point}/restore"), request(&point, by_identity)).await?.expect(400)?;
    Ok(())
}

/// Field: that nothing names what is wrong; documentation: what is.
#[tokio::test]
async fn a_wrong_body_is_refused_without_a_name() -> Result<()> {
    let (azure, point) = prepared(estate()).await?;
    for wrong in [
        json!({ "region": "northeurope" }),
        json!({ "storageAccountId": null }),
        json!({ "recoveryPointId": "1" }),
        json!({ "recoveryType": "Elsewhere" }),
        json!({ "recoveryType": "AlternateLocation" }),
        json!({ "sourceResourceId": MACHINE.replace("Vm1", "other") }),
        json!({ "objectType": "IaasVMRestoreWithRehydrationRequest" }),
        json!({ "restoreDiskLunList": "all" }),
    ] {
        let refused =
            azure.post(&format!("{point}/restore"), request(&point, wrong.clone())).await?.expect(400)?;
        assert_eq!(refused.code(), "BMSUserErrorInvalidInput", "{wrong}");
    }
    let job = restored(&azure, &point, json!({ "storageAccountId": staging().replace("staging1", "gone") }))
        .await?;
    assert_eq!(job["errorDetails"][0]["errorTitle"], "UserErrorStorageAccountNotFound");
    Ok(())
}

/// Documentation: a point without some disks gives disks only.
#[tokio::test]
async fn chosen_disks_make_no_machine() -> Result<()> {
    let (azure, _) = prepared(estate()).await?;
    let choice = json!({ "extendedProperties": { "diskExclusionProperties": { "diskLunList": [1], "isInclusionList": false } } });
    let started = azure.put(&item(), protection(choice)).await?.expect(202)?;
    over(&azure, &started).await?;
    backed_up(&azure).await?;
    let point = format!("{}/recoveryPoints/{}", item(), points(&azure).await?[0]["name"].as_str().unwrap());
    azure.post(&format!("{point}/restore"), request(&point, new_machine())).await?.expect(400)?;
    restored(&azure, &point, json!({})).await?;
    assert_eq!(disks(&azure).await?.len(), 2);
    Ok(())
}

/// Official: a check succeeds, and holds what refuses.
#[tokio::test]
async fn a_restore_is_checked_without_being_done() -> Result<()> {
    let (azure, point) = prepared(estate()).await?;
    let check = |more: Value| {
        let restore = request(&point, more)["properties"].clone();
        json!({ "id": point, "properties": { "objectType": "ValidateIaasVMRestoreOperationRequest", "restoreRequest": restore } })
    };
    let fine =
        azure.post(&format!("{VAULT}/backupValidateOperation"), check(json!({}))).await?.expect(200)?.body;
    assert_eq!(fine["validateOperationResponse"]["validationResults"], json!([]));
    let gone = check(json!({ "storageAccountId": staging().replace("staging1", "gone") }));
    let started = azure.post(&format!("{VAULT}/backupTriggerValidateOperation"), gone).await?.expect(202)?;
    let status = over(&azure, &started).await?;
    assert_eq!(status["status"], "Succeeded");
    let results = &status["properties"]["validateOperationResponse"]["validationResults"];
    assert_eq!(results[0]["code"], "UserErrorStorageAccountNotFound");
    assert!(disks(&azure).await?.is_empty());
    Ok(())
}

fn session(point: &str) -> Value {
    json!({ "properties": { "objectType": "IaasVMILRRegistrationRequest", "virtualMachineId": MACHINE,
        "recoveryPointId": point.rsplit('/').next(), "initiatorName": "tester", "renewExistingRegistration": false } })
}

/// Official: provision, scripts, revoke; azure-cli: where the password is; documentation: a session ends after twelve hours.
#[tokio::test]
async fn files_are_reached_by_a_session() -> Result<()> {
    let (azure, point) = prepared(estate()).await?;
    let provision = session(&point);
    let open = async || -> Result<bool> {
        Ok(azure.get(&point).await?.body["properties"]["isInstantIlrSessionActive"] == true)
    };
    azure.post(&format!("{point}/revokeInstantItemRecovery"), json!(null)).await?.expect(400)?;
    let started =
        azure.post(&format!("{point}/provisionInstantItemRecovery"), provision.clone()).await?.expect(202)?;
    let status = over(&azure, &started).await?;
    let scripts = &status["properties"]["recoveryTarget"]["clientScripts"];
    assert_eq!(scripts[0]["osType"], "Linux");
    let suffix = scripts[0]["scriptNameSuffix"].as_str().unwrap().rsplit('_').next().unwrap();
    assert_eq!(suffix.len() - 32, 15, "the password is what follows 32 letters");
    assert!(open().await?);
    azure.post(&format!("{point}/provisionInstantItemRecovery"), provision.clone()).await?.expect(400)?;
    let started =
        azure.post(&format!("{point}/revokeInstantItemRecovery"), json!(null)).await?.expect(202)?;
    over(&azure, &started).await?;
    assert!(!open().await?);

    // Newer versions give the scripts away by a call of their own.
    let started = azure
        .post(&format!("{point}/provisionInstantItemRecovery?api-version=2026-10-01"), provision)
        .await?
        .expect(202)?;
    let name = started.header("azure-asyncoperation").context("no status")?.split(['/', '?']).rev().nth(1);
    let early = json!({ "provisionInstantItemRecoveryOperationId": name });
    let list = format!("{point}/listInstantItemRecoveryOperationResult");
    azure.post(&format!("{list}?api-version=2026-10-01"), early).await?.expect(400)?;
    let status = over(&azure, &started).await?;
    assert!(status["properties"].get("recoveryTarget").is_none());
    let wanted = json!({ "provisionInstantItemRecoveryOperationId": status["name"] });
    azure.post(&format!("{list}?api-version=2024-04-01"), wanted.clone()).await?.expect(404)?;
    let fetched = azure.post(&format!("{list}?api-version=2026-10-01"), wanted).await?.expect(200)?.body;
    assert_eq!(fetched["recoveryTarget"]["clientScripts"][0]["osType"], "Linux");
    assert!(open().await?);
    azure.running.advance(12.5 * 3600.0);
    assert!(!open().await?, "it ends by itself");
    Ok(())
}

/// Scripts are fetched by the name that their operation has by now.
#[tokio::test]
async fn scripts_of_an_operation_that_moves_are_fetched_by_its_new_name() -> Result<()> {
    let (azure, point) = prepared(estate()).await?;
    azure
        .running
        .fault(json!({ "method": "POST", "path": "provisionInstantItemRecovery", "operation": "move" }))?;
    let newer = "api-version=2026-10-01";
    let provision = format!("{point}/provisionInstantItemRecovery?{newer}");
    let started = azure.post(&provision, session(&point)).await?.expect(202)?;
    let url = started.header("azure-asyncoperation").context("no status")?;
    let told = azure.get(url).await?.expect(200)?;
    let status = over(&azure, &told).await?;
    assert_eq!(status["status"], "Succeeded");
    let wanted = json!({ "provisionInstantItemRecoveryOperationId": status["name"] });
    let list = format!("{point}/listInstantItemRecoveryOperationResult?{newer}");
    let fetched = azure.post(&list, wanted).await?.expect(200)?.body;
    assert_eq!(fetched["recoveryTarget"]["clientScripts"][0]["osType"], "Linux");
    Ok(())
}

/// Documentation: what was deleted softly is brought back before it is restored.
#[tokio::test]
async fn a_deleted_machine_is_brought_back_before_it_is_restored() -> Result<()> {
    let (azure, point) = prepared(estate()).await?;
    let started = azure.delete(&item()).await?.expect(202)?;
    over(&azure, &started).await?;
    azure.post(&format!("{point}/restore"), request(&point, json!({}))).await?.expect(400)?;
    let back = json!({ "policyId": "", "protectionState": "ProtectionStopped", "isRehydrate": true });
    let started = azure.put(&item(), protection(back)).await?.expect(202)?;
    over(&azure, &started).await?;
    assert_eq!(restored(&azure, &point, json!({})).await?["status"], "Completed");
    Ok(())
}

fn move_it() -> Value {
    json!({ "objectType": "MoveRPAcrossTiersRequest", "sourceTierType": "HardenedRP", "targetTierType": "ArchivedRP" })
}

/// Backs the machine up for long enough to be worth the archive.
async fn backed_up_for_long(azure: &Azure) -> Result<()> {
    let until = (azure.running.now() + jiff::SignedDuration::from_hours(24 * 400)).to_string();
    let backup = json!({ "properties": { "objectType": "IaasVMBackupRequest", "recoveryPointExpiryTimeInUTC": until } });
    let started = azure.post(&format!("{}/backup", item()), backup).await?.expect(202)?;
    over(azure, &started).await?;
    azure.running.advance(3600.0);
    Ok(())
}

#[tokio::test]
async fn a_point_that_goes_meanwhile_is_not_archived() -> Result<()> {
    let azure = protected(estate()).await?;
    backed_up_for_long(&azure).await?;
    let name = points(&azure).await?[0]["name"].as_str().unwrap().to_owned();
    let point = format!("{}/recoveryPoints/{name}", item());
    let started = azure.post(&format!("{point}/move"), move_it()).await?.expect(202)?;
    let job = over(&azure, &started).await?["properties"]["jobId"].as_str().unwrap().to_owned();
    azure.post("/_simulator/points/age", json!({ "point": point })).await?.expect(204)?;
    azure.running.advance(DAY);
    let job = azure.get(&format!("{VAULT}/backupJobs/{job}")).await?.expect(200)?.body;
    assert_eq!(job["properties"]["status"], "Failed");
    Ok(())
}

/// Official: bodies of the move and of the rehydration; documentation: half a year more to live.
#[tokio::test]
async fn a_point_moves_to_the_archive_and_back() -> Result<()> {
    let (azure, young) = prepared(estate()).await?;
    azure.post(&format!("{young}/move"), move_it()).await?.expect(400)?;
    backed_up_for_long(&azure).await?;
    let recommended =
        json!({ "objectType": "ListRecoveryPointsRecommendedForMoveRequest", "excludedRPList": [] });
    let listed = azure
        .post(&format!("{}/recoveryPointsRecommendedForMove", item()), recommended)
        .await?
        .expect(200)?
        .body;
    let point = format!("{}/recoveryPoints/{}", item(), listed["value"][0]["name"].as_str().unwrap());
    assert_eq!(listed["value"].as_array().unwrap().len(), 1);
    let started = azure.post(&format!("{point}/move"), move_it()).await?.expect(202)?;
    over(&azure, &started).await?;
    azure.running.advance(DAY);
    let tiers = async || -> Result<Value> {
        Ok(azure.get(&point).await?.body["properties"]["recoveryPointTierDetails"].clone())
    };
    assert_eq!(tiers().await?, json!([{ "type": "ArchivedRP", "status": "Valid" }]));
    azure.post(&format!("{point}/restore"), request(&point, json!({}))).await?.expect(400)?;
    let rehydrate = json!({ "objectType": "IaasVMRestoreWithRehydrationRequest",
        "recoveryPointRehydrationInfo": { "rehydrationRetentionDuration": "P15D", "rehydrationPriority": "High" } });
    assert_eq!(restored(&azure, &point, rehydrate).await?["status"], "Completed");
    assert_eq!(tiers().await?[0]["status"], "Rehydrated");
    azure.running.advance(16.0 * DAY);
    assert_eq!(tiers().await?[0]["status"], "Valid");
    Ok(())
}
