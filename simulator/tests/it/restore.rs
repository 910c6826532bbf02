//! Restoring every kind of every workload, and being refused.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::azure::{Azure, DISK, GROUP, VAULT, disk_instance, granted};
use crate::workloads::{STORE_VAULT, cluster_world, instance, role, world};

const HOUR: f64 = 3600.0;

/// A protected instance with one recovery point, which took ten minutes.
struct Protected {
    azure: Azure,
    path: String,
    point: String,
}

impl Protected {
    async fn new(estate: Value, properties: Value, rule: Option<&str>) -> Result<Self> {
        let azure = Azure::frozen(estate).await?;
        let path = format!("{VAULT}/backupInstances/source");
        azure.put(&path, json!({ "properties": properties })).await?.expect(201)?;
        azure.running.advance(60.0);
        assert_eq!(azure.state(&path).await?, "ProtectionConfigured");
        let mut point = String::new();
        if let Some(rule) = rule {
            let backup = json!({ "backupRuleOptions": { "ruleName": rule, "triggerOption": {} } });
            azure.post(&format!("{path}/backup"), backup).await?.expect(202)?;
            azure.running.advance(600.0);
            let points = azure.get(&format!("{path}/recoveryPoints")).await?.body;
            point = points["value"][0]["name"].as_str().context("no recovery point")?.to_owned();
        }
        Ok(Self { azure, path, point })
    }

    fn request(&self, store: &str, target: Value) -> Value {
        json!({ "objectType": "AzureBackupRecoveryPointBasedRestoreRequest", "recoveryPointId": self.point,
                "sourceDataStoreType": store, "restoreTargetInfo": target })
    }

    /// What the validation of a restore came to.
    async fn verdict(&self, request: &Value) -> Result<String> {
        let body = json!({ "restoreRequestObject": request });
        let started = self.azure.post(&format!("{}/validateRestore", self.path), body).await?;
        let verdict = if started.status == 202 { self.azure.ended(&started).await? } else { started.body };
        let code = verdict["error"]["code"].as_str().or_else(|| verdict["status"].as_str());
        Ok(code.unwrap_or_default().to_owned())
    }

    /// Restores; how the job ended.
    async fn restored(&self, request: &Value) -> Result<Value> {
        let started =
            self.azure.post(&format!("{}/restore", self.path), request.clone()).await?.expect(202)?;
        let job =
            self.azure.ended(&started).await?["properties"]["jobId"].as_str().context("no job")?.to_owned();
        let running = self.azure.get(&job).await?.expect(200)?.body;
        assert_eq!(running["properties"]["status"], "InProgress");
        assert_eq!(running["properties"]["operationCategory"], "Restore");
        self.azure.running.advance(600.0);
        Ok(self.azure.get(&job).await?.expect(200)?.body["properties"].clone())
    }
}

fn to_resource(id: &str, items: Value) -> Value {
    let kind = if items.is_null() { "RestoreTargetInfo" } else { "ItemLevelRestoreTargetInfo" };
    let mut target = json!({ "objectType": kind, "recoveryOption": "FailIfExists", "restoreLocation": "westeurope",
                             "datasourceInfo": { "objectType": "Datasource", "resourceID": id } });
    if !items.is_null() {
        target["restoreCriteria"] = items;
    }
    target
}

fn to_files(url: &str) -> Value {
    json!({ "objectType": "RestoreFilesTargetInfo", "recoveryOption": "FailIfExists", "restoreLocation": "westeurope",
            "targetDetails": { "restoreTargetLocationType": "AzureBlobs", "url": url, "filePrefix": "restored" } })
}

fn restorable_disk() -> Value {
    let mut estate = granted();
    estate["resourceGroups"]
        .as_array_mut()
        .unwrap()
        .push(json!({ "id": GROUP.replace("rg-app", "rg-back"), "location": "westeurope" }));
    estate["roleAssignments"]
        .as_array_mut()
        .unwrap()
        .push(role(&GROUP.replace("rg-app", "rg-back"), "Disk Restore Operator"));
    estate
}

#[tokio::test]
async fn a_disk_becomes_a_new_disk() -> Result<()> {
    let disk = Protected::new(restorable_disk(), disk_instance(), Some("BackupDaily")).await?;
    let target = DISK.replace("rg-app", "rg-back").replace("/d1", "/d1-restored");
    let good = disk.request("OperationalStore", to_resource(&target, Value::Null));
    assert_eq!(disk.verdict(&good).await?, "Succeeded");
    disk.azure.get(&target).await?.expect(404)?;
    let job = disk.restored(&good).await?;
    assert_eq!(
        (&job["status"], &job["extendedInfo"]["recoveryDestination"]),
        (&json!("Completed"), &json!(target))
    );
    let made = disk.azure.get(&target).await?.expect(200)?.body;
    assert_eq!(made["properties"]["creationData"]["createOption"], "Copy");

    // Once more: the name is taken now. A restore that was not validated ends in its job.
    assert_eq!(disk.verdict(&good).await?, "UserErrorSameNameDiskAlreadyExists");
    let job = disk.restored(&good).await?;
    assert_eq!(
        (&job["status"], &job["errorDetails"][0]["code"]),
        (&json!("Failed"), &json!("UserErrorSameNameDiskAlreadyExists"))
    );
    Ok(())
}

#[tokio::test]
async fn a_restore_of_a_disk_is_refused_for_what_it_is() -> Result<()> {
    let disk = Protected::new(restorable_disk(), disk_instance(), Some("BackupDaily")).await?;
    let to = |group: &str| DISK.replace("rg-app", group).replace("/d1", "/d9");
    let good = disk.request("OperationalStore", to_resource(&to("rg-back"), Value::Null));
    let with = |pointer: &str, value: Value| {
        let mut request = good.clone();
        *request.pointer_mut(pointer).unwrap() = value;
        request
    };
    for (request, code) in [
        (with("/recoveryPointId", json!("none")), "UserErrorRestorePointNotFoundInBackupVault"),
        (
            with("/restoreTargetInfo/datasourceInfo/resourceID", json!(to("rg-none"))),
            "UserErrorRestoreTargetRGNotFound",
        ),
        (
            with("/restoreTargetInfo/datasourceInfo/resourceID", json!(to("rg-app"))),
            "UserErrorMissingRequiredPermissions",
        ),
        (
            with("/restoreTargetInfo/restoreLocation", json!("eastus")),
            "UserErrorDatasourceAndBackupVaultLocationMismatch",
        ),
        (with("/restoreTargetInfo/recoveryOption", json!("Overwrite")), "BMSUserErrorInvalidInput"),
        (with("/sourceDataStoreType", json!("VaultStore")), "BMSUserErrorInvalidInput"),
        (
            disk.request("OperationalStore", to_files("https://x.blob.core.windows.net/c")),
            "BMSUserErrorInvalidInput",
        ),
    ] {
        assert_eq!(disk.verdict(&request).await?, code, "{request}");
    }
    disk.azure.post(&format!("{}/restore", disk.path), good.clone()).await?.expect(202)?;
    let second = disk.azure.post(&format!("{}/restore", disk.path), good).await?.expect(400)?;
    assert_eq!(
        second.code(),
        "UserErrorMaxConcurrentOperationLimitReached",
        "one restore onto a target at a time"
    );
    Ok(())
}

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

fn single_server() -> (Value, Value, String) {
    let kind = "Microsoft.DBforPostgreSQL/servers/databases";
    let server = format!("{GROUP}/providers/Microsoft.DBforPostgreSQL/servers/pg1");
    let keys = format!("{GROUP}/providers/Microsoft.KeyVault/vaults/kv1");
    let account = format!("{GROUP}/providers/Microsoft.Storage/storageAccounts/dumps");
    let resources = json!([
        { "id": server, "location": "westeurope" },
        { "id": format!("{server}/databases/shop") },
        { "id": keys, "location": "westeurope", "properties": { "enableRbacAuthorization": true } },
        { "id": format!("{keys}/secrets/pg") },
        { "id": account, "location": "westeurope" },
        { "id": format!("{account}/blobServices/default/containers/files") },
    ]);
    let roles = json!([
        role(&server, "Reader"),
        role(&keys, "Key Vault Secrets User"),
        role(&account, "Storage Blob Data Contributor"),
    ]);
    let estate = world(kind, STORE_VAULT, "Full", "P1W", resources, roles);
    let properties =
        instance(kind, &format!("{server}/databases/shop"), json!({ "datasourceAuthCredentials": secret() }));
    (estate, properties, server)
}

fn secret() -> Value {
    json!({ "objectType": "SecretStoreBasedAuthCredentials",
            "secretStoreResource": { "secretStoreType": "AzureKeyVault", "uri": "https://kv1.vault.azure.net/secrets/pg" } })
}

#[tokio::test]
async fn a_database_becomes_another_database_or_files() -> Result<()> {
    let (estate, properties, server) = single_server();
    let shop = Protected::new(estate, properties, Some("Backup")).await?;
    let as_database = |name: &str| {
        let mut target = to_resource(&format!("{server}/databases/{name}"), Value::Null);
        target["datasourceAuthCredentials"] = secret();
        shop.request(STORE_VAULT, target)
    };
    assert_eq!(
        shop.verdict(&as_database("shop")).await?,
        "UserErrorDatabaseNameAlreadyInUse",
        "never the original"
    );
    assert_eq!(shop.verdict(&as_database("shop2")).await?, "Succeeded");
    assert_eq!(shop.restored(&as_database("shop2")).await?["status"], "Completed");
    shop.azure.get(&format!("{server}/databases/shop2")).await?.expect(200)?;
    let mut secretless = as_database("shop3");
    secretless["restoreTargetInfo"]["datasourceAuthCredentials"] = Value::Null;
    assert_eq!(shop.verdict(&secretless).await?, "UserErrorInvalidSecretStore");
    let elsewhere = shop.request(STORE_VAULT, to_resource(&format!("{server}x/databases/y"), Value::Null));
    assert_eq!(shop.verdict(&elsewhere).await?, "UserErrorAzureResourceNotFoundByPlugin");

    let files = shop.request(STORE_VAULT, to_files("https://dumps.blob.core.windows.net/files"));
    assert_eq!(shop.verdict(&files).await?, "Succeeded");
    let job = shop.restored(&files).await?;
    assert_eq!(job["extendedInfo"]["additionalDetails"]["Restore File Prefix"], "restored");
    let written = shop.azure.running.state()["files"].clone();
    assert!(written.to_string().contains("restored_"), "{written}");
    let nowhere = shop.request(STORE_VAULT, to_files("https://dumps.blob.core.windows.net/none"));
    assert_eq!(shop.verdict(&nowhere).await?, "UserErrorContainerNotAccessible");
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
async fn a_flexible_server_becomes_files_only() -> Result<()> {
    let kind = "Microsoft.DBforPostgreSQL/flexibleServers";
    let server = format!("{GROUP}/providers/{kind}/pg1");
    let account = format!("{GROUP}/providers/Microsoft.Storage/storageAccounts/dumps");
    let resources = json!([
        { "id": server, "location": "westeurope" },
        { "id": account, "location": "westeurope" },
        { "id": format!("{account}/blobServices/default/containers/files") },
    ]);
    let roles = json!([
        role(&server, "PostgreSQL Flexible Server Long Term Retention Backup Role"),
        role(GROUP, "Reader")
    ]);
    let estate = world(kind, STORE_VAULT, "Full", "P1W", resources, roles);
    let pg = Protected::new(estate, instance(kind, &server, json!({})), Some("Backup")).await?;
    let files = pg.request(STORE_VAULT, to_files("https://dumps.blob.core.windows.net/files"));
    assert_eq!(pg.verdict(&files).await?, "UserErrorMissingRequiredPermissions", "no role on the account");
    let as_server = pg.request(STORE_VAULT, to_resource(&server.replace("pg1", "pg2"), Value::Null));
    assert_eq!(pg.verdict(&as_server).await?, "BMSUserErrorInvalidInput");
    Ok(())
}

#[tokio::test]
async fn containers_come_back_in_another_account() -> Result<()> {
    let kind = "Microsoft.Storage/storageAccounts/blobServices";
    let account = |name: &str| format!("{GROUP}/providers/Microsoft.Storage/storageAccounts/{name}");
    let container = |of: &str, name: &str| format!("{}/blobServices/default/containers/{name}", account(of));
    let resources = json!([
        { "id": account("source1"), "location": "westeurope" },
        { "id": container("source1", "orders") },
        { "id": container("source1", "invoices") },
        { "id": account("target1"), "location": "westeurope" },
        { "id": container("target1", "invoices") },
        { "id": account("target2"), "location": "westeurope" },
    ]);
    let roles = json!([
        role(&account("source1"), "Storage Account Backup Contributor"),
        role(&account("target1"), "Storage Account Backup Contributor"),
    ]);
    let estate = world(kind, STORE_VAULT, "Discrete", "P1W", resources, roles);
    let listed =
        json!([{ "objectType": "BlobBackupDatasourceParameters", "containersList": ["orders", "invoices"] }]);
    let properties = instance(
        kind,
        &account("source1"),
        json!({ "parameters": { "backupDatasourceParametersList": listed } }),
    );
    let blobs = Protected::new(estate, properties, Some("Backup")).await?;
    let item = |path: &str, renamed: Value| {
        json!({ "objectType": "ItemPathBasedRestoreCriteria", "itemPath": path,
        "isPathRelativeToBackupItem": true, "subItemPathPrefix": ["2024/"], "renameTo": renamed })
    };
    let all = |to: &str| blobs.request(STORE_VAULT, to_resource(&account(to), Value::Null));
    let some = |to: &str, items: Value| blobs.request(STORE_VAULT, to_resource(&account(to), items));
    for (request, code) in [
        (all("source1"), "UserErrorOriginalLocationRestoreNotSupported"),
        (all("target1"), "UserErrorTargetContainersExistOnAccount"),
        (all("none"), "UserErrorAzureResourceNotFoundByPlugin"),
        (all("target2"), "UserErrorMissingRequiredPermissions"),
        (
            some("target1", json!([item("gone", Value::Null)])),
            "UserErrorIncorrectContainersSelectedForOperation",
        ),
        (some("target1", json!([])), "BMSUserErrorInvalidInput"),
    ] {
        assert_eq!(blobs.verdict(&request).await?, code);
    }
    let good =
        some("target1", json!([item("orders", Value::Null), item("invoices", json!("invoices-back"))]));
    assert_eq!(blobs.verdict(&good).await?, "Succeeded");
    assert_eq!(blobs.restored(&good).await?["status"], "Completed");
    for name in ["orders", "invoices-back"] {
        blobs.azure.get(&container("target1", name)).await?.expect(200)?;
    }
    assert_eq!(blobs.azure.running.state()["restores"][0]["items"][0]["prefixes"], json!(["2024/"]));
    Ok(())
}

#[tokio::test]
async fn an_account_goes_back_to_a_point_in_time() -> Result<()> {
    let kind = "Microsoft.Storage/storageAccounts/blobServices";
    let account = format!("{GROUP}/providers/Microsoft.Storage/storageAccounts/shopfiles");
    let resources = json!([{ "id": account, "location": "westeurope" }]);
    let roles = json!([role(&account, "Storage Account Backup Contributor")]);
    let mut estate = world(kind, "OperationalStore", "Discrete", "P1W", resources, roles);
    estate["policies"][0]["properties"]["policyRules"].as_array_mut().unwrap().remove(0);
    let blobs = Protected::new(estate, instance(kind, &account, json!({})), None).await?;
    blobs.azure.running.advance(48.0 * HOUR);
    let at = |hours: i64| (blobs.azure.running.now() - jiff::SignedDuration::from_hours(hours)).to_string();
    let request = |time: String, items: Value| {
        json!({ "objectType": "AzureBackupRecoveryTimeBasedRestoreRequest",
        "recoveryPointTime": time, "sourceDataStoreType": "OperationalStore", "restoreTargetInfo": to_resource(&account, items) })
    };
    let range = |from: &str, to: &str| json!({ "objectType": "RangeBasedItemLevelRestoreCriteria", "minMatchingValue": from, "maxMatchingValue": to });
    for (request, code) in [
        (request(at(24 * 40), Value::Null), "UserErrorInvalidRecoveryPointInTime"),
        (request(at(-1), Value::Null), "UserErrorInvalidRecoveryPointInTime"),
        (request(at(1), json!([range("orders/b", "orders/a")])), "UserErrorInvalidRestorePrefixRange"),
        (
            request(at(1), json!([range("orders", "orders-0"), range("orders/x", "orders/y")])),
            "UserErrorInvalidRestorePrefixRange",
        ),
        (
            request(
                at(1),
                Value::Array(
                    (0..11).map(|one| range(&format!("abc{one:02}"), &format!("abc{one:02}-0"))).collect(),
                ),
            ),
            "UserErrorTooManyRestoreCriteriaGivenForBlobRestore",
        ),
        (request(at(1), json!([range("orders", "orders-0")])), "Succeeded"),
    ] {
        assert_eq!(blobs.verdict(&request).await?, code);
    }
    let windows =
        json!({ "sourceDataStoreType": "OperationalStore", "startTime": at(24 * 60), "endTime": at(2) });
    let found = blobs
        .azure
        .post(&format!("{}/findRestorableTimeRanges", blobs.path), windows)
        .await?
        .expect(200)?
        .body;
    let range_found = &found["properties"]["restorableTimeRanges"][0];
    let (start, end): (jiff::Timestamp, jiff::Timestamp) = (
        range_found["startTime"].as_str().context("no start")?.parse()?,
        range_found["endTime"].as_str().context("no end")?.parse()?,
    );
    assert_eq!(end.duration_since(start).as_hours(), 30 * 24 - 2, "the span that was asked for and is kept");
    assert_eq!(blobs.restored(&request(at(1), Value::Null)).await?["status"], "Completed");
    let after = blobs.azure.get(&account).await?.body;
    assert_eq!(after["properties"]["blobRestoreStatus"]["status"], "Complete");
    Ok(())
}

#[tokio::test]
async fn a_cluster_comes_back_by_namespaces() -> Result<()> {
    let (estate, properties) = cluster_world();
    let cluster = properties["dataSourceInfo"]["resourceID"].as_str().context("no id")?.to_owned();
    let aks = Protected::new(estate, properties, Some("Backup")).await?;
    let criteria = json!([{ "objectType": "KubernetesClusterRestoreCriteria", "includeClusterScopeResources": true,
        "includedNamespaces": ["shop"], "namespaceMappings": { "shop": "shop-back" }, "conflictPolicy": "Skip",
        "persistentVolumeRestoreMode": "RestoreWithVolumeData" }]);
    let good = aks.request("OperationalStore", to_resource(&cluster, criteria));
    assert_eq!(aks.verdict(&good).await?, "Succeeded");
    assert_eq!(aks.restored(&good).await?["status"], "Completed");
    let restored = aks.azure.running.state()["restores"][0].clone();
    assert_eq!(restored["items"][0]["namespaceMappings"]["shop"], "shop-back");
    let bare = aks.request("OperationalStore", to_resource(&cluster, Value::Null));
    assert_eq!(aks.verdict(&bare).await?, "BMSUserErrorInvalidInput");
    let other = aks.request(
        "OperationalStore",
        to_resource(
            &cluster.replace("aks1", "aks2"),
            json!([
        { "objectType": "KubernetesClusterRestoreCriteria", "includeClusterScopeResources": false }]),
        ),
    );
    assert_eq!(aks.verdict(&other).await?, "UserErrorAzureResourceNotFoundByPlugin");
    Ok(())
}

#[tokio::test]
async fn the_other_region_restores_what_has_arrived_there() -> Result<()> {
    let (mut estate, properties, server) = single_server();
    estate["vaults"][0]["redundancy"] = json!("GeoRedundant");
    estate["vaults"][0]["crossRegionRestore"] = json!(true);
    let far = server.replace("pg1", "pg-far");
    estate["resources"].as_array_mut().unwrap().push(json!({ "id": far, "location": "northeurope" }));
    estate["roleAssignments"].as_array_mut().unwrap().push(role(&far, "Reader"));
    let shop = Protected::new(estate, properties, Some("Backup")).await?;
    let region = |location: &str, action: &str| {
        format!("{GROUP}/providers/Microsoft.DataProtection/locations/{location}/{action}")
    };
    let source = json!({ "sourceRegion": "West Europe", "sourceBackupInstanceId": shop.path });
    let arrived = async || -> Result<Option<usize>> {
        let path = region("northeurope", "fetchSecondaryRecoveryPoints");
        Ok(shop.azure.post(&path, source.clone()).await?.expect(200)?.body["value"].as_array().map(Vec::len))
    };
    assert_eq!(arrived().await?, Some(0));
    let mut target = to_resource(&format!("{far}/databases/shop"), Value::Null);
    target["datasourceAuthCredentials"] = secret();
    target["restoreLocation"] = json!("northeurope");
    let request = json!({ "restoreRequestObject": shop.request(STORE_VAULT, target), "crossRegionRestoreDetails": source });
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
    shop.azure.post(&region("northeurope", "crossRegionRestore"), request).await?.expect(202)?;
    shop.azure.running.advance(600.0);
    let of_vault = json!({ "sourceRegion": "westeurope", "sourceBackupVaultId": VAULT });
    let jobs = shop
        .azure
        .post(&region("northeurope", "fetchCrossRegionRestoreJobs"), of_vault.clone())
        .await?
        .expect(200)?
        .body;
    assert_eq!(jobs["value"][0]["properties"]["operationCategory"], "CrossRegionRestore");
    let mut one = of_vault;
    one["jobId"] = jobs["value"][0]["name"].clone();
    let job =
        shop.azure.post(&region("northeurope", "fetchCrossRegionRestoreJob"), one).await?.expect(200)?.body;
    assert_eq!(job["properties"]["status"], "Completed");
    let own = shop.azure.get(&format!("{VAULT}/backupJobs")).await?.body;
    assert_eq!(own["value"].as_array().map(Vec::len), Some(1), "the vault's own list has the backup alone");
    Ok(())
}
