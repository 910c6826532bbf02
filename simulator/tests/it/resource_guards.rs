//! Vaults that a resource guard protects from their own people.

use anyhow::{Context as _, Result};
use reqwest::Method;
use serde_json::{Value, json};

use crate::azure::{Azure, GROUP, VAULT, disk_instance, disk_policy, granted, instance};

const GUARD: &str = "/subscriptions/5b0f1d3a-6c1e-4b5e-9d53-0d2f7c3e9a10/resourceGroups/rg-app/providers/Microsoft.DataProtection/resourceGuards/guard";

fn proxy() -> String {
    format!("{VAULT}/backupResourceGuardProxies/DppResourceGuardProxy")
}

fn request(kind: &str) -> Value {
    json!({ "resourceGuardOperationRequests": [format!("{GUARD}/{kind}/default")] })
}

fn tie() -> Value {
    json!({ "properties": { "resourceGuardResourceId": GUARD } })
}

/// A protected disk in a guarded vault.
async fn guarded() -> Result<Azure> {
    let mut estate = granted();
    estate["policies"]
        .as_array_mut()
        .unwrap()
        .push(json!({ "vault": "bv1", "name": "other", "properties": disk_policy() }));
    estate["vaults"][0]["softDelete"] = json!("On");
    let azure = Azure::frozen(estate).await?;
    azure.put(&instance(), json!({ "properties": disk_instance() })).await?.expect(201)?;
    azure.running.advance(60.0);
    let made = azure.put(GUARD, json!({ "location": "westeurope" })).await?.expect(200)?;
    assert_eq!(made.body["properties"]["resourceGuardOperations"].as_array().map(Vec::len), Some(18));
    let tied = azure.put(&proxy(), tie()).await?.expect(200)?;
    assert_eq!(tied.body["properties"]["resourceGuardOperationDetails"].as_array().map(Vec::len), Some(9));
    assert_eq!(azure.get(VAULT).await?.body["properties"]["isVaultProtectedByResourceGuard"], true);
    Ok(azure)
}

#[tokio::test]
async fn a_vault_is_tied_to_a_guard_that_is_there() -> Result<()> {
    let azure = Azure::frozen(granted()).await?;
    let refused = azure.put(&proxy(), tie()).await?.expect(400)?;
    assert_eq!(refused.code(), "BMSUserErrorInvalidInput");
    azure.get(&proxy()).await?.expect(404)?;
    azure.put(GUARD, json!({ "location": "westeurope" })).await?.expect(200)?;
    azure.put(&proxy(), tie()).await?.expect(200)?;
    Ok(())
}

#[tokio::test]
async fn what_a_guard_excludes_it_does_not_list() -> Result<()> {
    let azure = Azure::frozen(granted()).await?;
    let excluded = ["backupInstances/delete", "backupInstances/restore/action"]
        .map(|below| format!("Microsoft.DataProtection/backupVaults/{below}"));
    let body = json!({ "location": "westeurope", "properties": { "vaultCriticalOperationExclusionList": excluded } });
    let made = azure.put(GUARD, body).await?.expect(200)?.body;
    let read = azure.get(GUARD).await?.expect(200)?.body;
    for shown in [made, read] {
        let listed = shown["properties"]["resourceGuardOperations"].as_array().context("no list")?;
        assert_eq!(listed.len(), 16, "{listed:?}");
        assert!(
            listed.iter().all(|one| !excluded.iter().any(|other| one["vaultCriticalOperation"] == *other)),
            "{listed:?}"
        );
        assert_eq!(shown["properties"]["vaultCriticalOperationExclusionList"], json!(excluded));
    }
    Ok(())
}

#[tokio::test]
async fn a_guarded_operation_needs_the_guards_request() -> Result<()> {
    let azure = guarded().await?;
    for (action, kind) in
        [("stopProtection", "dppDisableStopProtectionRequests"), ("restore", "dppTriggerRestoreRequests")]
    {
        let path = format!("{}/{action}", instance());
        let refused = azure.post(&path, json!({})).await?.expect(403)?;
        assert!(
            refused.body.to_string().contains("ResourceGuard Operation requestid is either null or empty"),
            "{refused:?}"
        );
        // With it the guard stands aside; the restore is refused for what it is.
        assert_ne!(azure.post(&path, request(kind)).await?.status, 403, "{action}");
        azure.running.advance(60.0);
    }
    azure.post(&format!("{}/resumeProtection", instance()), json!({})).await?.expect(202)?;
    azure.running.advance(60.0);
    let mut moved = disk_instance();
    moved["policyInfo"]["policyId"] = json!(format!("{VAULT}/backupPolicies/other"));
    azure.put(&instance(), json!({ "properties": moved })).await?.expect(403)?;
    moved["resourceGuardOperationRequests"] =
        request("dppModifyPolicy")["resourceGuardOperationRequests"].clone();
    azure.put(&instance(), json!({ "properties": moved })).await?.expect(201)?;
    let weaker =
        json!({ "properties": { "securitySettings": { "softDeleteSettings": { "state": "Off" } } } });
    azure.call(Method::PATCH, VAULT, Some(weaker)).await?.expect(403)?;
    Ok(())
}

#[tokio::test]
async fn a_deletion_is_unlocked_for_half_an_hour() -> Result<()> {
    let azure = guarded().await?;
    azure.delete(&instance()).await?.expect(403)?;
    let unlock = format!("{}/unlockDelete", proxy());
    azure.post(&unlock, json!({})).await?.expect(403)?;
    let mut body = request("deleteBackupInstanceRequests");
    body["resourceToBeDeleted"] = json!(instance());
    let unlocked = azure.post(&unlock, body.clone()).await?.expect(200)?;
    let until: jiff::Timestamp =
        unlocked.body["unlockDeleteExpiryTime"].as_str().context("no time")?.parse()?;
    assert!((1799..=1800).contains(&until.duration_since(azure.running.now()).as_secs()));
    azure.running.advance(1900.0);
    azure.delete(&instance()).await?.expect(403)?;
    azure.post(&unlock, body).await?.expect(200)?;
    azure.delete(&instance()).await?.expect(202)?;
    azure.delete(&proxy()).await?.expect(403)?;
    azure.post(&unlock, request("deleteResourceGuardProxyRequests")).await?.expect(200)?;
    azure.delete(&proxy()).await?.expect(200)?;
    assert_eq!(azure.get(VAULT).await?.body["properties"]["isVaultProtectedByResourceGuard"], false);
    Ok(())
}

#[tokio::test]
async fn whoever_has_no_right_to_the_guard_cannot_use_its_requests() -> Result<()> {
    let azure = guarded().await?;
    let denied = json!({ "denyActions": [{ "action": "Microsoft.DataProtection/resourceGuards/read", "scope": GROUP }] });
    azure.post("/_simulator/settings", denied).await?.expect(204)?;
    let path = format!("{}/stopProtection", instance());
    let refused = azure.post(&path, request("dppDisableStopProtectionRequests")).await?.expect(403)?;
    assert_eq!(refused.code(), "LinkedAuthorizationFailed");
    let mut body = request("deleteBackupInstanceRequests");
    body["resourceToBeDeleted"] = json!(instance());
    let refused = azure.post(&format!("{}/unlockDelete", proxy()), body).await?.expect(403)?;
    assert_eq!(refused.code(), "LinkedAuthorizationFailed");
    azure.post("/_simulator/settings", json!({ "denyActions": [] })).await?.expect(204)?;
    azure.delete(&instance()).await?.expect(403)?;
    Ok(())
}
