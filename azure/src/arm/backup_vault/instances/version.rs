//! Which api-version an instance is written with: the oldest that knows all that it says.
//!
//! An older one would drop, or refuse, what it does not know; a newer one may demand more of vault and caller. What each
//! knows: the specification of 2024-04-01, the official examples of 2025-09-01 and 2026-03-01 (official).

use serde_json::{Map, Value};

use crate::arm::api_version::{DATA_LAKES, DATA_PROTECTION, INSTANCES};

/// Members of the parameters of a cluster that [`DATA_PROTECTION`] knows.
const OF_CLUSTERS: [&str; 9] = [
    "objectType",
    "snapshotVolumes",
    "includeClusterScopeResources",
    "includedNamespaces",
    "excludedNamespaces",
    "includedResourceTypes",
    "excludedResourceTypes",
    "labelSelectors",
    "backupHookReferences",
];

/// The oldest version that knows all of these properties of an instance.
pub(in crate::arm) fn knowing(properties: &Map<String, Value>) -> &'static str {
    let parameters = properties
        .get("policyInfo")
        .and_then(|info| info.pointer("/policyParameters/backupDatasourceParametersList"))
        .and_then(Value::as_array);
    // Versions are dates.
    parameters.into_iter().flatten().map(knowing_parameters).max().unwrap_or(DATA_PROTECTION)
}

fn knowing_parameters(parameters: &Value) -> &'static str {
    let kind = parameters.get("objectType").and_then(Value::as_str).unwrap_or_default();
    match kind {
        "BlobBackupDatasourceParameters" if says_only(parameters, &["objectType", "containersList"]) => {
            DATA_PROTECTION
        }
        "KubernetesClusterBackupDatasourceParameters" if says_only(parameters, &OF_CLUSTERS) => {
            DATA_PROTECTION
        }
        "AdlsBlobBackupDatasourceParameters" if says_only(parameters, &["objectType", "containersList"]) => {
            DATA_LAKES
        }
        _ => INSTANCES,
    }
}

/// Whether nothing but these members has a value.
fn says_only(parameters: &Value, known: &[&str]) -> bool {
    let members = parameters.as_object().into_iter().flatten();
    members.filter(|(_, value)| !value.is_null()).all(|(name, _)| known.contains(&name.as_str()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn version(parameters: &Value) -> &'static str {
        let properties =
            json!({ "policyInfo": { "policyParameters": { "backupDatasourceParametersList": parameters } } });
        knowing(properties.as_object().unwrap())
    }

    #[test]
    fn an_instance_is_written_with_the_oldest_version_that_knows_all_of_it() {
        let blobs = json!({ "objectType": "BlobBackupDatasourceParameters", "containersList": ["a"] });
        let lake = json!({ "objectType": "AdlsBlobBackupDatasourceParameters", "containersList": ["a"] });
        let cluster = json!({ "objectType": "KubernetesClusterBackupDatasourceParameters", "snapshotVolumes": true,
            "includedNamespaces": null, "includedVolumeTypes": null });
        let mut volumes = cluster.clone();
        volumes["includedVolumeTypes"] = json!(["AzureDisk"]);
        let mut settings = blobs.clone();
        settings["autoProtectionSettings"] = json!({ "enabled": true });
        let new = json!({ "objectType": "BackupDatasourceParametersOfTomorrow" });
        assert_eq!(version(&json!(null)), "2024-04-01");
        assert_eq!(version(&json!([blobs, cluster])), "2024-04-01");
        assert_eq!(version(&json!([lake])), "2025-09-01");
        for newer in [volumes, settings, new] {
            assert_eq!(version(&json!([lake, newer])), "2026-03-01", "{newer}");
        }
    }
}
