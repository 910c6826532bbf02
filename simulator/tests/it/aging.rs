//! Recovery points that grow old: expired, archived, and brought back for a while.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::azure::{DISK, GROUP, disk_instance};
use crate::restore::{HOUR, Protected, restorable_disk, secret, single_server, to_resource};

#[tokio::test]
async fn recovery_points_expire_with_their_snapshots() -> Result<()> {
    let disk = Protected::new(restorable_disk(), disk_instance(), Some("BackupDaily")).await?;
    let snapshots = format!("{GROUP}/providers/Microsoft.Compute/snapshots");
    let count = async |path: &str| -> Result<Option<usize>> {
        Ok(disk.azure.get(path).await?.body["value"].as_array().map(Vec::len))
    };
    let points = format!("{}/recoveryPoints", disk.path);
    disk.azure.running.advance(6.0 * 24.0 * HOUR);
    assert_eq!((count(&points).await?, count(&snapshots).await?), (Some(1), Some(1)));
    disk.azure.running.advance(25.0 * HOUR);
    assert_eq!((count(&points).await?, count(&snapshots).await?), (Some(0), Some(0)));
    let request = disk.request("OperationalStore", to_resource(&DISK.replace("/d1", "/d9"), Value::Null));
    assert_eq!(disk.verdict(&request).await?, "UserErrorRestorePointNotFoundInBackupVault");
    Ok(())
}

#[tokio::test]
async fn an_archived_point_is_rehydrated_first() -> Result<()> {
    let (estate, properties, server) = single_server();
    let shop = Protected::new(estate, properties, Some("Backup")).await?;
    let mut target = to_resource(&format!("{server}/databases/shop2"), Value::Null);
    target["datasourceAuthCredentials"] = secret();
    let request = shop.request("ArchiveStore", target);
    let point = format!("{}/recoveryPoints/{}", shop.path, shop.point);
    let rehydrate = |days: u8| json!({ "recoveryPointId": shop.point, "rehydrationPriority": "High", "rehydrationRetentionDuration": format!("P{days}D") });
    let path = format!("{}/rehydrate", shop.path);
    shop.azure.post(&path, rehydrate(15)).await?.expect(400)?;
    shop.azure
        .post("/_simulator/points/age", json!({ "point": point, "archive": true }))
        .await?
        .expect(204)?;
    assert_eq!(shop.verdict(&request).await?, "UserErrorArchivedRecoveryPointsRequestedForRestore");
    shop.azure.post(&path, rehydrate(9)).await?.expect(400)?;
    shop.azure.post(&path, rehydrate(15)).await?.expect(202)?;
    let status = async || -> Result<Value> {
        Ok(shop.azure.get(&point).await?.body["properties"]["recoveryPointDataStoresDetails"][0]["rehydrationStatus"].clone())
    };
    assert_eq!(status().await?, "CREATE_IN_PROGRESS");
    shop.azure.running.advance(1.1 * HOUR);
    assert_eq!(status().await?, "COMPLETED");
    assert_eq!(shop.verdict(&request).await?, "Succeeded");
    shop.azure.running.advance(15.0 * 24.0 * HOUR);
    assert_eq!(status().await?, "DELETED");
    assert_eq!(shop.verdict(&request).await?, "UserErrorArchivedRecoveryPointsRequestedForRestore");
    // Or both in one: the job waits for the rehydration.
    let mut both = request.clone();
    both["objectType"] = json!("AzureBackupRestoreWithRehydrationRequest");
    both["rehydrationPriority"] = json!("Standard");
    both["rehydrationRetentionDuration"] = json!("P10D");
    let started = shop.azure.post(&format!("{}/restore", shop.path), both).await?.expect(202)?;
    let job = shop.azure.ended(&started).await?["properties"]["jobId"].as_str().context("no job")?.to_owned();
    shop.azure.running.advance(14.0 * HOUR);
    assert_eq!(shop.azure.get(&job).await?.body["properties"]["status"], "InProgress");
    shop.azure.running.advance(2.0 * HOUR);
    assert_eq!(shop.azure.get(&job).await?.body["properties"]["status"], "Completed");
    Ok(())
}

#[tokio::test]
async fn a_policy_may_keep_points_in_the_archive_after_their_time_in_the_vault() -> Result<()> {
    let (mut estate, properties, server) = single_server();
    estate["scheduledBackups"] = json!(true);
    let store = |name: &str| json!({ "dataStoreType": name, "objectType": "DataStoreInfoBase" });
    let delete = |after: &str| json!({ "objectType": "AbsoluteDeleteOption", "duration": after });
    estate["policies"][0]["properties"]["policyRules"][1]["lifecycles"] = json!([
        { "sourceDataStore": store("VaultStore"), "deleteAfter": delete("P7D"),
          "targetDataStoreCopySettings": [{ "dataStore": store("ArchiveStore"), "copyAfter": { "objectType": "CopyOnExpiryOption" } }] },
        { "sourceDataStore": store("ArchiveStore"), "deleteAfter": delete("P28D") },
    ]);
    let mut shop = Protected::new(estate, properties, None).await?;
    shop.azure.running.advance(80.0 * 24.0 * HOUR);
    let points = shop.azure.get(&format!("{}/recoveryPoints", shop.path)).await?.body["value"].clone();
    let tiers: Vec<&str> = points
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|point| point["properties"]["recoveryPointDataStoresDetails"][0]["type"].as_str())
        .collect();
    assert_eq!(
        tiers,
        ["VaultStore", "ArchiveStore", "ArchiveStore", "ArchiveStore", "ArchiveStore"],
        "one a week"
    );
    shop.point = points[4]["name"].as_str().context("no name")?.to_owned();
    let mut target = to_resource(&format!("{server}/databases/shop2"), Value::Null);
    target["datasourceAuthCredentials"] = secret();
    let request = shop.request("ArchiveStore", target);
    assert_eq!(shop.verdict(&request).await?, "UserErrorArchivedRecoveryPointsRequestedForRestore");
    Ok(())
}
