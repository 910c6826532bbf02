//! Restores of storage accounts.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::{HOUR, Protected, to_resource};
use crate::azure::GROUP;
use crate::workloads::{STORE_VAULT, instance, role, world};

/// An account with operational backup, and its instance.
pub(crate) fn continuous_account() -> (Value, Value) {
    let kind = "Microsoft.Storage/storageAccounts/blobServices";
    let account = format!("{GROUP}/providers/Microsoft.Storage/storageAccounts/shopfiles");
    let resources = json!([
        { "id": account, "location": "westeurope" },
        { "id": format!("{account}/blobServices/default/containers/orders") },
    ]);
    let roles = json!([role(&account, "Storage Account Backup Contributor")]);
    let mut estate = world(kind, "OperationalStore", "Discrete", "P1W", resources, roles);
    estate["policies"][0]["properties"]["policyRules"].as_array_mut().unwrap().remove(0);
    (estate, instance(kind, &account, json!({})))
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
        (request(at(1), json!([range("gone", "gone-0")])), "UserErrorContainerNotFoundForPointInTimeRestore"),
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
    assert_eq!(
        end.duration_since(start).as_hours(),
        7 * 24 - 2,
        "the days of the policy, as far as they were asked for"
    );
    assert_eq!(blobs.restored(&request(at(1), Value::Null)).await?["status"], "Completed");
    let after = blobs.azure.get(&account).await?.body;
    assert_eq!(after["properties"]["blobRestoreStatus"]["status"], "Complete");
    Ok(())
}
