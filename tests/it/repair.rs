//! A backup instance that somebody made and that ended in `ProtectionError` is mended, not doubled.

use std::time::Duration;

use anyhow::Result;
use holdfast_tests::{Knobs, SUBSCRIPTION, Stage, disks};
use serde_json::json;

use crate::world;

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_in_error_is_configured_again_under_its_own_name() -> Result<()> {
    let group = format!("/subscriptions/{SUBSCRIPTION}/resourceGroups");
    let vault = format!("{group}/rg-backup/providers/Microsoft.DataProtection/backupVaults/bv-westeurope");
    let disk = world::disk("rg-app", "made-by-hand");
    let mut estate = world::vaults();
    estate["policies"] =
        json!([{ "vault": "bv-westeurope", "name": "daily", "properties": disks::daily(7) }]);
    estate["resources"] = json!([{ "id": disk, "location": "westeurope", "tags": { "env": "prod" },
        "sku": { "name": "Premium_LRS" }, "properties": { "diskSizeGB": 32 } }]);
    let stage = Stage::set(Knobs { estate, ..Knobs::default() }).await?;

    let (policy, snapshots) =
        (format!("{vault}/backupPolicies/daily"), format!("{group}/rg-snapshots-westeurope"));
    let body = disks::instance(&disk, &policy, &snapshots);
    stage
        .azure("PUT", &format!("{vault}/backupInstances/by-hand?api-version=2024-04-01"), Some(&body))
        .await?;
    until_state(&stage, &disk, "ProtectionError").await?;

    stage.functions("POST", "/admin/functions/Sweep", Some(&json!({ "input": "" }))).await?;
    let story = stage.until_ended(std::slice::from_ref(&disk), Duration::from_secs(120)).await?;
    assert_eq!(story.end_of(&disk).unwrap()["outcome"], "protected");
    assert!(story.end_of(&disk).unwrap()["instance"].as_str().unwrap().ends_with("/by-hand"));
    assert_eq!(stage.protection_states(&disk).await?, ["ProtectionConfigured"]);
    Ok(())
}

async fn until_state(stage: &Stage, disk: &str, state: &str) -> Result<()> {
    for _ in 0..100 {
        if stage.protection_states(disk).await? == [state] {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    anyhow::bail!("never {state}: {:?}", stage.protection_states(disk).await?)
}
