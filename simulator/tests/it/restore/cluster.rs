//! Restores of clusters.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::{Protected, to_resource};
use crate::workloads::cluster_world;

#[tokio::test]
async fn a_cluster_comes_back_by_namespaces() -> Result<()> {
    let (estate, properties) = cluster_world();
    let cluster = properties["dataSourceInfo"]["resourceID"].as_str().context("no id")?.to_owned();
    let aks = Protected::new(estate, properties, Some("Backup")).await?;
    let criteria = json!([{ "objectType": "KubernetesClusterRestoreCriteria", "includeClusterScopeResources": true,
        "includedNamespaces": ["shop"], "namespaceMappings": { "shop": "shop-back" }, "conflictPolicy": "Skip",
        "persistentVolumeRestoreMode": "RestoreWithVolumeData" }]);
    let good = aks.request("OperationalStore", to_resource(&cluster, criteria));
    assert_eq!(aks.verdict(&good).await?, "Succeeded");
    assert_eq!(aks.restored(&good).await?["status"], "Completed");
    let restored = aks.azure.running.state()["restores"][0].clone();
    assert_eq!(restored["items"][0]["namespaceMappings"]["shop"], "shop-back");
    let bare = aks.request("OperationalStore", to_resource(&cluster, Value::Null));
    assert_eq!(aks.verdict(&bare).await?, "BMSUserErrorInvalidInput");
    let other = aks.request(
        "OperationalStore",
        to_resource(
            &cluster.replace("aks1", "aks2"),
            json!([
        { "objectType": "KubernetesClusterRestoreCriteria", "includeClusterScopeResources": false }]),
        ),
    );
    assert_eq!(aks.verdict(&other).await?, "UserErrorAzureResourceNotFoundByPlugin");
    Ok(())
}
