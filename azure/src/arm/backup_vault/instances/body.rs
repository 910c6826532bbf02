//! The properties of a backup instance, spelled as Azure's own command line spells them.

use holdfast_protection::ResourceId;
use holdfast_protection::Workload;
use holdfast_protection::instance::InstanceSpec;
use holdfast_protection::workload::BackupParameters;
use holdfast_protection::workload::DatasourceSet;
use holdfast_protection::workload::aks::ClusterParameters;
use serde_json::{Map, Value, json};

/// What `PUT` and `validateForBackup` say of an instance.
pub(super) fn properties(spec: &InstanceSpec) -> Map<String, Value> {
    let mut properties = Map::from_iter([
        ("objectType".to_owned(), json!("BackupInstance")),
        ("friendlyName".to_owned(), json!(friendly_name(spec))),
        ("dataSourceInfo".to_owned(), datasource(spec, "Datasource", &spec.datasource)),
        ("policyInfo".to_owned(), policy_info(spec)),
    ]);
    if let Some(set) = set(spec) {
        properties.insert("dataSourceSetInfo".to_owned(), datasource(spec, "DatasourceSet", &set));
    }
    if let Some(secret) = &spec.secret {
        let resource = json!({ "secretStoreType": "AzureKeyVault", "uri": secret });
        let credentials =
            json!({ "objectType": "SecretStoreBasedAuthCredentials", "secretStoreResource": resource });
        properties.insert("datasourceAuthCredentials".to_owned(), credentials);
    }
    properties
}

/// The resource that Azure Backup takes the datasource to belong to.
fn set(spec: &InstanceSpec) -> Option<ResourceId> {
    match spec.workload.manifest().set {
        DatasourceSet::Absent => None,
        DatasourceSet::Itself => Some(spec.datasource.clone()),
        DatasourceSet::Parent => spec.datasource.parent(),
    }
}

/// The name that the portal shows: with that of the set, where names repeat.
fn friendly_name(spec: &InstanceSpec) -> String {
    let name = spec.datasource.name();
    match spec.workload.manifest().set {
        DatasourceSet::Absent | DatasourceSet::Itself => name.to_owned(),
        DatasourceSet::Parent => match spec.datasource.parent() {
            Some(parent) => format!("{}/{name}", parent.name()),
            None => name.to_owned(),
        },
    }
}

fn datasource(spec: &InstanceSpec, object_type: &str, resource: &ResourceId) -> Value {
    // Azure's tools leave it empty for what lies in another resource.
    let uri = match spec.workload.manifest().set {
        DatasourceSet::Absent | DatasourceSet::Itself => resource.as_str(),
        DatasourceSet::Parent => "",
    };
    let resource_type =
        if *resource == spec.datasource { spec.workload.resource_type() } else { resource.resource_type() };
    json!({
        "objectType": object_type,
        "datasourceType": spec.workload.datasource_type(),
        "resourceID": resource,
        "resourceLocation": spec.location,
        "resourceName": resource.name(),
        "resourceType": resource_type,
        "resourceUri": uri,
    })
}

fn policy_info(spec: &InstanceSpec) -> Value {
    let mut parameters = Map::new();
    if let Some(group) = &spec.snapshot_group {
        let store = json!({
            "objectType": "AzureOperationalStoreParameters",
            "dataStoreType": "OperationalStore",
            "resourceGroupId": group,
        });
        parameters.insert("dataStoreParametersList".to_owned(), json!([store]));
    }
    if let Some(wanted) = &spec.parameters {
        let datasource = backup_parameters(spec.workload, wanted);
        parameters.insert("backupDatasourceParametersList".to_owned(), json!([datasource]));
    }
    if parameters.is_empty() {
        json!({ "policyId": spec.policy })
    } else {
        json!({ "policyId": spec.policy, "policyParameters": parameters })
    }
}

pub(in crate::arm) fn backup_parameters(workload: Workload, parameters: &BackupParameters) -> Value {
    match parameters {
        BackupParameters::Containers(containers) => {
            let object_type = if workload == Workload::DataLake {
                "AdlsBlobBackupDatasourceParameters"
            } else {
                "BlobBackupDatasourceParameters"
            };
            json!({ "objectType": object_type, "containersList": containers })
        }
        BackupParameters::Cluster(parameters) => cluster_parameters(parameters),
        // Of machines alone, which other vaults protect.
        BackupParameters::Disks(_) => Value::Null,
    }
}

pub(in crate::arm) fn cluster_parameters(parameters: &ClusterParameters) -> Value {
    json!({
        "objectType": "KubernetesClusterBackupDatasourceParameters",
        "snapshotVolumes": parameters.snapshot_volumes,
        "includeClusterScopeResources": parameters.cluster_scope,
        "includedNamespaces": parameters.included_namespaces,
        "excludedNamespaces": parameters.excluded_namespaces,
    })
}
