//! Restores of databases.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::{
    DAY, SERVER, backed_up, container, estate, inside, item, job, points, protected, ranges, scheduled,
};
use crate::azure::{Answer, Azure};

/// A body of a restore of SQL Server with `more` laid over it.
fn request(kind: &str, more: Value) -> Value {
    let mut properties = json!({
        "objectType": kind, "recoveryType": "OriginalLocation", "sourceResourceId": SERVER,
        "shouldUseAlternateTargetLocation": true, "isNonRecoverable": false,
    });
    for (name, value) in more.as_object().into_iter().flatten() {
        properties[name] = value.clone();
    }
    json!({ "properties": properties })
}

const FULL: &str = "AzureWorkloadSQLRestoreRequest";
const MOMENT: &str = "AzureWorkloadSQLPointInTimeRestoreRequest";

async fn restore(azure: &Azure, point: &str, body: Value) -> Result<Answer> {
    azure.post(&format!("{}/recoveryPoints/{point}/restore", item("shop")), body).await
}

/// To another database of the same server.
fn elsewhere(name: &str, overwrite: &str) -> Value {
    json!({
        "recoveryType": "AlternateLocation", "targetVirtualMachineId": SERVER,
        "targetInfo": { "overwriteOption": overwrite, "containerId": container(SERVER), "databaseName": name },
        "alternateDirectoryPaths": [
            { "mappingType": "Data", "sourceLogicalName": "Shop", "sourcePath": "F:\\Data\\Shop.mdf", "targetPath": "F:\\Data\\Copy.mdf" },
            { "mappingType": "Log", "sourceLogicalName": "Shop_log", "sourcePath": "F:\\Log\\Shop_log.ldf", "targetPath": "F:\\Log\\Copy_log.ldf" },
        ],
    })
}

fn as_files(folder: &str) -> Value {
    json!({ "recoveryType": "AlternateLocation", "recoveryMode": "FileRecovery", "targetVirtualMachineId": SERVER,
        "targetInfo": { "overwriteOption": "Overwrite", "containerId": container(SERVER), "targetDirectoryForFileRestore": folder } })
}

async fn backed_up_once() -> Result<(Azure, String)> {
    let azure = protected(estate(), "shop").await?;
    backed_up(&azure, &item("shop"), "Full").await?;
    let point =
        points(&azure, &item("shop"), "Full").await?[0]["name"].as_str().context("no name")?.to_owned();
    Ok((azure, point))
}

fn database<'a>(guest: &'a Value, name: &str) -> &'a Value {
    let all = guest["instances"][0]["databases"].as_array().unwrap();
    all.iter().find(|one| one["name"] == name).unwrap_or(&Value::Null)
}

/// Official: over the database that was backed up.
#[tokio::test]
async fn a_full_backup_is_restored_over_its_database() -> Result<()> {
    let (azure, point) = backed_up_once().await?;
    let started = restore(&azure, &point, request(FULL, json!({}))).await?.expect(202)?;
    let job = job(&azure, &started).await?;
    assert_eq!((&job["operation"], &job["status"]), (&json!("Restore (Full)"), &json!("Completed")));
    assert_eq!(
        job["extendedInfo"]["tasksList"][0],
        json!({ "taskId": "Transfer data from vault", "status": "Completed" })
    );
    let guest = inside(&azure, SERVER).await?;
    assert!(database(&guest, "Shop")["restored"].as_str().unwrap_or_default().starts_with("Shop at "));
    Ok(())
}

/// Documentation: as another database, and over one that is there only when that is asked for.
#[tokio::test]
async fn a_full_backup_is_restored_as_another_database() -> Result<()> {
    let (azure, point) = backed_up_once().await?;
    let started = restore(&azure, &point, request(FULL, elsewhere("MSSQLSERVER/Copy", "FailOnConflict")))
        .await?
        .expect(202)?;
    assert_eq!(job(&azure, &started).await?["status"], "Completed");
    assert!(
        database(&inside(&azure, SERVER).await?, "Copy")["restored"]
            .as_str()
            .unwrap_or_default()
            .contains("F:\\Data\\Copy.mdf")
    );
    let started = restore(&azure, &point, request(FULL, elsewhere("MSSQLSERVER/Copy", "FailOnConflict")))
        .await?
        .expect(202)?;
    let failed = job(&azure, &started).await?;
    assert_eq!(failed["errorDetails"][0]["errorTitle"], "UserErrorTargetPOExistsOverwriteNotSpecified");
    let started = restore(&azure, &point, request(FULL, elsewhere("MSSQLSERVER/Copy", "Overwrite")))
        .await?
        .expect(202)?;
    assert_eq!(job(&azure, &started).await?["status"], "Completed");
    let started =
        restore(&azure, &point, request(FULL, elsewhere("OTHER/Copy", "Overwrite"))).await?.expect(202)?;
    assert_eq!(
        job(&azure, &started).await?["errorDetails"][0]["errorTitle"],
        "UserErrorIncompatibleSrcTargetSystemsForRestore"
    );
    let bad = restore(&azure, &point, request(FULL, elsewhere("Copy", "Overwrite"))).await?;
    assert_eq!((bad.status, bad.code()), (400, "UserErrorDBNameNotInCorrectFormat"));
    Ok(())
}

/// Recorded: files are left in a folder, and a second restore fails because of them, whatever was said of overwriting.
#[tokio::test]
async fn backups_are_restored_as_files_once() -> Result<()> {
    let (azure, point) = backed_up_once().await?;
    let started = restore(&azure, &point, request(FULL, as_files("C:"))).await?.expect(202)?;
    let done = job(&azure, &started).await?;
    assert_eq!(
        (&done["status"], &done["extendedInfo"]["propertyBag"]["Job Type"]),
        (&json!("Completed"), &json!("Restore as files"))
    );
    let files = inside(&azure, SERVER).await?["files"].clone();
    assert!(files[0].as_str().unwrap_or_default().starts_with(&format!("C:Shop_Full_{point}_")), "{files}");
    let started = restore(&azure, &point, request(FULL, as_files("C:"))).await?.expect(202)?;
    let failed = job(&azure, &started).await?;
    assert_eq!(failed["errorDetails"][0]["errorTitle"], "UserErrorRestoreFailedTargetFileAlreadyExists");
    assert!(
        failed["extendedInfo"]["dynamicErrorMessage"]
            .as_str()
            .unwrap_or_default()
            .ends_with(".bak already exists.")
    );
    assert_eq!(failed["extendedInfo"]["propertyBag"]["Data Transferred (in MB)"], "0");
    Ok(())
}

/// Official: an instant within the logs is restored; one outside of them is refused.
#[tokio::test]
async fn an_instant_between_logs_is_restored_and_one_in_a_gap_is_not() -> Result<()> {
    let azure = protected(scheduled(), "shop").await?;
    azure.running.advance(1.3 * DAY);
    let fail = json!({ "instance": item("shop"), "code": "UserErrorSQLLSNValidationFailure" });
    azure.post("/_simulator/backups/fail", fail).await?.expect(204)?;
    azure.running.advance(DAY);
    let covered = ranges(&azure, &item("shop")).await?;
    let (first, second) = (&covered[0], &covered[1]);
    let at = |moment: &Value| request(MOMENT, json!({ "pointInTime": moment }));
    let logs = "DefaultRangeRecoveryPoint";
    let started = restore(&azure, logs, at(&first["endTime"])).await?.expect(202)?;
    let done = job(&azure, &started).await?;
    assert_eq!((&done["status"], &done["operation"]), (&json!("Completed"), &json!("Restore (Log)")));
    let gap: jiff::Timestamp = second["startTime"].as_str().context("no start")?.parse()?;
    let gap = json!((gap - jiff::SignedDuration::from_mins(5)).to_string());
    let refused = restore(&azure, logs, at(&gap)).await?;
    assert_eq!((refused.status, refused.code()), (400, "BMSUserErrorInvalidInput"));
    let wrong = restore(&azure, logs, request(FULL, json!({}))).await?;
    assert_eq!(wrong.code(), "UserErrorInstantRpNotFound", "the logs are not a full backup");
    let files = request(MOMENT, {
        let mut body = as_files("D:\\");
        body["pointInTime"] = first["endTime"].clone();
        body
    });
    let started = restore(&azure, logs, files).await?.expect(202)?;
    assert_eq!(job(&azure, &started).await?["status"], "Completed");
    assert_eq!(inside(&azure, SERVER).await?["files"].as_array().map(Vec::len), Some(2));
    Ok(())
}

/// Official: the words. Field: Azure does not say what is wrong.
#[tokio::test]
async fn a_restore_with_a_wrong_body_is_refused() -> Result<()> {
    let (azure, point) = backed_up_once().await?;
    let unknown = format!("{}x", container(SERVER));
    let cases = [
        request("AzureWorkloadSAPHanaRestoreRequest", json!({})),
        request("AzureWorkloadSQLRestoreWithRehydrateRequest", json!({})),
        request(FULL, json!({ "recoveryType": "RestoreDisks" })),
        request(FULL, json!({ "sourceResourceId": super::HANA })),
        request(FULL, json!({ "recoveryType": "AlternateLocation" })),
        request(
            FULL,
            json!({ "recoveryType": "AlternateLocation", "targetInfo": {
            "overwriteOption": "Overwrite", "containerId": unknown, "databaseName": "MSSQLSERVER/x" } }),
        ),
        request(MOMENT, json!({ "pointInTime": "2020-01-01T00:00:00Z" })),
    ];
    for body in cases {
        let refused = restore(&azure, &point, body.clone()).await?;
        assert_eq!((refused.status, refused.code()), (400, "BMSUserErrorInvalidInput"), "{body}");
    }
    assert_eq!(restore(&azure, "1", request(FULL, json!({}))).await?.status, 404);
    Ok(())
}
