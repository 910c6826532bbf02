//! What each kind of datasource wants before it can be protected, and the code that tells of each gap.

use anyhow::Result;
use serde_json::{Value, json};

use crate::azure::{Azure, GROUP, SUBSCRIPTION, VAULT};

pub(crate) const STORE_VAULT: &str = "VaultStore";
pub(crate) const STORE_OPERATIONAL: &str = "OperationalStore";

pub(crate) fn policy(kind: &str, store: &str, backup: &str, period: &str) -> Value {
    json!({
        "objectType": "BackupPolicy", "datasourceTypes": [kind],
        "policyRules": [
            {
                "objectType": "AzureBackupRule", "name": "Backup",
                "backupParameters": { "objectType": "AzureBackupParams", "backupType": backup },
                "dataStore": { "dataStoreType": store, "objectType": "DataStoreInfoBase" },
                "trigger": { "objectType": "ScheduleBasedTriggerContext",
                    "schedule": { "repeatingTimeIntervals": [format!("R/2024-01-01T02:00:00+00:00/{period}")] },
                    "taggingCriteria": [{ "isDefault": true, "taggingPriority": 99, "tagInfo": { "tagName": "Default", "id": "Default_" } }] },
            },
            {
                "objectType": "AzureRetentionRule", "name": "Default", "isDefault": true,
                "lifecycles": [{ "deleteAfter": { "objectType": "AbsoluteDeleteOption", "duration": "P7D" },
                    "sourceDataStore": { "dataStoreType": store, "objectType": "DataStoreInfoBase" } }],
            },
        ],
    })
}

pub(crate) fn instance(kind: &str, id: &str, extra: Value) -> Value {
    let mut properties = json!({
        "objectType": "BackupInstance", "friendlyName": "x",
        "dataSourceInfo": { "objectType": "Datasource", "resourceID": id, "resourceType": kind, "datasourceType": kind, "resourceLocation": "westeurope" },
        "policyInfo": { "policyId": format!("{VAULT}/backupPolicies/p") },
    });
    for (name, value) in extra.as_object().into_iter().flatten() {
        match name.as_str() {
            "parameters" => properties["policyInfo"]["policyParameters"] = value.clone(),
            _ => properties[name] = value.clone(),
        }
    }
    properties
}

pub(crate) fn world(
    kind: &str,
    store: &str,
    backup: &str,
    period: &str,
    resources: Value,
    roles: Value,
) -> Value {
    json!({
        "resourceGroups": [{ "id": GROUP, "location": "westeurope" }],
        "vaults": [{ "id": VAULT, "location": "westeurope" }],
        "policies": [{ "vault": "bv1", "name": "p", "properties": policy(kind, store, backup, period) }],
        "resources": resources,
        "roleAssignments": roles,
    })
}

pub(crate) fn role(scope: &str, role: &str) -> Value {
    json!({ "scope": scope, "role": role, "principal": "vault:bv1" })
}

/// Changes one thing of an estate, by the index of the resource.
fn without(world: &Value, list: &str, index: usize) -> Value {
    let mut world = world.clone();
    world[list].as_array_mut().unwrap().remove(index);
    world
}

pub(crate) async fn verdict(world: Value, properties: &Value) -> Result<String> {
    Azure::frozen(world).await?.verdict(VAULT, properties).await
}

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

pub(crate) const CLUSTERS: &str = "Microsoft.ContainerService/managedClusters";
const CLUSTER_IDENTITY: &str = "aaaaaaaa-0000-4000-8000-000000000001";
const EXTENSION_IDENTITY: &str = "aaaaaaaa-0000-4000-8000-000000000002";

/// A cluster with everything that its backup wants.
pub(crate) fn cluster_world() -> (Value, Value) {
    let cluster = format!("{GROUP}/providers/{CLUSTERS}/aks1");
    let account = format!("{GROUP}/providers/Microsoft.Storage/storageAccounts/aksbackups");
    let settings = json!({
        "configuration.backupStorageLocation.bucket": "backups",
        "configuration.backupStorageLocation.config.storageAccount": "aksbackups",
        "configuration.backupStorageLocation.config.resourceGroup": "rg-app",
        "configuration.backupStorageLocation.config.subscriptionId": SUBSCRIPTION,
    });
    let resources = json!([
        { "id": cluster, "location": "westeurope", "properties": { "powerState": { "code": "Running" } } },
        { "id": account, "location": "westeurope" },
        { "id": format!("{cluster}/providers/Microsoft.KubernetesConfiguration/extensions/azure-aks-backup"), "properties": {
            "extensionType": "microsoft.dataprotection.kubernetes", "configurationSettings": settings,
            "aksAssignedIdentity": { "principalId": EXTENSION_IDENTITY } } },
        { "id": format!("{cluster}/trustedAccessRoleBindings/backup"), "properties": {
            "sourceResourceId": VAULT, "roles": ["Microsoft.DataProtection/backupVaults/backup-operator"] } },
    ]);
    let roles = json!([
        role(&cluster, "Reader"),
        role(GROUP, "Reader"),
        { "scope": GROUP, "role": "Contributor", "principal": CLUSTER_IDENTITY },
        { "scope": account, "role": "Storage Blob Data Contributor", "principal": EXTENSION_IDENTITY },
    ]);
    let mut estate = world(CLUSTERS, STORE_OPERATIONAL, "Incremental", "PT4H", resources, roles);
    estate["resources"][0]["identity"] = json!({ "type": "SystemAssigned", "principalId": CLUSTER_IDENTITY });
    let instance = instance(
        CLUSTERS,
        &cluster,
        json!({ "parameters": {
        "dataStoreParametersList": [{ "objectType": "AzureOperationalStoreParameters", "dataStoreType": STORE_OPERATIONAL, "resourceGroupId": GROUP }],
        "backupDatasourceParametersList": [{ "objectType": "KubernetesClusterBackupDatasourceParameters",
            "snapshotVolumes": true, "includeClusterScopeResources": true }],
    } }),
    );
    (estate, instance)
}

#[tokio::test]
async fn a_cluster_wants_its_extension_trust_and_three_identities() -> Result<()> {
    let (estate, good) = cluster_world();
    assert_eq!(verdict(estate.clone(), &good).await?, "Succeeded");
    for (list, index, code) in [
        ("resources", 2, "UserErrorKubernetesBackupExtensionNotFoundError"),
        ("resources", 1, "UserErrorNoDefaultBackupStorageLocationFound"),
        ("resources", 3, "UserErrorMissingRequiredPermissions"),
        // Who may read the group may read the cluster in it.
        ("roleAssignments", 0, "Succeeded"),
        ("roleAssignments", 1, "UserErrorMissingRequiredPermissions"),
        ("roleAssignments", 2, "UserErrorMissingRequiredPermissions"),
        ("roleAssignments", 3, "UserErrorExtensionMSIMissingPermissionsOnBackupStorageLocation"),
    ] {
        // The account goes with the role on it.
        let mut less = without(&estate, list, index);
        if (list, index) == ("resources", 1) {
            less = without(&less, "roleAssignments", 3);
        }
        assert_eq!(verdict(less, &good).await?, code, "{list} {index}");
    }
    let changed = |pointer: &str, value: Value| {
        let mut estate = estate.clone();
        *estate.pointer_mut(pointer).unwrap() = value;
        estate
    };
    for (estate, code) in [
        (
            changed("/resources/0/properties/powerState/code", json!("Stopped")),
            "UserErrorKubernetesBackupClusterIsStopped",
        ),
        (
            changed("/resources/2/properties/aksAssignedIdentity/principalId", Value::Null),
            "UserErrorKubernetesBackupExtensionIdentityNotFound",
        ),
        (
            changed(
                "/resources/2/properties",
                json!({ "extensionType": "microsoft.dataprotection.kubernetes", "provisioningState": "Failed" }),
            ),
            "UserErrorKubernetesBackupExtensionHasErrors",
        ),
    ] {
        assert_eq!(verdict(estate, &good).await?, code);
    }
    let mut malformed = good.clone();
    malformed["policyInfo"]["policyParameters"]["backupDatasourceParametersList"] =
        json!([{ "objectType": "X" }]);
    assert_eq!(verdict(estate.clone(), &malformed).await?, "ScenarioPluginInvalidWorkflowDataRequest");
    let mut locked = estate.clone();
    locked["resources"].as_array_mut().unwrap().push(json!({
        "id": format!("{GROUP}/providers/Microsoft.Authorization/locks/l"), "properties": { "level": "CanNotDelete" } }));
    assert_eq!(verdict(locked, &good).await?, "UserErrorSnapshotResourceGroupHasLocks");
    Ok(())
}

#[tokio::test]
async fn a_fresh_role_of_the_extension_takes_its_time() -> Result<()> {
    let (estate, good) = cluster_world();
    let azure = Azure::frozen(without(&estate, "roleAssignments", 3)).await?;
    let account = format!("{GROUP}/providers/Microsoft.Storage/storageAccounts/aksbackups");
    let body = json!({ "properties": { "principalId": EXTENSION_IDENTITY, "principalType": "ServicePrincipal",
        "roleDefinitionId": "/providers/Microsoft.Authorization/roleDefinitions/17d1049b-9a84-46fb-8f53-869881c3d3ab" } });
    let path = format!(
        "{account}/providers/Microsoft.Authorization/roleAssignments/00000000-0000-4000-8000-000000000009"
    );
    azure.put(&path, body).await?.expect(201)?;
    azure.running.advance(310.0);
    assert_eq!(azure.verdict(VAULT, &good).await?, "UserErrorBackupStorageLocationNotReady");
    azure.running.advance(300.0);
    assert_eq!(azure.verdict(VAULT, &good).await?, "Succeeded");
    let path = format!("{VAULT}/backupInstances/aks");
    azure.put(&path, json!({ "properties": good })).await?.expect(201)?;
    azure.running.advance(60.0);
    assert_eq!(azure.state(&path).await?, "ProtectionConfigured");
    Ok(())
}

#[tokio::test]
async fn extensions_and_bindings_are_made_as_clients_make_them() -> Result<()> {
    let azure =
        Azure::frozen(json!({ "resourceGroups": [{ "id": GROUP, "location": "westeurope" }] })).await?;
    let cluster = format!("{GROUP}/providers/{CLUSTERS}/aks1");
    let made =
        azure.put(&cluster, json!({ "location": "westeurope", "properties": {} })).await?.expect(201)?;
    assert!(made.body["identity"]["principalId"].is_string(), "{made:?}");
    let extension =
        format!("{cluster}/providers/Microsoft.KubernetesConfiguration/extensions/azure-aks-backup");
    let body = json!({ "properties": { "extensionType": "microsoft.dataprotection.kubernetes" } });
    let made = azure.put(&extension, body).await?.expect(201)?;
    assert!(made.body["properties"]["aksAssignedIdentity"]["principalId"].is_string(), "{made:?}");
    let list = format!("{cluster}/providers/Microsoft.KubernetesConfiguration/extensions");
    assert_eq!(azure.get(&list).await?.body["value"].as_array().map(Vec::len), Some(1));
    let binding = format!("{cluster}/trustedAccessRoleBindings/backup");
    let body = json!({ "properties": { "sourceResourceId": VAULT, "roles": ["Microsoft.DataProtection/backupVaults/backup-operator"] } });
    azure.put(&binding, body).await?.expect(201)?;
    assert_eq!(
        azure.get(&format!("{cluster}/trustedAccessRoleBindings")).await?.body["value"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
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
