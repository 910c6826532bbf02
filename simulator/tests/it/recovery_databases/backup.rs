//! Backups of databases, asked for and by schedule.

use anyhow::Result;
use serde_json::{Value, json};

use super::{
    DAY, SERVER, VAULT, backed_up, estate, item, points, properties, protect, protected, ranges, register,
    scheduled,
};
use crate::azure::Azure;

/// Recorded: the item before and after its first backup, and the job in between.
#[tokio::test]
async fn a_database_is_backed_up_on_demand() -> Result<()> {
    let azure = protected(estate(), "shop").await?;
    let before = azure.get(&item("shop")).await?.expect(200)?.body;
    assert_eq!(before["name"], "SQLDataBase;mssqlserver;shop");
    let shown = &before["properties"];
    assert_eq!(
        (&shown["protectionState"], &shown["lastBackupStatus"]),
        (&json!("IRPending"), &json!("IRPending"))
    );
    assert_eq!((&shown["parentName"], &shown["serverName"]), (&json!("MSSQLSERVER"), &json!("sql1")));
    assert_eq!(shown["extendedInfo"]["recoveryModel"], "FULL");
    assert_eq!(shown["sourceResourceId"], SERVER);

    let job = backed_up(&azure, &item("shop"), "Full").await?;
    assert_eq!((&job["operation"], &job["status"]), (&json!("Backup (Full)"), &json!("Completed")));
    assert_eq!(
        (&job["entityFriendlyName"], &job["jobType"]),
        (&json!("Shop [sql1]"), &json!("AzureWorkloadJob"))
    );
    assert_eq!(
        job["extendedInfo"]["tasksList"],
        json!([{ "taskId": "Transfer data to vault", "status": "Completed" }])
    );
    assert_eq!(job["extendedInfo"]["propertyBag"]["Data Transferred (in MB)"], "28.1147");
    let after = properties(&azure, &item("shop")).await?;
    assert_eq!(
        (&after["protectionState"], &after["lastBackupStatus"]),
        (&json!("Protected"), &json!("Healthy"))
    );

    let listed = points(&azure, &item("shop"), "").await?;
    assert_eq!(listed.len(), 1);
    let point = &listed[0];
    assert_eq!(
        (&point["properties"]["objectType"], &point["properties"]["type"]),
        (&json!("AzureWorkloadSQLRecoveryPoint"), &json!("Full"))
    );
    assert!(point["properties"].get("extendedInfo").is_none(), "a list is short");
    let single =
        properties(&azure, &format!("{}/recoveryPoints/{}", item("shop"), point["name"].as_str().unwrap()))
            .await?;
    assert_eq!(
        single["extendedInfo"]["dataDirectoryPaths"][0],
        json!({ "type": "Data", "path": "F:\\Data\\Shop.mdf", "logicalName": "Shop" })
    );
    Ok(())
}

/// Documentation: a differential and a log backup need a full one; copies are points but no parents.
#[tokio::test]
async fn each_kind_of_backup_has_its_points() -> Result<()> {
    let azure = protected(estate(), "shop").await?;
    for kind in ["Differential", "Log"] {
        let job = backed_up(&azure, &item("shop"), kind).await?;
        assert_eq!(job["status"], "Failed");
        assert_eq!(job["errorDetails"][0]["errorTitle"], "UserErrorParentFullBackupMissing");
    }
    for kind in ["Full", "Differential", "CopyOnlyFull", "Log"] {
        assert_eq!(backed_up(&azure, &item("shop"), kind).await?["status"], "Completed", "{kind}");
    }
    let kinds = |points: &[Value]| -> Vec<String> {
        points
            .iter()
            .map(|point| point["properties"]["type"].as_str().unwrap_or_default().to_owned())
            .collect()
    };
    assert_eq!(kinds(&points(&azure, &item("shop"), "").await?), ["Full", "Differential", "Full", "Log"]);
    assert_eq!(kinds(&points(&azure, &item("shop"), "Full").await?), ["Full", "Full"]);
    let logs = points(&azure, &item("shop"), "Log").await?;
    assert_eq!((logs.len(), &logs[0]["name"]), (1, &json!("DefaultRangeRecoveryPoint")));
    let unknown = azure
        .post(&format!("{}/backup", item("shop")), json!({ "properties": { "objectType": "AzureWorkloadBackupRequest", "backupType": "Incremental" } }))
        .await?;
    assert_eq!((unknown.status, unknown.code()), (400, "BMSUserErrorInvalidInput"));
    Ok(())
}

/// Documentation: under the simple recovery model there is no log, and master has full backups alone.
#[tokio::test]
async fn a_database_refuses_the_kinds_that_its_model_does_not_know() -> Result<()> {
    let azure = protected(estate(), "notes").await?;
    backed_up(&azure, &item("notes"), "Full").await?;
    protect(&azure, "master").await?;
    backed_up(&azure, &item("master"), "Full").await?;
    for (name, kind) in [("notes", "Log"), ("master", "Differential")] {
        let job = backed_up(&azure, &item(name), kind).await?;
        assert_eq!(
            job["errorDetails"][0]["errorTitle"], "UserErrorSQLPODoesNotSupportBackupType",
            "{name} {kind}"
        );
    }
    Ok(())
}

/// Documentation: full backups by night with a job each, logs by the quarter of an hour without jobs, in one range.
#[tokio::test]
async fn full_backups_and_logs_follow_the_policy() -> Result<()> {
    let azure = protected(scheduled(), "shop").await?;
    azure.running.advance(2.2 * DAY);
    let full = points(&azure, &item("shop"), "Full").await?;
    assert_eq!(full.len(), 2);
    let covered = ranges(&azure, &item("shop")).await?;
    assert_eq!(covered.len(), 1, "{covered:?}");
    let jobs = azure
        .get(&format!(
            "{VAULT}/backupJobs?$filter=operation eq 'Backup' and backupManagementType eq 'AzureWorkload'"
        ))
        .await?
        .body;
    let words: Vec<&str> = jobs["value"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|job| job["properties"]["operation"].as_str())
        .collect();
    assert_eq!(words, ["Backup (Full)", "Backup (Full)"]);
    assert_eq!(jobs["value"][0]["properties"]["isUserTriggered"], false);
    Ok(())
}

/// Whatever day it is: differences that are due before the first full backup are left out, and fail for nobody.
#[tokio::test]
async fn a_schedule_begins_with_a_full_backup() -> Result<()> {
    for day in ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"] {
        let mut world = scheduled();
        let weeks = json!({ "retentionPolicyType": "LongTermRetentionPolicy", "weeklySchedule": {
            "daysOfTheWeek": ["Sunday"], "retentionTimes": ["2026-01-01T02:00:00Z"],
            "retentionDuration": { "count": 4, "durationType": "Weeks" } } });
        let parts = json!([
            super::part("Full", super::weekly(&["Sunday"]), weeks),
            super::part("Differential", super::weekly(&[day]), super::for_days(14)),
        ]);
        world["policies"][0]["properties"] = super::policy_of("SQLDataBase", parts);
        let azure = protected(world, "shop").await?;
        azure.running.advance(14.0 * DAY);
        let jobs = azure.get(&format!("{VAULT}/backupJobs?$filter=operation eq 'Backup'")).await?.body;
        let jobs = jobs["value"].as_array().unwrap();
        assert!(jobs.len() >= 3, "{day}: {jobs:?}");
        let failed = jobs.iter().find(|job| job["properties"]["status"] != "Completed");
        assert_eq!(failed, None, "{day}");
    }
    Ok(())
}

/// Documentation: a log backup that fails is made good by the next; one that finds the chain broken leaves a gap until the next full
/// backup.
#[tokio::test]
async fn a_broken_chain_of_logs_leaves_a_gap() -> Result<()> {
    let azure = protected(scheduled(), "shop").await?;
    azure.running.advance(1.3 * DAY);
    let fail = |code: &str| json!({ "instance": item("shop"), "code": code });
    azure.post("/_simulator/backups/fail", fail("CloudInternalError")).await?.expect(204)?;
    azure.running.advance(1000.0);
    azure.running.advance(1000.0);
    assert_eq!(ranges(&azure, &item("shop")).await?.len(), 1);
    azure.post("/_simulator/backups/fail", fail("UserErrorSQLLSNValidationFailure")).await?.expect(204)?;
    azure.running.advance(1000.0);
    let shown = properties(&azure, &item("shop")).await?;
    assert_eq!(shown["lastBackupErrorDetail"]["code"], "UserErrorSQLLSNValidationFailure");
    azure.running.advance(DAY);
    let covered = ranges(&azure, &item("shop")).await?;
    assert_eq!(covered.len(), 2, "{covered:?}");
    assert!(covered[0]["endTime"].as_str() < covered[1]["startTime"].as_str());
    Ok(())
}

/// Documentation: a full backup outlives its retention until its last log has expired.
#[tokio::test]
async fn a_full_backup_lives_as_long_as_its_logs() -> Result<()> {
    let mut world = scheduled();
    let full = super::part("Full", super::daily(), super::daily_for(7));
    let parts = json!([full, super::part("Log", super::logs(60), super::for_days(10))]);
    world["policies"][0]["properties"] = super::policy_of("SQLDataBase", parts);
    let azure = protected(world, "shop").await?;
    azure.running.advance(30.0 * DAY);
    let full = points(&azure, &item("shop"), "Full").await?.len();
    assert!((11..=12).contains(&full), "{full} full backups of the last eleven days");
    Ok(())
}

/// Documentation: what is not there any more is not backed up, and the item says so.
#[tokio::test]
async fn a_dropped_database_and_a_machine_that_is_off_are_told_of() -> Result<()> {
    let azure = protected(estate(), "shop").await?;
    let empty = json!({ "machine": SERVER, "instances": [{ "engine": "sql", "name": "MSSQLSERVER" }] });
    azure.post("/_simulator/guests", empty).await?.expect(204)?;
    let job = backed_up(&azure, &item("shop"), "Full").await?;
    assert_eq!(job["errorDetails"][0]["errorTitle"], "UserErrorSQLPODoesNotExist");
    assert_eq!(properties(&azure, &item("shop")).await?["protectedItemHealthStatus"], "Unhealthy");
    let off = json!({ "location": "westeurope", "properties": { "instanceView": { "statuses": [{ "code": "PowerState/stopped" }] } } });
    azure.put(&format!("{SERVER}?api-version=2024-03-01"), off).await?;
    let job = backed_up(&azure, &item("shop"), "Full").await?;
    assert_eq!(job["errorDetails"][0]["errorTitle"], "VMNotInRunningStateUserError");
    assert_eq!(properties(&azure, &item("shop")).await?["protectedItemHealthStatus"], "NotReachable");
    Ok(())
}

/// Field: other errors of a `PUT`, each at once.
#[tokio::test]
async fn an_item_is_refused_for_its_body_its_policy_or_its_container() -> Result<()> {
    let azure = Azure::frozen(estate()).await?;
    let early = azure.put(&item("shop"), super::protection(json!({}))).await?;
    assert_eq!((early.status, early.code()), (400, "BMSUserErrorInvalidConfigureProtectionRequest"));
    register(&azure, SERVER, "SQLDataBase").await?;
    let cases = [
        (
            json!({ "policyId": format!("{VAULT}/backupPolicies/hana") }),
            "BMSUserErrorInvalidPolicyForGivenProvider",
        ),
        (
            json!({ "policyId": format!("{VAULT}/backupPolicies/DefaultPolicy") }),
            "BMSUserErrorInvalidPolicyForGivenProvider",
        ),
        (
            json!({ "protectedItemType": "AzureVmWorkloadSAPHanaDatabase" }),
            "BMSUserErrorInvalidConfigureProtectionRequest",
        ),
        (json!({ "policyId": "" }), "BMSUserErrorInvalidInput"),
    ];
    for (more, code) in cases {
        let refused = azure.put(&item("shop"), super::protection(more)).await?;
        assert_eq!((refused.status, refused.code()), (400, code));
    }
    let started = azure.put(&item("nothing"), super::protection(json!({}))).await?.expect(202)?;
    assert_eq!(super::over(&azure, &started).await?["error"]["code"], "UserErrorSQLPODoesNotExist");
    azure.get(&item("nothing")).await?.expect(404)?;
    Ok(())
}
