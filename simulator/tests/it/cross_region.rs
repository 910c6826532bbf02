//! Restore in the other region of a vault's pair.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::azure::{Answer, GROUP, SUBSCRIPTION, VAULT};
use crate::graph;
use crate::restore::{HOUR, Protected, secret, single_server, to_resource};
use crate::workloads::{STORE_VAULT, role};

/// Both URLs lie below the paired region, outside any group, as recorded.
fn in_paired_region(started: &Answer) {
    let below =
        format!("/subscriptions/{SUBSCRIPTION}/providers/Microsoft.DataProtection/locations/northeurope/");
    for (header, noun) in [("azure-asyncoperation", "operationStatus/"), ("location", "operationResults/")] {
        let url = started.header(header).unwrap();
        assert!(url.contains(&format!("{below}{noun}")), "{header}: {url}");
    }
}

/// A database whose vault is replicated: the estate, the instance, its server, and a server in the other region.
fn replicated() -> (Value, Value, String, String) {
    let (mut estate, properties, server) = single_server();
    estate["vaults"][0]["redundancy"] = json!("GeoRedundant");
    estate["vaults"][0]["crossRegionRestore"] = json!(true);
    let far = server.replace("pg1", "pg-far");
    estate["resources"].as_array_mut().unwrap().push(json!({ "id": far, "location": "northeurope" }));
    estate["roleAssignments"].as_array_mut().unwrap().push(role(&far, "Reader"));
    (estate, properties, server, far)
}

fn region(location: &str, action: &str) -> String {
    format!("{GROUP}/providers/Microsoft.DataProtection/locations/{location}/{action}")
}

fn source(shop: &Protected) -> Value {
    json!({ "sourceRegion": "West Europe", "sourceBackupInstanceId": shop.path })
}

/// The body that restores the database to the server `far`.
fn restore_to(shop: &Protected, far: &str) -> Value {
    let mut target = to_resource(&format!("{far}/databases/shop"), Value::Null);
    target["datasourceAuthCredentials"] = secret();
    target["restoreLocation"] = json!("northeurope");
    json!({ "restoreRequestObject": shop.request(STORE_VAULT, target), "crossRegionRestoreDetails": source(shop) })
}

#[tokio::test]
async fn a_guarded_vault_is_restored_there_with_the_guards_request() -> Result<()> {
    let (estate, properties, _, far) = replicated();
    let shop = Protected::new(estate, properties, Some("Backup")).await?;
    shop.azure.running.advance(13.0 * HOUR);
    let guard = format!("{GROUP}/providers/Microsoft.DataProtection/resourceGuards/guard");
    shop.azure.put(&guard, json!({ "location": "westeurope" })).await?.expect(200)?;
    let tie = json!({ "properties": { "resourceGuardResourceId": guard } });
    let proxy = format!("{VAULT}/backupResourceGuardProxies/DppResourceGuardProxy");
    shop.azure.put(&proxy, tie).await?.expect(200)?;
    let mut request = restore_to(&shop, &far);
    let validate = region("northeurope", "validateCrossRegionRestore");
    shop.azure.post(&validate, request.clone()).await?.expect(202)?;
    let restore = region("northeurope", "crossRegionRestore");
    let refused = shop.azure.post(&restore, request.clone()).await?.expect(403)?;
    assert_eq!(refused.code(), "UserErrorResourceGuardOperationRequestMissing");
    request["restoreRequestObject"]["resourceGuardOperationRequests"] =
        json!([format!("{guard}/dppTriggerRestoreRequests/default")]);
    shop.azure.post(&restore, request).await?.expect(202)?;
    Ok(())
}

#[tokio::test]
async fn the_other_region_restores_what_has_arrived_there() -> Result<()> {
    let (mut estate, properties, server, far) = replicated();
    estate["pairedJobLagSeconds"] = json!(300.0);
    let shop = Protected::new(estate, properties, Some("Backup")).await?;
    let source = source(&shop);
    let arrived = async || -> Result<Option<usize>> {
        let path = region("northeurope", "fetchSecondaryRecoveryPoints");
        Ok(shop.azure.post(&path, source.clone()).await?.expect(200)?.body["value"].as_array().map(Vec::len))
    };
    assert_eq!(arrived().await?, Some(0));
    let request = restore_to(&shop, &far);
    let early =
        shop.azure.post(&region("northeurope", "crossRegionRestore"), request.clone()).await?.expect(400)?;
    assert_eq!(early.code(), "UserErrorRestorePointNotFound");
    shop.azure.running.advance(13.0 * HOUR);
    assert_eq!(arrived().await?, Some(1));
    shop.azure.post(&region("eastus", "crossRegionRestore"), request.clone()).await?.expect(400)?;
    let checked = shop
        .azure
        .post(&region("northeurope", "validateCrossRegionRestore"), request.clone())
        .await?
        .expect(202)?;
    in_paired_region(&checked);
    assert_eq!(shop.azure.ended(&checked).await?["status"], "Succeeded");
    let mut near = request.clone();
    near["restoreRequestObject"]["restoreTargetInfo"]["datasourceInfo"]["resourceID"] =
        json!(format!("{server}/databases/x"));
    let checked =
        shop.azure.post(&region("northeurope", "validateCrossRegionRestore"), near).await?.expect(202)?;
    assert_eq!(
        shop.azure.ended(&checked).await?["error"]["code"],
        "UserErrorDatasourceAndBackupVaultLocationMismatch"
    );
    let restoring =
        shop.azure.post(&region("northeurope", "crossRegionRestore"), request).await?.expect(202)?;
    in_paired_region(&restoring);
    let named = shop.azure.ended(&restoring).await?["properties"]["jobId"].clone();
    assert!(named.as_str().is_some_and(|name| uuid::Uuid::parse_str(name).is_ok()), "{named}");
    let result = shop.azure.get(restoring.header("location").context("no location")?).await?.expect(200)?;
    assert_eq!(result.body["jobId"], named);
    let of_vault = json!({ "sourceRegion": "westeurope", "sourceBackupVaultId": VAULT });
    let mut one = of_vault.clone();
    one["jobId"] = named.clone();
    let listed =
        shop.azure.post(&region("northeurope", "fetchCrossRegionRestoreJobs"), of_vault.clone()).await?;
    assert_eq!(listed.body["value"], json!([]), "not yet");
    shop.azure.post(&region("northeurope", "fetchCrossRegionRestoreJob"), one.clone()).await?.expect(404)?;
    shop.azure.running.advance(600.0);
    let jobs = shop
        .azure
        .post(&region("northeurope", "fetchCrossRegionRestoreJobs"), of_vault)
        .await?
        .expect(200)?
        .body;
    assert_eq!(jobs["value"][0]["properties"]["operationCategory"], "CrossRegionRestore");
    assert_eq!(jobs["value"][0]["name"], named);
    let job =
        shop.azure.post(&region("northeurope", "fetchCrossRegionRestoreJob"), one).await?.expect(200)?.body;
    assert_eq!(job["properties"]["status"], "Completed");
    let own = shop.azure.get(&format!("{VAULT}/backupJobs")).await?.body;
    assert_eq!(own["value"].as_array().map(Vec::len), Some(1), "the vault's own list has the backup alone");
    shop.azure.running.advance(600.0);
    let query = "RecoveryServicesResources | where type =~ 'microsoft.dataprotection/backupvaults/backupjobs' | order by id asc";
    assert_eq!(graph::names(&shop.azure, query).await?.len(), 1, "and so has the index");
    Ok(())
}

#[tokio::test]
async fn long_lists_of_the_other_region_come_in_pages_that_are_asked_for_with_the_same_body() -> Result<()> {
    let (estate, properties, _, far) = replicated();
    let shop = Protected::new(estate, properties, Some("Backup")).await?;
    shop.azure.running.advance(13.0 * HOUR);
    let mut request = restore_to(&shop, &far);
    let restore = region("northeurope", "crossRegionRestore");
    for n in 0..201 {
        request["restoreRequestObject"]["restoreTargetInfo"]["datasourceInfo"]["resourceID"] =
            json!(format!("{far}/databases/shop{n}"));
        shop.azure.post(&restore, request.clone()).await?.expect(202)?;
        // Calls are counted by the clock.
        shop.azure.running.advance(1.0);
    }
    let of_vault = json!({ "sourceRegion": "westeurope", "sourceBackupVaultId": VAULT });
    let jobs = region("northeurope", "fetchCrossRegionRestoreJobs");
    let first = shop.azure.post(&jobs, of_vault.clone()).await?.expect(200)?.body;
    assert_eq!(first["value"].as_array().map(Vec::len), Some(200));
    let next = first["nextLink"].as_str().context("no link")?;
    let last = shop.azure.post(next, of_vault).await?.expect(200)?.body;
    assert_eq!(last["value"].as_array().map(Vec::len), Some(1));
    assert!(last.get("nextLink").is_none());
    Ok(())
}
