//! Which api-version each kind of call is made with: the one place to raise them.

use std::collections::HashMap;
use std::sync::Mutex;

use holdfast_protection::{AzureError, ResourceId};
use serde::Deserialize;

use super::transport::ArmClient;
use super::wire::{or_default, read};

/// Microsoft.DataProtection: what Azure's own command line used when its traffic was recorded.
pub(super) const DATA_PROTECTION: &str = "2024-04-01";
/// The same for reading an instance, and for writing one that says what older versions do not know: the first stable
/// version that shows native auto-protection of blobs, which an older one would leave out of what is written back.
pub(super) const INSTANCES: &str = "2026-03-01";
/// The same for instances of Data Lake Storage: the first whose examples know their parameters.
pub(super) const DATA_LAKES: &str = "2025-09-01";
/// The same for asking whether an instance may change: the first that has the call.
pub(super) const CHANGE_VALIDATION: &str = "2025-01-01";
/// The same for deleting an instance: the first with which it is always kept for a while (official: secure by default).
/// With an older one it is gone at once in most regions, however the vault is set.
pub(super) const DELETION: &str = "2025-09-01";
/// Microsoft.DataProtection for restores whose items are renamed, or of Data Lake Storage: older versions would
/// drop the new name without a word.
pub(super) const DATA_PROTECTION_ITEMS: &str = "2026-06-01";
/// Microsoft.Authorization role assignments.
pub(super) const ROLE_ASSIGNMENTS: &str = "2022-04-01";
/// Microsoft.Authorization locks.
pub(super) const LOCKS: &str = "2020-05-01";
/// Microsoft.Management.
pub(super) const MANAGEMENT_GROUPS: &str = "2020-05-01";
/// Microsoft.Authorization assignments and definitions of Azure Policy.
pub(super) const AZURE_POLICY: &str = "2023-04-01";
/// Microsoft.ResourceGraph.
pub(super) const RESOURCE_GRAPH: &str = "2021-03-01";
/// Microsoft.Storage.
pub(super) const STORAGE: &str = "2023-01-01";
/// Microsoft.ContainerService.
pub(super) const CLUSTERS: &str = "2024-05-01";
/// Microsoft.KubernetesConfiguration.
pub(super) const EXTENSIONS: &str = "2023-05-01";
/// Microsoft.Resources.
pub(super) const RESOURCES: &str = "2021-04-01";

/// Types that are read without asking their provider first.
const KNOWN: [(&str, &str); 21] = [
    ("Microsoft.Compute/disks", "2023-10-02"),
    ("Microsoft.Compute/snapshots", "2023-10-02"),
    ("Microsoft.Compute/virtualMachines", "2024-03-01"),
    ("Microsoft.ContainerService/managedClusters", CLUSTERS),
    ("Microsoft.DataProtection/backupVaults", DATA_PROTECTION),
    ("Microsoft.DataProtection/backupVaults/backupInstances", DATA_PROTECTION),
    ("Microsoft.DataProtection/backupVaults/backupPolicies", DATA_PROTECTION),
    ("Microsoft.DBforMySQL/flexibleServers", "2023-12-30"),
    ("Microsoft.DBforPostgreSQL/flexibleServers", "2022-12-01"),
    ("Microsoft.DBforPostgreSQL/servers", "2017-12-01"),
    ("Microsoft.DBforPostgreSQL/servers/databases", "2017-12-01"),
    ("Microsoft.KeyVault/vaults", "2023-07-01"),
    ("Microsoft.RecoveryServices/vaults", "2024-04-01"),
    ("Microsoft.Resources/resourceGroups", RESOURCES),
    ("Microsoft.Resources/subscriptions", "2022-12-01"),
    ("Microsoft.Sql/servers/databases", "2021-11-01"),
    ("Microsoft.SqlVirtualMachine/sqlVirtualMachines", "2023-10-01"),
    ("Microsoft.Storage/storageAccounts", STORAGE),
    ("Microsoft.Storage/storageAccounts/blobServices", STORAGE),
    ("Microsoft.Storage/storageAccounts/fileServices", STORAGE),
    ("Microsoft.Storage/storageAccounts/fileServices/shares", STORAGE),
];

/// Api-versions learned from providers, for the life of the process.
#[derive(Debug, Default)]
pub(super) struct ApiVersions {
    learned: Mutex<HashMap<String, String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProviderWire {
    #[serde(default, deserialize_with = "or_default")]
    resource_types: Vec<ResourceTypeWire>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResourceTypeWire {
    resource_type: String,
    #[serde(default, deserialize_with = "or_default")]
    api_versions: Vec<String>,
}

/// The api-version to read this resource with: from the table, or the newest that its provider lists.
pub(super) async fn for_resource(arm: &ArmClient, id: &ResourceId) -> Result<String, AzureError> {
    let resource_type = id.resource_type();
    if let Some((_, version)) = KNOWN.iter().find(|(known, _)| known.eq_ignore_ascii_case(resource_type)) {
        return Ok((*version).to_owned());
    }
    let key = resource_type.to_ascii_lowercase();
    if let Some(version) = arm.api_versions.learned.lock().ok().and_then(|learned| learned.get(&key).cloned())
    {
        return Ok(version);
    }
    let version = ask_provider(arm, id).await?;
    if let Ok(mut learned) = arm.api_versions.learned.lock() {
        learned.insert(key, version.clone());
    }
    Ok(version)
}

async fn ask_provider(arm: &ArmClient, id: &ResourceId) -> Result<String, AzureError> {
    let resource_type = id.resource_type();
    let action = format!("look up the api-versions of `{resource_type}`");
    let (namespace, kind) = resource_type.split_once('/').unwrap_or((resource_type, ""));
    let path = format!("{}/providers/{namespace}", id.subscription_id());
    let answer = arm.get(&action, arm.url(&path, &format!("api-version={RESOURCES}"))).await?;
    let provider: ProviderWire = read(&action, &answer)?;
    let found =
        provider.resource_types.into_iter().find(|listed| listed.resource_type.eq_ignore_ascii_case(kind));
    found.and_then(|listed| newest(listed.api_versions)).ok_or_else(|| AzureError::Unsendable {
        action: format!("read {} `{}`", resource_type, id.name()),
        detail: format!("provider `{namespace}` lists no api-version for `{kind}`"),
    })
}

/// The newest stable one, else the newest; they begin with their date.
fn newest(versions: Vec<String>) -> Option<String> {
    let is_stable = |version: &String| version.len() == "2024-04-01".len();
    let stable = versions.iter().filter(|version| is_stable(version)).max().cloned();
    stable.or_else(|| versions.into_iter().max())
}

#[cfg(test)]
mod tests {
    use super::newest;

    #[test]
    fn previews_are_second_choice() {
        let versions = |list: &[&str]| newest(list.iter().map(|&version| version.to_owned()).collect());
        assert_eq!(
            versions(&["2023-01-01", "2024-01-01-preview", "2022-01-01"]).as_deref(),
            Some("2023-01-01")
        );
        assert_eq!(versions(&["2024-01-01-preview"]).as_deref(), Some("2024-01-01-preview"));
        assert_eq!(versions(&[]), None);
    }
}
