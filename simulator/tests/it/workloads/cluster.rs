//! What clusters need.

use anyhow::Result;
use serde_json::{Value, json};

use super::{STORE_OPERATIONAL, instance, role, verdict, without, world};
use crate::azure::{Azure, GROUP, SUBSCRIPTION, VAULT};

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
