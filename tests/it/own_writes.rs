//! What Holdfast and Azure Backup write comes back as events: they are recognised, and cost no call.

use std::time::Duration;

use anyhow::Result;
use holdfast_tests::{Knobs, SUBSCRIPTION, Stage};
use serde_json::{Value, json};

use crate::world;

#[tokio::test(flavor = "multi_thread")]
async fn events_of_our_own_writes_cost_no_call() -> Result<()> {
    let stage = Stage::set(Knobs { estate: world::granted(), ..Knobs::default() }).await?;
    let group = format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-app");
    let vault = format!("{group}/providers/Microsoft.DataProtection/backupVaults/bv-westeurope");
    let disk = world::disk("rg-app", "data");
    let account = format!("{group}/providers/Microsoft.Storage/storageAccounts/assets");
    let written = [
        vault.clone(),
        format!("{vault}/backupPolicies/holdfast-disks"),
        format!("{vault}/backupInstances/data"),
        format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-snapshots-westeurope"),
        format!(
            "{disk}/providers/Microsoft.Authorization/roleAssignments/73475f31-3f04-553d-ab27-c2ce02881538"
        ),
        format!("{group}/providers/Microsoft.Compute/snapshots/data-1"),
        format!("{account}/providers/Microsoft.Authorization/locks/AzureBackupProtectionLock"),
        format!("{account}/blobServices/default"),
        format!("{account}/blobServices/default/containers/photos"),
        format!("{account}/objectReplicationPolicies/0d9f6c1e"),
        format!("{group}/providers/Microsoft.DBforPostgreSQL/flexibleServers/orders/backups/ltr-1"),
        format!(
            "{group}/providers/Microsoft.ContainerService/managedClusters/aks/trustedAccessRoleBindings/backup"
        ),
    ];
    let event = |subject: &String| {
        json!({ "id": subject, "topic": format!("/subscriptions/{SUBSCRIPTION}"),
        "subject": subject, "eventType": "Microsoft.Resources.ResourceWriteSuccess",
        "eventTime": "2026-01-14T09:26:53.5897932Z", "dataVersion": "2", "metadataVersion": "1",
        "data": { "resourceUri": subject, "operationName": "x/write", "status": "Succeeded" } })
    };
    let events: Vec<Value> = written.iter().map(event).collect();
    stage.azure("DELETE", "/_simulator/calls", None).await?;
    stage.azure("POST", "/_simulator/events/again", Some(&json!({ "events": events }))).await?;
    let delivered = async || -> Result<u64> {
        let summary = stage.azure("GET", "/_simulator/events", None).await?;
        Ok(summary["summary"]["delivered"].as_u64().unwrap_or_default())
    };
    for _ in 0..100 {
        if delivered().await? >= written.len() as u64 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(delivered().await? >= written.len() as u64, "all were delivered");
    assert!(stage.azure.storage.messages("holdfast-work").is_empty(), "none is work");
    let calls = stage.azure("GET", "/_simulator/calls", None).await?;
    assert_eq!(calls["total"], 0, "{calls}");
    assert!(stage.story()?.rejected("event").is_empty(), "none is bad input");
    Ok(())
}
