//! Restore requests as Azure writes them, read by a reader of our own, and a checker of its schema.

use holdfast_protection::ResourceId;
use holdfast_protection::restore::{
    BlobRange, ClusterItems, ConflictPolicy, ContainerItems, Criterion, NamespacedName, Rehydrate,
    RehydrationPriority, RestoreFrom, RestoreInto, RestoreOrder, RestoreRegion, RestoreRequest,
    TargetDatasource, VaultTierStaging, VolumeMode,
};
use holdfast_protection::tier::DataStore;
use serde_json::{Map, Value};

use crate::reference;

/// The order that a written request says; the resource that it comes from is `source` where it names none.
pub(crate) fn order(instance: &ResourceId, request: &Value, source: &ResourceId) -> RestoreOrder {
    let text = |name: &str| request[name].as_str().unwrap_or_default();
    let id = || text("recoveryPointId").to_owned();
    let from = match text("objectType") {
        "AzureBackupRecoveryPointBasedRestoreRequest" => RestoreFrom::Point { id: id() },
        "AzureBackupRecoveryTimeBasedRestoreRequest" => {
            RestoreFrom::Moment { at: text("recoveryPointTime").parse().unwrap() }
        }
        "AzureBackupRestoreWithRehydrationRequest" => {
            let days = text("rehydrationRetentionDuration").trim_matches(['P', 'D']).parse().unwrap();
            let priority = match text("rehydrationPriority") {
                "High" => RehydrationPriority::High,
                "Standard" => RehydrationPriority::Standard,
                other => panic!("{other}"),
            };
            RestoreFrom::Archived { id: id(), rehydrate: Rehydrate { priority, days } }
        }
        other => panic!("unknown request {other}"),
    };
    let store =
        DataStore::ALL.into_iter().find(|store| store.as_str() == text("sourceDataStoreType")).unwrap();
    let source = text("sourceResourceId").parse().unwrap_or_else(|_| source.clone());
    let target = &request["restoreTargetInfo"];
    let location = target["restoreLocation"].as_str().unwrap_or_default().into();
    let request = RestoreRequest { from, store, source, into: into(target), location };
    RestoreOrder { instance: instance.clone(), region: RestoreRegion::Primary, request }
}

fn into(target: &Value) -> RestoreInto {
    match target["objectType"].as_str().unwrap() {
        "RestoreTargetInfo" => RestoreInto::Whole { target: datasource(target) },
        "ItemLevelRestoreTargetInfo" => RestoreInto::Items {
            target: datasource(target),
            criteria: target["restoreCriteria"].as_array().unwrap().iter().map(criterion).collect(),
        },
        "RestoreFilesTargetInfo" => {
            let details = &target["targetDetails"];
            let url = details["url"].as_str().unwrap().to_owned();
            let (account, container) = url.trim_start_matches("https://").split_once('/').unwrap();
            let stated = details["targetResourceArmId"].as_str().map(str::to_owned);
            let made = format!(
                "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/{}/blobServices/default/containers/{container}",
                account.split('.').next().unwrap()
            );
            RestoreInto::Files {
                prefix: details["filePrefix"].as_str().unwrap().to_owned(),
                container: stated.unwrap_or(made).parse().unwrap(),
                url,
            }
        }
        other => panic!("unknown target {other}"),
    }
}

fn datasource(target: &Value) -> TargetDatasource {
    let id = |info: &Value| -> Option<ResourceId> {
        info.get("resourceID").or(info.get("resourceId"))?.as_str()?.parse().ok()
    };
    let info = &target["datasourceInfo"];
    TargetDatasource {
        id: id(info).unwrap(),
        datasource_type: info["datasourceType"].as_str().unwrap().to_owned(),
        location: info["resourceLocation"].as_str().unwrap_or_default().into(),
        set: id(&target["datasourceSetInfo"]),
        secret: target
            .pointer("/datasourceAuthCredentials/secretStoreResource/uri")
            .and_then(Value::as_str)
            .map(str::to_owned),
    }
}

fn criterion(body: &Value) -> Criterion {
    let text = |name: &str| body[name].as_str().map(str::to_owned);
    let list = |name: &str| strings(&body[name]);
    match body["objectType"].as_str().unwrap() {
        "RangeBasedItemLevelRestoreCriteria" => Criterion::Range(BlobRange {
            min: text("minMatchingValue").unwrap(),
            max: text("maxMatchingValue").unwrap(),
        }),
        "ItemPathBasedRestoreCriteria" => {
            assert_eq!(body["isPathRelativeToBackupItem"], Value::Bool(true));
            Criterion::Container(ContainerItems {
                container: text("itemPath").unwrap(),
                prefixes: list("subItemPathPrefix"),
                rename_to: text("renameTo"),
            })
        }
        "KubernetesClusterRestoreCriteria" | "KubernetesClusterVaultTierRestoreCriteria" => {
            let named = |one: &Value| NamespacedName {
                name: one["name"].as_str().unwrap().to_owned(),
                namespace: one["namespace"].as_str().unwrap().to_owned(),
            };
            Criterion::Cluster(Box::new(ClusterItems {
                cluster_scope: body["includeClusterScopeResources"].as_bool().unwrap(),
                namespaces: list("includedNamespaces"),
                without_namespaces: list("excludedNamespaces"),
                resource_types: list("includedResourceTypes"),
                without_resource_types: list("excludedResourceTypes"),
                label_selectors: list("labelSelectors"),
                volumes: match text("persistentVolumeRestoreMode").as_deref() {
                    Some("RestoreWithoutVolumeData") => VolumeMode::WithoutData,
                    _ => VolumeMode::WithData,
                },
                conflicts: match text("conflictPolicy").as_deref() {
                    Some("Patch") => ConflictPolicy::Patch,
                    _ => ConflictPolicy::Skip,
                },
                namespace_mappings: serde_json::from_value(body["namespaceMappings"].clone())
                    .unwrap_or_default(),
                hooks: body["restoreHookReferences"]
                    .as_array()
                    .map(|all| all.iter().map(named).collect())
                    .unwrap_or_default(),
                resource_modifier: body.get("resourceModifierReference").map(named),
                staging: text("stagingResourceGroupId").map(|group| VaultTierStaging {
                    resource_group: group.parse().unwrap(),
                    storage_account: text("stagingStorageAccountId").unwrap().parse().unwrap(),
                }),
            }))
        }
        other => panic!("unknown criterion {other}"),
    }
}

fn strings(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().map(|one| one.as_str().unwrap().to_owned()).collect()
}

/// What Azure wrote and we do not, or write otherwise; empty for a request that says all that Azure's did.
pub(crate) fn left_out(theirs: &Value, ours: &Value, at: &str, found: &mut Vec<String>) {
    match (theirs, ours) {
        (Value::Null, _) => {}
        (Value::Object(theirs), Value::Object(ours)) => {
            for (name, value) in theirs {
                // The command line spells the id in its own way; Azure takes both.
                let other = if name == "resourceId" { "resourceID" } else { name };
                left_out(value, ours.get(other).unwrap_or(&Value::Null), &format!("{at}/{name}"), found);
            }
        }
        (Value::Array(theirs), Value::Array(ours)) if theirs.len() == ours.len() => {
            for (at_item, (theirs, ours)) in theirs.iter().zip(ours).enumerate() {
                left_out(theirs, ours, &format!("{at}/{at_item}"), found);
            }
        }
        (theirs, ours) if theirs == ours => {}
        (theirs, ours) => found.push(format!("{at}: {theirs} became {ours}")),
    }
}

/// Azure's own description of its newest requests, or none (said aloud) where it is not at hand.
pub(crate) fn schema() -> Option<Map<String, Value>> {
    let file = reference::folder("specs/derived")?.join("Microsoft.DataProtection-2026-06-01.derived.json");
    let text = std::fs::read_to_string(&file).unwrap();
    let spec: Value = serde_json::from_str(&text).unwrap();
    Some(spec["definitions"].as_object().unwrap().clone())
}

/// Where a value is not what the definition says: an unknown or missing member, another type, a word that is not
/// in the list.
pub(crate) fn violations(schema: &Map<String, Value>, name: &str, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    check_named(schema, name, value, name, &mut found);
    found
}

fn check_named(schema: &Map<String, Value>, name: &str, value: &Value, at: &str, found: &mut Vec<String>) {
    // The most derived definition that the object names itself.
    let name = value["objectType"]
        .as_str()
        .filter(|word| schema.get(*word).is_some_and(|one| one["x-ms-discriminator-value"] == **word))
        .unwrap_or(name);
    let chain = chain(schema, name);
    if chain[0]["type"] == "string" || !chain[0]["enum"].is_null() {
        let known = strings(&chain[0]["enum"]);
        if !known.iter().any(|word| Some(word.as_str()) == value.as_str()) {
            found.push(format!("{at}: {value} is none of {known:?}"));
        }
        return;
    }
    let Some(members) = value.as_object() else {
        found.push(format!("{at}: {value} is not an object"));
        return;
    };
    for definition in &chain {
        for required in strings(&definition["required"]) {
            if !members.contains_key(&required) {
                found.push(format!("{at}: `{required}` is missing"));
            }
        }
    }
    for (member, value) in members {
        match chain.iter().find_map(|definition| definition["properties"].get(member)) {
            Some(property) => check(schema, property, value, &format!("{at}/{member}"), found),
            None => found.push(format!("{at}: `{member}` is unknown")),
        }
    }
}

fn check(schema: &Map<String, Value>, property: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    if let Some(name) = property["$ref"].as_str() {
        return check_named(schema, name.rsplit('/').next().unwrap(), value, at, found);
    }
    let fits = match property["type"].as_str() {
        Some("string") => value.is_string(),
        Some("boolean") => value.is_boolean(),
        Some("array") => value.is_array(),
        Some("integer" | "number") => value.is_number(),
        _ => true,
    };
    if !fits {
        found.push(format!("{at}: {value} is no {}", property["type"]));
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        check(schema, &property["items"], item, &format!("{at}/{index}"), found);
    }
}

/// The definition and those it builds upon.
fn chain<'a>(schema: &'a Map<String, Value>, name: &str) -> Vec<&'a Value> {
    let Some(definition) = schema.get(name) else { panic!("the schema has no `{name}`") };
    let bases = definition["allOf"].as_array().into_iter().flatten().filter_map(|base| base["$ref"].as_str());
    let bases = bases.flat_map(|base| chain(schema, base.rsplit('/').next().unwrap()));
    std::iter::once(definition).chain(bases).collect()
}
