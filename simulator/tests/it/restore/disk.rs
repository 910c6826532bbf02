//! Restores of disks.

use anyhow::Result;
use serde_json::{Value, json};

use super::{Protected, to_files, to_resource};
use crate::azure::{DISK, GROUP, disk_instance, granted};
use crate::workloads::role;

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
