//! The estate that has one datasource of each workload.

use anyhow::Result;
use serde_json::{Value, json};

use crate::azure::{Azure, SUBSCRIPTION};
use crate::workloads::{CLUSTERS, STORE_OPERATIONAL, STORE_VAULT, instance, policy};

#[tokio::test]
async fn the_estate_of_all_workloads_has_what_each_of_them_wants() -> Result<()> {
    let mut estate = serde_json::to_value(holdfast_simulator::Estate::workloads()?)?;
    let group = "/subscriptions/5b0f1d3a-6c1e-4b5e-9d53-0d2f7c3e9a10/resourceGroups/rg-workloads";
    let vault = format!("{group}/providers/Microsoft.DataProtection/backupVaults/bv-workloads");
    let at = |path: &str| format!("{group}/providers/{path}");
    let (snapshots, aks) = (
        group.replace("rg-workloads", "rg-snapshots"),
        at("Microsoft.ContainerService/managedClusters/aks-shop"),
    );
    let all = format!("/subscriptions/{SUBSCRIPTION}");
    let mut roles: Vec<Value> = [
        "Reader",
        "Disk Backup Reader",
        "Disk Snapshot Contributor",
        "Storage Account Backup Contributor",
        "Key Vault Secrets User",
        "PostgreSQL Flexible Server Long Term Retention Backup Role",
    ]
    .iter()
    .map(|role| json!({ "scope": all, "role": role, "principal": "vault:bv-workloads" }))
    .collect();
    let extension = format!("{aks}/providers/Microsoft.KubernetesConfiguration/extensions/azure-aks-backup");
    roles.push(json!({ "scope": snapshots, "role": "Contributor", "principal": format!("resource:{aks}") }));
    roles.push(json!({ "scope": group, "role": "Storage Blob Data Contributor", "principal": format!("resource:{extension}") }));
    estate["roleAssignments"] = json!(roles);
    let secret = json!({ "objectType": "SecretStoreBasedAuthCredentials", "secretStoreResource": {
        "secretStoreType": "AzureKeyVault", "uri": "https://kv-workloads.vault.azure.net/secrets/pg-single" } });
    let store = json!([{ "objectType": "AzureOperationalStoreParameters", "dataStoreType": STORE_OPERATIONAL, "resourceGroupId": snapshots }]);
    let copied = |kind: &str, name: &str| json!({ "parameters": { "backupDatasourceParametersList": [{ "objectType": kind, "containersList": [name] }] } });
    let cluster = json!({ "parameters": { "dataStoreParametersList": store, "backupDatasourceParametersList": [{
        "objectType": "KubernetesClusterBackupDatasourceParameters", "snapshotVolumes": true, "includeClusterScopeResources": true }] } });
    let cases = [
        (
            "Microsoft.Compute/disks",
            at("Microsoft.Compute/disks/disk-shop"),
            STORE_OPERATIONAL,
            "P1D",
            json!({ "parameters": { "dataStoreParametersList": store } }),
        ),
        (
            "Microsoft.Storage/storageAccounts/blobServices",
            at("Microsoft.Storage/storageAccounts/shopvaulted"),
            STORE_VAULT,
            "P1D",
            copied("BlobBackupDatasourceParameters", "orders"),
        ),
        (
            "Microsoft.Storage/storageAccounts/adlsBlobServices",
            at("Microsoft.Storage/storageAccounts/shoplake"),
            STORE_VAULT,
            "P1D",
            copied("AdlsBlobBackupDatasourceParameters", "raw"),
        ),
        (
            "Microsoft.DBforPostgreSQL/flexibleServers",
            at("Microsoft.DBforPostgreSQL/flexibleServers/pg-flexible"),
            STORE_VAULT,
            "P1W",
            json!({}),
        ),
        (
            "Microsoft.DBforPostgreSQL/servers/databases",
            at("Microsoft.DBforPostgreSQL/servers/pg-single/databases/shop"),
            STORE_VAULT,
            "P1W",
            json!({ "datasourceAuthCredentials": secret }),
        ),
        (CLUSTERS, aks, STORE_OPERATIONAL, "PT4H", cluster),
    ];
    estate["policies"] = cases
        .iter()
        .enumerate()
        .map(|(number, (kind, _, store, period, _))| {
            json!({ "vault": "bv-workloads", "name": format!("p{number}"), "properties": policy(kind, store, "Full", period) })
        })
        .collect();
    let azure = Azure::frozen(estate).await?;
    for (number, (kind, id, _, _, extra)) in cases.into_iter().enumerate() {
        let mut properties = instance(kind, &id, extra);
        properties["policyInfo"]["policyId"] = json!(format!("{vault}/backupPolicies/p{number}"));
        assert_eq!(azure.verdict(&vault, &properties).await?, "Succeeded", "{kind}");
    }
    Ok(())
}
