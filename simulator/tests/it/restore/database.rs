//! Restores of databases.

use anyhow::Result;
use serde_json::{Value, json};

use super::{Protected, to_files, to_resource};
use crate::azure::GROUP;
use crate::workloads::{STORE_VAULT, instance, role, world};

pub(crate) fn single_server() -> (Value, Value, String) {
    let kind = "Microsoft.DBforPostgreSQL/servers/databases";
    let server = format!("{GROUP}/providers/Microsoft.DBforPostgreSQL/servers/pg1");
    let keys = format!("{GROUP}/providers/Microsoft.KeyVault/vaults/kv1");
    let account = format!("{GROUP}/providers/Microsoft.Storage/storageAccounts/dumps");
    let resources = json!([
        { "id": server, "location": "westeurope" },
        { "id": format!("{server}/databases/shop") },
        { "id": keys, "location": "westeurope", "properties": { "enableRbacAuthorization": true } },
        { "id": format!("{keys}/secrets/pg") },
        { "id": account, "location": "westeurope" },
        { "id": format!("{account}/blobServices/default/containers/files") },
    ]);
    let roles = json!([
        role(&server, "Reader"),
        role(&keys, "Key Vault Secrets User"),
        role(&account, "Storage Blob Data Contributor"),
    ]);
    let estate = world(kind, STORE_VAULT, "Full", "P1W", resources, roles);
    let properties =
        instance(kind, &format!("{server}/databases/shop"), json!({ "datasourceAuthCredentials": secret() }));
    (estate, properties, server)
}

pub(crate) fn secret() -> Value {
    json!({ "objectType": "SecretStoreBasedAuthCredentials",
            "secretStoreResource": { "secretStoreType": "AzureKeyVault", "uri": "https://kv1.vault.azure.net/secrets/pg" } })
}

#[tokio::test]
async fn a_database_becomes_another_database_or_files() -> Result<()> {
    let (estate, properties, server) = single_server();
    let shop = Protected::new(estate, properties, Some("Backup")).await?;
    let as_database = |name: &str| {
        let mut target = to_resource(&format!("{server}/databases/{name}"), Value::Null);
        target["datasourceAuthCredentials"] = secret();
        shop.request(STORE_VAULT, target)
    };
    assert_eq!(
        shop.verdict(&as_database("shop")).await?,
        "UserErrorDatabaseNameAlreadyInUse",
        "never the original"
    );
    assert_eq!(shop.verdict(&as_database("shop2")).await?, "Succeeded");
    assert_eq!(shop.restored(&as_database("shop2")).await?["status"], "Completed");
    shop.azure.get(&format!("{server}/databases/shop2")).await?.expect(200)?;
    let mut secretless = as_database("shop3");
    secretless["restoreTargetInfo"]["datasourceAuthCredentials"] = Value::Null;
    assert_eq!(shop.verdict(&secretless).await?, "UserErrorInvalidSecretStore");
    let elsewhere = shop.request(STORE_VAULT, to_resource(&format!("{server}x/databases/y"), Value::Null));
    assert_eq!(shop.verdict(&elsewhere).await?, "UserErrorAzureResourceNotFoundByPlugin");

    let files = shop.request(STORE_VAULT, to_files("https://dumps.blob.core.windows.net/files"));
    assert_eq!(shop.verdict(&files).await?, "Succeeded");
    let job = shop.restored(&files).await?;
    assert_eq!(job["extendedInfo"]["additionalDetails"]["Restore File Prefix"], "restored");
    let written = shop.azure.running.state()["files"].clone();
    assert!(written.to_string().contains("restored_"), "{written}");
    let nowhere = shop.request(STORE_VAULT, to_files("https://dumps.blob.core.windows.net/none"));
    assert_eq!(shop.verdict(&nowhere).await?, "UserErrorContainerNotAccessible");
    Ok(())
}

#[tokio::test]
async fn a_flexible_server_becomes_files_only() -> Result<()> {
    let kind = "Microsoft.DBforPostgreSQL/flexibleServers";
    let server = format!("{GROUP}/providers/{kind}/pg1");
    let account = format!("{GROUP}/providers/Microsoft.Storage/storageAccounts/dumps");
    let resources = json!([
        { "id": server, "location": "westeurope" },
        { "id": account, "location": "westeurope" },
        { "id": format!("{account}/blobServices/default/containers/files") },
    ]);
    let roles = json!([
        role(&server, "PostgreSQL Flexible Server Long Term Retention Backup Role"),
        role(GROUP, "Reader")
    ]);
    let estate = world(kind, STORE_VAULT, "Full", "P1W", resources, roles);
    let pg = Protected::new(estate, instance(kind, &server, json!({})), Some("Backup")).await?;
    let files = pg.request(STORE_VAULT, to_files("https://dumps.blob.core.windows.net/files"));
    assert_eq!(pg.verdict(&files).await?, "UserErrorMissingRequiredPermissions", "no role on the account");
    let as_server = pg.request(STORE_VAULT, to_resource(&server.replace("pg1", "pg2"), Value::Null));
    assert_eq!(pg.verdict(&as_server).await?, "BMSUserErrorInvalidInput");
    Ok(())
}
