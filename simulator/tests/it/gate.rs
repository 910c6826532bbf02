//! What ARM refuses before any provider sees a call.

use anyhow::Result;
use reqwest::Method;
use serde_json::{Value, json};

use crate::azure::{Azure, DISK, GROUP, SUBSCRIPTION, VAULT, disk_instance, estate, granted, instance};

fn lock(scope: &str) -> String {
    format!("{scope}/providers/Microsoft.Authorization/locks/held")
}

#[tokio::test]
async fn a_read_only_lock_forbids_every_change_below_it() -> Result<()> {
    let azure = Azure::frozen(granted()).await?;
    azure.put(&lock(GROUP), json!({ "properties": { "level": "ReadOnly" } })).await?.expect(201)?;
    let body = json!({ "location": "westeurope", "properties": {} });
    for refused in [
        azure.put(DISK, body.clone()).await?,
        azure.put(&instance(), json!({ "properties": disk_instance() })).await?,
        azure
            .post(&format!("{VAULT}/validateForBackup"), json!({ "backupInstance": disk_instance() }))
            .await?,
        azure.delete(VAULT).await?,
        azure.delete(GROUP).await?,
    ] {
        assert_eq!((refused.status, refused.code()), (409, "ScopeLocked"), "{refused:?}");
    }
    azure.get(DISK).await?.expect(200)?;
    azure.delete(&lock(GROUP)).await?.expect(200)?;
    azure.put(DISK, body).await?.expect(200)?;
    Ok(())
}

#[tokio::test]
async fn a_lock_on_a_resource_keeps_its_group() -> Result<()> {
    let azure = Azure::frozen(estate()).await?;
    azure.put(&lock(DISK), json!({ "properties": { "level": "CanNotDelete" } })).await?.expect(201)?;
    let refused = azure.delete(GROUP).await?.expect(409)?;
    let message = refused.body["error"]["message"].as_str().unwrap_or_default().to_owned();
    assert!(message.to_lowercase().contains(&DISK.to_lowercase()), "{message}");
    azure.put(DISK, json!({ "location": "westeurope", "tags": { "a": "b" } })).await?.expect(200)?;
    Ok(())
}

#[tokio::test]
async fn actions_can_be_denied_to_some() -> Result<()> {
    let mut world = granted();
    let other = format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-new");
    world["denyActions"] = json!([
        { "action": "Microsoft.Resources/subscriptions/resourceGroups/write", "scope": format!("/subscriptions/{SUBSCRIPTION}") },
        { "action": "Microsoft.Compute/disks/read", "scope": DISK, "principals": ["00000000-0000-0000-0000-000000000000"] },
        { "action": "*/delete", "scope": VAULT, "principals": ["function-app"] },
    ]);
    let azure = Azure::frozen(world).await?;
    let refused = azure.put(&other, json!({ "location": "westeurope" })).await?.expect(403)?;
    assert_eq!(refused.code(), "AuthorizationFailed");
    let message = refused.body["error"]["message"].as_str().unwrap_or_default().to_owned();
    assert!(message.contains("resourceGroups/write") && message.contains(&other), "{message}");
    azure.get(DISK).await?.expect(403)?;
    let refused = azure.put(&instance(), json!({ "properties": disk_instance() })).await?.expect(403)?;
    assert_eq!(refused.code(), "LinkedAuthorizationFailed", "who may not read the disk may not name it");
    azure.delete(VAULT).await?.expect(202)?;
    Ok(())
}

#[tokio::test]
async fn an_azure_policy_denies_callers_and_the_service_alike() -> Result<()> {
    let mut world = granted();
    world["policyDenials"] = json!([{ "scope": GROUP, "resourceType": "Microsoft.Compute/snapshots", "assignment": "no-snapshots" }]);
    let azure = Azure::frozen(world).await?;
    let snapshot = format!("{GROUP}/providers/Microsoft.Compute/snapshots/s1");
    let refused =
        azure.put(&snapshot, json!({ "location": "westeurope", "properties": {} })).await?.expect(403)?;
    assert_eq!(refused.code(), "RequestDisallowedByPolicy");
    assert_eq!(azure.verdict(VAULT, &disk_instance()).await?, "UserErrorRequestDisallowedByAzurePolicy");
    azure.post("/_simulator/settings", json!({ "policyDenials": [] })).await?.expect(204)?;
    assert_eq!(azure.verdict(VAULT, &disk_instance()).await?, "Succeeded");
    Ok(())
}

#[tokio::test]
async fn a_group_that_is_being_deleted_takes_nothing_more() -> Result<()> {
    let azure = Azure::frozen(estate()).await?;
    azure.delete(GROUP).await?.expect(202)?;
    let body = json!({ "location": "westeurope", "properties": {} });
    for refused in [azure.put(GROUP, body.clone()).await?, azure.put(DISK, body.clone()).await?] {
        assert_eq!((refused.status, refused.code()), (409, "ResourceGroupBeingDeleted"), "{refused:?}");
    }
    azure.running.advance(10.0);
    azure.delete(GROUP).await?.expect(202)?;
    azure.running.advance(10.0);
    azure.put(GROUP, json!({ "location": "westeurope" })).await?.expect(201)?;
    azure.running.advance(60.0);
    azure.get(GROUP).await?.expect(200)?;
    Ok(())
}

#[tokio::test]
async fn a_deleted_group_tells_of_each_resource_in_it() -> Result<()> {
    let azure = Azure::frozen(estate()).await?;
    azure.call(Method::DELETE, GROUP, None).await?.expect(202)?;
    azure.running.advance(60.0);
    let events = azure.get("/_simulator/events").await?.body;
    let deleted: Vec<&str> = events["published"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|event| event["eventType"] == "Microsoft.Resources.ResourceDeleteSuccess")
        .filter_map(|event| event["data"]["operationName"].as_str())
        .collect();
    assert!(deleted.contains(&"Microsoft.Compute/disks/delete"), "{deleted:?}");
    azure.get(GROUP).await?.expect(404)?;
    assert_eq!(azure.running.instances(), Value::Array(Vec::new()));
    Ok(())
}
