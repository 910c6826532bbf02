//! Stopping, resuming, deleting and bringing back.

use anyhow::Result;
use serde_json::{Value, json};

use super::{DAY, VAULT, backed_up, estate, item, over, points, properties, protected, protection};
use crate::azure::Azure;

async fn put(azure: &Azure, more: Value) -> Result<Value> {
    let started = azure.put(&item("shop"), protection(more)).await?.expect(202)?;
    over(azure, &started).await
}

/// Recorded: stopped without a policy and with its points; resumed by a policy.
#[tokio::test]
async fn a_stopped_database_keeps_its_points_and_is_resumed() -> Result<()> {
    let azure = protected(estate(), "shop").await?;
    backed_up(&azure, &item("shop"), "Full").await?;
    put(&azure, json!({ "policyId": "", "protectionState": "ProtectionStopped" })).await?;
    let stopped = properties(&azure, &item("shop")).await?;
    assert_eq!(stopped["protectionState"], "ProtectionStopped");
    assert!(stopped.get("policyId").is_none());
    assert_eq!(points(&azure, &item("shop"), "").await?.len(), 1);
    let request =
        json!({ "properties": { "objectType": "AzureWorkloadBackupRequest", "backupType": "Full" } });
    assert_eq!(azure.post(&format!("{}/backup", item("shop")), request).await?.status, 400);
    put(&azure, json!({})).await?;
    assert_eq!(properties(&azure, &item("shop")).await?["protectionState"], "Protected");
    Ok(())
}

/// Official: deleted softly, brought back stopped, gone after its days. Recorded: the job's words.
#[tokio::test]
async fn a_deleted_database_can_be_brought_back_for_its_days() -> Result<()> {
    let azure = protected(estate(), "shop").await?;
    backed_up(&azure, &item("shop"), "Full").await?;
    let started = azure.delete(&item("shop")).await?.expect(202)?;
    let job = super::job(&azure, &started).await?;
    assert_eq!((&job["operation"], &job["entityFriendlyName"]), (&json!("DeleteBackupData"), &json!("shop")));
    let gone = properties(&azure, &item("shop")).await?;
    assert_eq!(gone["isScheduledForDeferredDelete"], true);
    let again = azure.put(&item("shop"), protection(json!({}))).await?;
    assert_eq!(again.status, 400, "what is deleted softly must be brought back first");
    put(&azure, json!({ "policyId": "", "protectionState": "ProtectionStopped", "isRehydrate": true }))
        .await?;
    assert_eq!(properties(&azure, &item("shop")).await?["protectionState"], "ProtectionStopped");
    let started = azure.delete(&item("shop")).await?.expect(202)?;
    over(&azure, &started).await?;
    azure.running.advance(14.1 * DAY);
    azure.get(&item("shop")).await?.expect(404)?;
    Ok(())
}

/// Documentation: the graph shows what protects a database beside its machine, and the region tells of it.
#[tokio::test]
async fn the_graph_and_the_region_tell_of_a_protected_database() -> Result<()> {
    let azure = protected(estate(), "shop").await?;
    backed_up(&azure, &item("shop"), "Full").await?;
    let query = "recoveryservicesresources | where type =~ 'microsoft.recoveryservices/vaults/backupfabrics/protectioncontainers/protecteditems' | project workload = tostring(properties.workloadType), source = tostring(properties.dataSourceInfo.resourceID), friendly = tostring(properties.friendlyName), state = tostring(properties.protectionState)";
    let found = azure
        .post(
            "/providers/Microsoft.ResourceGraph/resources?api-version=2021-03-01",
            json!({ "query": query }),
        )
        .await?
        .expect(200)?
        .body;
    assert_eq!(
        found["data"],
        json!([{ "workload": "SQLDataBase", "source": super::SERVER, "friendly": "shop", "state": "Protected" }])
    );
    let status = format!(
        "/subscriptions/{}/providers/Microsoft.RecoveryServices/locations/westeurope/backupStatus",
        crate::azure::SUBSCRIPTION
    );
    let asked = |name: &str| json!({ "resourceType": "SQLDataBase", "resourceId": super::SERVER, "poLogicalName": name });
    let told = azure.post(&status, asked("shop")).await?.body;
    assert_eq!((&told["protectionStatus"], &told["vaultId"]), (&json!("Protected"), &json!(VAULT)));
    assert_eq!(azure.post(&status, asked("notes")).await?.body["protectionStatus"], "NotProtected");
    Ok(())
}

/// Field: a vault that still knows a server names it.
#[tokio::test]
async fn a_vault_with_a_registered_server_is_not_deleted() -> Result<()> {
    let azure = protected(estate(), "shop").await?;
    let refused = azure.delete(&format!("{VAULT}?api-version=2024-04-01")).await?;
    assert_eq!((refused.status, refused.code()), (400, "ServiceResourceNotEmptyWithContainerDetails"));
    assert!(refused.body["error"]["message"].as_str().unwrap_or_default().contains("sql1"));
    Ok(())
}
