//! SAP HANA: the same with its words.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::{
    HANA, VAULT, backed_up, container, estate, inside, job, over, points, properties, protectable, register,
};
use crate::azure::Azure;

fn item(name: &str) -> String {
    format!("{}/protectedItems/saphanadatabase;hxe;{name}", container(HANA))
}

fn protection(more: Value) -> Value {
    let mut properties = json!({ "protectedItemType": "AzureVmWorkloadSAPHanaDatabase", "policyId": format!("{VAULT}/backupPolicies/hana") });
    for (name, value) in more.as_object().into_iter().flatten() {
        properties[name] = value.clone();
    }
    json!({ "properties": properties })
}

async fn protected() -> Result<Azure> {
    let azure = Azure::frozen(estate()).await?;
    register(&azure, HANA, "SAPHanaDatabase").await?;
    let started = azure.put(&item("systemdb"), protection(json!({}))).await?.expect(202)?;
    assert_eq!(over(&azure, &started).await?["status"], "Succeeded");
    Ok(azure)
}

/// Recorded: the container, the protectable items and the item with HANA's words.
#[tokio::test]
async fn a_hana_database_lives_its_life() -> Result<()> {
    let azure = protected().await?;
    let known = properties(&azure, &container(HANA)).await?;
    assert_eq!(known["extendedInfo"]["hostServerName"], "hxehost");
    let inquiry = &known["extendedInfo"]["inquiryInfo"]["inquiryDetails"][0];
    assert_eq!(inquiry["type"], "SAPHana");
    assert_eq!(
        inquiry["inquiryValidation"]["protectableItemCount"],
        json!({ "SAPHanaSystem": 1, "SAPHanaDatabase": 2 })
    );
    let found = azure.get(&protectable("SAPHanaDatabase")).await?.body;
    let named: Vec<&str> =
        found["value"].as_array().unwrap().iter().filter_map(|one| one["name"].as_str()).collect();
    assert_eq!(
        named,
        ["saphanasystem;hxe", "saphanadatabase;hxe;hxe", "saphanadbinstance;hxe;hxe(dbinstance)"]
    );
    assert_eq!(found["value"][0]["properties"]["isAutoProtectable"], false);

    let job = backed_up(&azure, &item("systemdb"), "Full").await?;
    assert_eq!(
        (&job["workloadType"], &job["entityFriendlyName"]),
        (&json!("SAPHanaDatabase"), &json!("SYSTEMDB [hxehost]"))
    );
    let shown = properties(&azure, &item("systemdb")).await?;
    assert_eq!(
        (&shown["parentType"], &shown["friendlyName"]),
        (&json!("AzureVmWorkloadSAPHanaSystem"), &json!("systemdb"))
    );
    assert!(shown["extendedInfo"].get("recoveryModel").is_none());
    assert_eq!(
        points(&azure, &item("systemdb"), "").await?[0]["properties"]["objectType"],
        "AzureWorkloadSAPHanaRecoveryPoint"
    );
    for kind in ["CopyOnlyFull", "Log", "Incremental"] {
        let request =
            json!({ "properties": { "objectType": "AzureWorkloadBackupRequest", "backupType": kind } });
        let refused = azure.post(&format!("{}/backup", item("systemdb")), request).await?;
        assert_eq!((refused.status, refused.code()), (400, "BMSUserErrorInvalidInput"), "{kind}");
    }
    Ok(())
}

/// Documentation: after its system database was restored, a system must be made ready for backups again.
#[tokio::test]
async fn a_restored_system_database_wants_its_script_again() -> Result<()> {
    let azure = protected().await?;
    backed_up(&azure, &item("systemdb"), "Full").await?;
    let point =
        points(&azure, &item("systemdb"), "Full").await?[0]["name"].as_str().context("no name")?.to_owned();
    let body = json!({ "properties": { "objectType": "AzureWorkloadSAPHanaRestoreRequest", "recoveryType": "OriginalLocation", "sourceResourceId": HANA } });
    let started = azure
        .post(&format!("{}/recoveryPoints/{point}/restore", item("systemdb")), body)
        .await?
        .expect(202)?;
    assert_eq!(job(&azure, &started).await?["status"], "Completed");
    assert_eq!(inside(&azure, HANA).await?["instances"][0]["trouble"], "UserErrorHanaPreScriptNotRun");
    let failed = backed_up(&azure, &item("systemdb"), "Full").await?;
    assert_eq!(failed["errorDetails"][0]["errorTitle"], "UserErrorHanaPreScriptNotRun");
    Ok(())
}

/// Recorded: the instance of a system is listed. Official: its snapshots are an item of their own with a policy of its kind.
#[tokio::test]
async fn the_snapshots_of_a_system_are_an_item_of_their_own() -> Result<()> {
    let azure = Azure::frozen(estate()).await?;
    register(&azure, HANA, "SAPHanaDatabase").await?;
    let found = azure.get(&protectable("SAPHanaDatabase")).await?.body;
    let named: Vec<&str> =
        found["value"].as_array().unwrap().iter().filter_map(|one| one["name"].as_str()).collect();
    assert!(named.contains(&"saphanadbinstance;hxe;hxe(dbinstance)"), "{named:?}");
    let mut part = super::part("SnapshotFull", super::daily(), json!(null));
    part["snapshotBackupAdditionalDetails"] = json!({ "instantRpRetentionRangeInDays": 5,
        "instantRPDetails": "rg-snapshots", "userAssignedManagedIdentityDetails": { "identityArmId": "/subscriptions/s/id" } });
    let policy = super::policy_of("SAPHanaDBInstance", json!([part]));
    azure
        .put(&format!("{VAULT}/backupPolicies/snapshots"), json!({ "properties": policy }))
        .await?
        .expect(200)?;
    let item = format!("{}/protectedItems/saphanadbinstance;hxe;hxe(dbinstance)", container(HANA));
    let body = json!({ "properties": { "protectedItemType": "AzureVmWorkloadSAPHanaDBInstance", "policyId": format!("{VAULT}/backupPolicies/snapshots") } });
    let started = azure.put(&item, body).await?.expect(202)?;
    assert_eq!(over(&azure, &started).await?["status"], "Succeeded");
    assert_eq!(backed_up(&azure, &item, "SnapshotFull").await?["status"], "Completed");
    let point = points(&azure, &item, "SnapshotFull").await?[0]["properties"].clone();
    assert_eq!(
        (&point["type"], &point["recoveryPointTierDetails"][0]["type"]),
        (&json!("SnapshotFull"), &json!("InstantRP"))
    );
    Ok(())
}
