//! What databases need.

use anyhow::Result;
use serde_json::json;

use super::{STORE_VAULT, instance, policy, role, verdict, without, world};
use crate::azure::{Azure, GROUP, VAULT};

#[tokio::test]
async fn a_single_server_wants_its_secret() -> Result<()> {
    let kind = "Microsoft.DBforPostgreSQL/servers/databases";
    let server = format!("{GROUP}/providers/Microsoft.DBforPostgreSQL/servers/pg1");
    let database = format!("{server}/databases/shop");
    let vault = format!("{GROUP}/providers/Microsoft.KeyVault/vaults/kv1");
    let resources = json!([
        { "id": server, "location": "westeurope" },
        { "id": database },
        { "id": vault, "location": "westeurope", "properties": { "enableRbacAuthorization": true } },
        { "id": format!("{vault}/secrets/pg") },
    ]);
    let roles = json!([role(&server, "Reader"), role(&vault, "Key Vault Secrets User")]);
    let estate = world(kind, STORE_VAULT, "Full", "P1W", resources, roles);
    let secret = |uri: &str| {
        json!({ "datasourceAuthCredentials": { "objectType": "SecretStoreBasedAuthCredentials",
        "secretStoreResource": { "secretStoreType": "AzureKeyVault", "uri": uri } } })
    };
    let good = instance(kind, &database, secret("https://kv1.vault.azure.net/secrets/pg"));
    assert_eq!(verdict(estate.clone(), &good).await?, "Succeeded");

    let bare = instance(kind, &database, json!({}));
    assert_eq!(verdict(estate.clone(), &bare).await?, "UserErrorInvalidSecretStore");
    let elsewhere = instance(kind, &database, secret("https://kv2.vault.azure.net/secrets/pg"));
    assert_eq!(verdict(estate.clone(), &elsewhere).await?, "UserErrorInvalidSecretStore");
    let other =
        instance(kind, &format!("{server}/databases/none"), secret("https://kv1.vault.azure.net/secrets/pg"));
    assert_eq!(verdict(estate.clone(), &other).await?, "UserErrorDBNotFound");
    assert_eq!(verdict(without(&estate, "resources", 3), &good).await?, "UserErrorInvalidSecret");
    let unread = without(&estate, "roleAssignments", 1);
    assert_eq!(verdict(unread.clone(), &good).await?, "UserErrorMissingPermissionsOnSecretStore");
    assert_eq!(
        verdict(without(&estate, "roleAssignments", 0), &good).await?,
        "UserErrorMissingRequiredPermissions"
    );
    let mut closed = estate.clone();
    closed["resources"][0]["properties"] = json!({ "publicNetworkAccess": "Disabled" });
    assert_eq!(verdict(closed, &good).await?, "UserErrorMissingNetworkSecurityPermissions");

    // The older way: an access policy of the key vault.
    let mut by_policy = unread;
    by_policy["resources"][2]["properties"] = json!({ "accessPolicies": [] });
    let azure = Azure::frozen(by_policy).await?;
    assert_eq!(azure.verdict(VAULT, &good).await?, "UserErrorMissingPermissionsOnSecretStore");
    let principal = azure.get(VAULT).await?.body["identity"]["principalId"].clone();
    let policies = json!({ "properties": { "accessPolicies": [{ "objectId": principal, "permissions": { "secrets": ["Get", "List"] } }] } });
    azure.call(reqwest::Method::PATCH, &vault, Some(policies)).await?.expect(200)?;
    assert_eq!(azure.verdict(VAULT, &good).await?, "Succeeded");
    Ok(())
}

/// Official: that it is refused.
#[tokio::test]
async fn an_immutable_vault_takes_no_policy_that_keeps_less_in_it() -> Result<()> {
    let kind = "Microsoft.DBforPostgreSQL/flexibleServers";
    let server = format!("{GROUP}/providers/{kind}/pg1");
    let roles = json!([
        role(&server, "PostgreSQL Flexible Server Long Term Retention Backup Role"),
        role(GROUP, "Reader"),
    ]);
    let resources = json!([{ "id": server, "location": "westeurope" }]);
    let mut estate = world(kind, STORE_VAULT, "Full", "P1W", resources, roles);
    estate["vaults"][0]["immutability"] = json!("Unlocked");
    for (name, days) in [("less", "P3D"), ("more", "P30D")] {
        let mut properties = policy(kind, STORE_VAULT, "Full", "P1W");
        properties["policyRules"][1]["lifecycles"][0]["deleteAfter"]["duration"] = json!(days);
        let policy = json!({ "vault": "bv1", "name": name, "properties": properties });
        estate["policies"].as_array_mut().unwrap().push(policy);
    }
    let azure = Azure::frozen(estate).await?;
    let path = format!("{VAULT}/backupInstances/pg1");
    azure.put(&path, json!({ "properties": instance(kind, &server, json!({})) })).await?.expect(201)?;
    azure.running.advance(60.0);
    assert_eq!(azure.state(&path).await?, "ProtectionConfigured");
    let under = |name: &str| {
        let mut moved = instance(kind, &server, json!({}));
        moved["policyInfo"]["policyId"] = json!(format!("{VAULT}/backupPolicies/{name}"));
        json!({ "properties": moved })
    };
    let refused = azure.put(&path, under("less")).await?.expect(400)?;
    assert_eq!(refused.code(), "UserErrorOperationNotAllowedOnImmutableVault");
    azure.put(&path, under("more")).await?.expect(201)?;
    Ok(())
}

#[tokio::test]
async fn a_stopped_flexible_server_is_configured_but_not_backed_up() -> Result<()> {
    let kind = "Microsoft.DBforPostgreSQL/flexibleServers";
    let server = format!("{GROUP}/providers/{kind}/pg1");
    let resources = json!([{ "id": server, "location": "westeurope", "properties": { "state": "Stopped" } }]);
    let roles = json!([
        role(&server, "PostgreSQL Flexible Server Long Term Retention Backup Role"),
        role(GROUP, "Contributor"),
    ]);
    let azure = Azure::frozen(world(kind, STORE_VAULT, "Full", "P1W", resources, roles)).await?;
    let path = format!("{VAULT}/backupInstances/pg1");
    azure.put(&path, json!({ "properties": instance(kind, &server, json!({})) })).await?.expect(201)?;
    azure.running.advance(60.0);
    assert_eq!(azure.state(&path).await?, "ProtectionConfigured", "a wider role brings the right to read");
    let backup = json!({ "backupRuleOptions": { "ruleName": "Backup", "triggerOption": {} } });
    azure.post(&format!("{path}/backup"), backup).await?.expect(202)?;
    azure.running.advance(600.0);
    let job = azure.get(&format!("{VAULT}/backupJobs")).await?.body["value"][0].clone();
    assert_eq!(job["properties"]["status"], "Failed");
    assert_eq!(job["properties"]["errorDetails"][0]["code"], "PostgreSQLFlexOperationFailedUserError");
    Ok(())
}
