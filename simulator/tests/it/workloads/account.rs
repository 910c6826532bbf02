//! What storage accounts need.

use anyhow::Result;
use serde_json::{Value, json};

use super::{STORE_VAULT, instance, role, verdict, world};
use crate::azure::{Azure, GROUP, VAULT};

#[tokio::test]
async fn vaulted_blobs_and_data_lakes_want_containers_that_are_there() -> Result<()> {
    let account = format!("{GROUP}/providers/Microsoft.Storage/storageAccounts/shopfiles");
    let container = |name: &str| json!({ "id": format!("{account}/blobServices/default/containers/{name}") });
    for (kind, parameters, lake) in [
        ("Microsoft.Storage/storageAccounts/blobServices", "BlobBackupDatasourceParameters", false),
        ("Microsoft.Storage/storageAccounts/adlsBlobServices", "AdlsBlobBackupDatasourceParameters", true),
    ] {
        let resources = json!([
            { "id": account, "location": "westeurope", "properties": { "isHnsEnabled": lake } },
            container("orders"),
            container("temp-1"),
        ]);
        let roles = json!([role(&account, "Storage Account Backup Contributor")]);
        let estate = world(kind, STORE_VAULT, "Discrete", "P1W", resources, roles);
        let with = |parameters: Value| {
            instance(
                kind,
                &account,
                json!({ "parameters": { "backupDatasourceParametersList": [parameters] } }),
            )
        };
        let listing = |names: Value| with(json!({ "objectType": parameters, "containersList": names }));
        assert_eq!(verdict(estate.clone(), &listing(json!(["orders"]))).await?, "Succeeded");
        assert_eq!(
            verdict(estate.clone(), &listing(json!(["gone"]))).await?,
            "UserErrorIncorrectContainersSelectedForOperation"
        );
        assert_eq!(
            verdict(estate.clone(), &listing(json!([]))).await?,
            "UserErrorNoContainersSelectedForOperation"
        );
        let mut other = estate.clone();
        other["resources"][0]["properties"]["isHnsEnabled"] = json!(!lake);
        assert_eq!(
            verdict(other, &listing(json!(["orders"]))).await?,
            "UserErrorUnsupportedStorageAccountType"
        );
        let mut closed = estate.clone();
        closed["resources"][0]["properties"]["allowCrossTenantReplication"] = json!(false);
        assert_eq!(
            verdict(closed, &listing(json!(["orders"]))).await?,
            "UserErrorCrossTenantOrsPolicyDisabled"
        );
        let mut locked = estate.clone();
        locked["resources"].as_array_mut().unwrap().push(json!({
            "id": format!("{account}/providers/Microsoft.Authorization/locks/ro"), "properties": { "level": "ReadOnly" } }));
        assert_eq!(
            verdict(locked, &listing(json!(["orders"]))).await?,
            "UserErrorStorageAccountInLockedState"
        );

        // Automatic protection takes all but what a rule leaves out, and what comes later.
        let automatic = with(json!({
            "objectType": format!("{parameters}ForAutoProtection"),
            "autoProtectionSettings": { "objectType": "BlobBackupRuleBasedAutoProtectionSettings", "enabled": true, "rules": [
                { "objectType": "BlobBackupAutoProtectionRule", "mode": "Exclude", "type": "Prefix", "pattern": "temp-" } ] },
        }));
        let azure = Azure::frozen(estate).await?;
        let path = format!("{VAULT}/backupInstances/files");
        azure.put(&path, json!({ "properties": automatic.clone() })).await?.expect(400)?;
        let newer = format!("{path}?api-version=2026-03-01");
        azure.put(&newer, json!({ "properties": automatic })).await?.expect(201)?;
        azure.running.advance(60.0);
        assert_eq!(azure.running.instances()[0]["containers"], json!(["orders"]));
        for name in ["invoices", "temp-2"] {
            let id = format!("{account}/blobServices/default/containers/{name}");
            azure.put(&id, json!({ "properties": {} })).await?.expect(201)?;
        }
        assert_eq!(azure.running.instances()[0]["containers"], json!(["invoices", "orders"]));
        let listed =
            azure.get(&format!("{account}/blobServices/default/containers")).await?.expect(200)?.body;
        assert_eq!(listed["value"].as_array().map(Vec::len), Some(4));
        let kept = azure.get(&newer).await?.body;
        let settings = "/properties/policyInfo/policyParameters/backupDatasourceParametersList/0/autoProtectionSettings/enabled";
        assert_eq!(kept.pointer(settings), Some(&json!(true)));
        let older = azure.get(&path).await?.body;
        assert_eq!(older.pointer(settings), None, "older api-versions do not speak of it");
    }
    Ok(())
}
