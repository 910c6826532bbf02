//! Restore requests, spelled as Azure's own command line spells them.

use holdfast_protection::ResourceId;
use holdfast_protection::restore::{
    BlobRange, ClusterItems, ConflictPolicy, ContainerItems, Criterion, NamespacedName, RehydrationPriority,
    RestoreFrom, RestoreInto, RestoreRequest, TargetDatasource, VolumeMode,
};
use serde_json::{Map, Value, json};

use crate::arm::backup_vault::points::moment;

/// `restoreRequestObject`; none for what these vaults do not restore to.
pub(super) fn request(request: &RestoreRequest) -> Option<Value> {
    let target = target_info(request)?;
    let mut body = match &request.from {
        RestoreFrom::Point { id } => {
            json!({ "objectType": "AzureBackupRecoveryPointBasedRestoreRequest", "recoveryPointId": id })
        }
        RestoreFrom::Archived { id, rehydrate } => json!({
            "objectType": "AzureBackupRestoreWithRehydrationRequest",
            "recoveryPointId": id,
            "rehydrationPriority": match rehydrate.priority {
                RehydrationPriority::Standard => "Standard",
                RehydrationPriority::High => "High",
            },
            "rehydrationRetentionDuration": format!("P{}D", rehydrate.days),
        }),
        RestoreFrom::Moment { at } => json!({
            "objectType": "AzureBackupRecoveryTimeBasedRestoreRequest",
            "recoveryPointTime": moment(*at),
        }),
    };
    if let Some(body) = body.as_object_mut() {
        body.insert("sourceDataStoreType".to_owned(), json!(request.store.as_str()));
        body.insert("sourceResourceId".to_owned(), json!(request.source));
        body.insert("restoreTargetInfo".to_owned(), target);
    }
    Some(body)
}

fn target_info(request: &RestoreRequest) -> Option<Value> {
    let mut info = match &request.into {
        RestoreInto::Whole { target } => datasource("RestoreTargetInfo", target),
        RestoreInto::Items { target, criteria } => {
            let mut info = datasource("ItemLevelRestoreTargetInfo", target);
            info.insert("restoreCriteria".to_owned(), criteria.iter().map(criterion).collect());
            info
        }
        RestoreInto::Files { url, prefix, container } => members([
            ("objectType", json!("RestoreFilesTargetInfo")),
            (
                "targetDetails",
                json!({
                    "restoreTargetLocationType": "AzureBlobs",
                    "url": url,
                    "filePrefix": prefix,
                    "targetResourceArmId": container,
                }),
            ),
        ]),
        RestoreInto::Disks { .. }
        | RestoreInto::Machine(_)
        | RestoreInto::MachineInPlace { .. }
        | RestoreInto::Share(_)
        | RestoreInto::Database(_)
        | RestoreInto::DatabaseFiles(_) => return None,
    };
    info.insert("recoveryOption".to_owned(), json!("FailIfExists"));
    info.insert("restoreLocation".to_owned(), json!(request.location));
    Some(info.into())
}

fn members<const N: usize>(members: [(&str, Value); N]) -> Map<String, Value> {
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn datasource(object_type: &str, target: &TargetDatasource) -> Map<String, Value> {
    let described = |object_type: &str, id: &ResourceId| {
        json!({
            "objectType": object_type,
            "datasourceType": target.datasource_type,
            "resourceID": id,
            "resourceLocation": target.location,
            "resourceName": id.name(),
            "resourceType": id.resource_type(),
            // A proxy resource, one that lives inside its set, has none.
            "resourceUri": if target.set.as_ref().is_some_and(|set| *set != target.id) { json!("") } else { json!(id) },
        })
    };
    let mut info = members([
        ("objectType", json!(object_type)),
        ("datasourceInfo", described("Datasource", &target.id)),
    ]);
    if let Some(set) = &target.set {
        info.insert("datasourceSetInfo".to_owned(), described("DatasourceSet", set));
    }
    if let Some(uri) = &target.secret {
        let credentials = json!({
            "objectType": "SecretStoreBasedAuthCredentials",
            "secretStoreResource": { "secretStoreType": "AzureKeyVault", "uri": uri },
        });
        info.insert("datasourceAuthCredentials".to_owned(), credentials);
    }
    info
}

fn criterion(criterion: &Criterion) -> Value {
    match criterion {
        Criterion::Range(BlobRange { min, max }) => json!({
            "objectType": "RangeBasedItemLevelRestoreCriteria",
            "minMatchingValue": min,
            "maxMatchingValue": max,
        }),
        Criterion::Container(ContainerItems { container, prefixes, rename_to }) => {
            let mut body = members([
                ("objectType", json!("ItemPathBasedRestoreCriteria")),
                ("itemPath", json!(container)),
                ("isPathRelativeToBackupItem", json!(true)),
            ]);
            if !prefixes.is_empty() {
                body.insert("subItemPathPrefix".to_owned(), json!(prefixes));
            }
            if let Some(name) = rename_to {
                body.insert("renameTo".to_owned(), json!(name));
            }
            body.into()
        }
        Criterion::Cluster(items) => cluster(items).into(),
    }
}

fn cluster(items: &ClusterItems) -> Map<String, Value> {
    let object_type = match items.staging {
        None => "KubernetesClusterRestoreCriteria",
        Some(_) => "KubernetesClusterVaultTierRestoreCriteria",
    };
    let named = |name: &NamespacedName| json!({ "name": name.name, "namespace": name.namespace });
    let mut body = members([
        ("objectType", json!(object_type)),
        ("includeClusterScopeResources", json!(items.cluster_scope)),
        (
            "persistentVolumeRestoreMode",
            json!(match items.volumes {
                VolumeMode::WithData => "RestoreWithVolumeData",
                VolumeMode::WithoutData => "RestoreWithoutVolumeData",
            }),
        ),
        (
            "conflictPolicy",
            json!(match items.conflicts {
                ConflictPolicy::Skip => "Skip",
                ConflictPolicy::Patch => "Patch",
            }),
        ),
    ]);
    let lists = [
        ("includedNamespaces", &items.namespaces),
        ("excludedNamespaces", &items.without_namespaces),
        ("includedResourceTypes", &items.resource_types),
        ("excludedResourceTypes", &items.without_resource_types),
        ("labelSelectors", &items.label_selectors),
    ];
    for (name, list) in lists.into_iter().filter(|(_, list)| !list.is_empty()) {
        body.insert(name.to_owned(), json!(list));
    }
    if !items.namespace_mappings.is_empty() {
        body.insert("namespaceMappings".to_owned(), json!(items.namespace_mappings));
    }
    if !items.hooks.is_empty() {
        body.insert("restoreHookReferences".to_owned(), items.hooks.iter().map(named).collect());
    }
    if let Some(modifier) = &items.resource_modifier {
        body.insert("resourceModifierReference".to_owned(), named(modifier));
    }
    if let Some(staging) = &items.staging {
        body.insert("stagingResourceGroupId".to_owned(), json!(staging.resource_group));
        body.insert("stagingStorageAccountId".to_owned(), json!(staging.storage_account));
    }
    body
}
