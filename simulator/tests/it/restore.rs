//! Restoring every kind of every workload, and being refused.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::azure::{Azure, DISK, GROUP, VAULT, disk_instance, granted};
use crate::workloads::{STORE_VAULT, cluster_world, instance, role, world};

pub(crate) const HOUR: f64 = 3600.0;

/// A protected instance with one recovery point, which took ten minutes.
pub(crate) struct Protected {
    pub(crate) azure: Azure,
    pub(crate) path: String,
    pub(crate) point: String,
}

impl Protected {
    pub(crate) async fn new(estate: Value, properties: Value, rule: Option<&str>) -> Result<Self> {
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

    pub(crate) fn request(&self, store: &str, target: Value) -> Value {
        json!({ "objectType": "AzureBackupRecoveryPointBasedRestoreRequest", "recoveryPointId": self.point,
                "sourceDataStoreType": store, "restoreTargetInfo": target })
    }

    /// What the validation of a restore came to.
    pub(crate) async fn verdict(&self, request: &Value) -> Result<String> {
        let body = json!({ "restoreRequestObject": request });
        let started = self.azure.post(&format!("{}/validateRestore", self.path), body).await?;
        let verdict = if started.status == 202 { self.azure.ended(&started).await? } else { started.body };
        let code = verdict["error"]["code"].as_str().or_else(|| verdict["status"].as_str());
        Ok(code.unwrap_or_default().to_owned())
    }

    /// Restores; how the job ended.
    pub(crate) async fn restored(&self, request: &Value) -> Result<Value> {
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

pub(crate) fn to_resource(id: &str, items: Value) -> Value {
    let kind = if items.is_null() { "RestoreTargetInfo" } else { "ItemLevelRestoreTargetInfo" };
    let mut target = json!({ "objectType": kind, "recoveryOption": "FailIfExists", "restoreLocation": "westeurope",
                             "datasourceInfo": { "objectType": "Datasource", "resourceID": id } });
    if !items.is_null() {
        target["restoreCriteria"] = items;
    }
    target
}

pub(crate) fn to_files(url: &str) -> Value {
    json!({ "objectType": "RestoreFilesTargetInfo", "recoveryOption": "FailIfExists", "restoreLocation": "westeurope",
            "targetDetails": { "restoreTargetLocationType": "AzureBlobs", "url": url, "filePrefix": "restored" } })
}

pub(crate) fn restorable_disk() -> Value {
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

pub(crate) fn single_server() -> (Value, Value, String) {
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

pub(crate) fn secret() -> Value {
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

/// An account with operational backup, and its instance.
pub(crate) fn continuous_account() -> (Value, Value) {
    let kind = "Microsoft.Storage/storageAccounts/blobServices";
    let account = format!("{GROUP}/providers/Microsoft.Storage/storageAccounts/shopfiles");
    let resources = json!([{ "id": account, "location": "westeurope" }]);
    let roles = json!([role(&account, "Storage Account Backup Contributor")]);
    let mut estate = world(kind, "OperationalStore", "Discrete", "P1W", resources, roles);
    estate["policies"][0]["properties"]["policyRules"].as_array_mut().unwrap().remove(0);
    (estate, instance(kind, &account, json!({})))
}

#[tokio::test]
async fn an_account_goes_back_to_a_point_in_time() -> Result<()> {
    let (estate, properties) = continuous_account();
    let account = properties["dataSourceInfo"]["resourceID"].as_str().context("no id")?.to_owned();
    let blobs = Protected::new(estate, properties, None).await?;
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
