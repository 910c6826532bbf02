//! The estate that recordings presuppose: groups, vaults, policies, datasources and roles.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::asks_for_points;
use super::beside::{beside, location, target_url};
use super::instances::present_before;
use super::policies::policies;
use crate::recordings::Recorded;
use crate::recordings::read::{head, path, text};

const ROLES: [&str; 7] = [
    "Disk Backup Reader",
    "Disk Restore Operator",
    "Storage Blob Data Contributor",
    "Disk Snapshot Contributor",
    "Key Vault Secrets User",
    "Storage Account Backup Contributor",
    "Reader",
];

/// Everything in a recording that looks like a description of an instance.
fn described(value: &Value, found: &mut Vec<Value>) {
    match value {
        Value::Object(map) => {
            if map.contains_key("dataSourceInfo") && map.contains_key("policyInfo") {
                found.push(value.clone());
            }
            map.values().for_each(|inner| described(inner, found));
        }
        Value::Array(items) => items.iter().for_each(|inner| described(inner, found)),
        _ => {}
    }
}

/// The estate that `calls` presuppose.
pub(crate) fn estate(calls: &[Recorded]) -> Value {
    let mut instances = Vec::new();
    for call in calls {
        [&call.request, &call.response]
            .into_iter()
            .flatten()
            .for_each(|body| described(body, &mut instances));
    }
    instances.extend(present_before(calls).into_values());
    let mut groups = BTreeSet::new();
    let mut resources: BTreeMap<String, Value> = BTreeMap::new();
    for instance in &instances {
        for info in ["dataSourceInfo", "dataSourceSetInfo"] {
            let Some(id) = text(instance, &[info, "resourceID"]) else { continue };
            groups.extend(head(id, 4));
            let server =
                id.split("/databases/").next().unwrap_or(id).replace("resourcegroups", "resourceGroups");
            resources.insert(server.to_lowercase(), json!({ "id": server, "location": location(instance) }));
            if id.contains("/databases/") {
                resources.insert(
                    id.to_lowercase(),
                    json!({ "id": id.replace("resourcegroups", "resourceGroups") }),
                );
            }
        }
        for one in beside(instance) {
            resources.insert(text(&one, &["id"]).unwrap_or_default().to_lowercase(), one);
        }
    }
    let made: BTreeSet<String> =
        calls.iter().filter(|call| call.method == "PUT").map(|call| path(&call.url).to_owned()).collect();
    let mut vaults = BTreeSet::new();
    for call in calls {
        // One recording asks for a group that does not exist.
        let missing = call
            .response
            .as_ref()
            .is_some_and(|body| text(body, &["error", "code"]) == Some("ResourceGroupNotFound"));
        let path = path(&call.url);
        if !missing {
            groups.extend(head(path, 4).filter(|head| head.to_lowercase().contains("/resourcegroups/")));
        }
        let vault =
            head(path, 8).filter(|head| head.contains("/backupVaults/") && !missing && !made.contains(head));
        vaults.extend(vault);
        if let Some(disk) =
            head(path, 8).filter(|head| head.contains("/disks/") && path.contains("Microsoft.Authorization"))
        {
            resources.insert(disk.to_lowercase(), json!({ "id": disk, "location": "centraluseuap" }));
        }
    }
    for url in calls.iter().filter_map(|call| target_url(call.request.as_ref()?)) {
        if let (Some((account, container)), Some(group)) =
            (url.split_once(".blob.core.windows.net/"), groups.first())
        {
            let id = format!(
                "{}/providers/Microsoft.Storage/storageAccounts/{account}",
                group.replace("resourcegroups", "resourceGroups")
            );
            let container = format!("{id}/blobServices/default/containers/{container}");
            resources.insert(id.to_lowercase(), json!({ "id": id, "location": "centraluseuap" }));
            resources.insert(container.to_lowercase(), json!({ "id": container }));
        }
    }
    if calls.iter().any(|call| call.url.contains("CrossRegionRestore")) {
        let group = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/clitest-dpp-rg";
        let server = format!("{group}/providers/Microsoft.DBforPostgreSQL/servers/secondary");
        resources.insert(server.to_lowercase(), json!({ "id": server, "location": "centraluseuap" }));
    }
    vaults.extend(
        instances.iter().filter_map(|instance| head(text(instance, &["policyInfo", "policyId"])?, 8)),
    );
    let groups: BTreeMap<String, String> = groups
        .into_iter()
        .map(|group| (group.to_lowercase(), group.replace("resourcegroups", "resourceGroups")))
        .collect();
    json!({
        "resourceGroups": groups.values().map(|id| json!({ "id": id, "location": "centraluseuap" })).collect::<Vec<_>>(),
        "vaults": vaults.iter().map(|id| json!({
            "id": id, "location": location_of_vault(id),
            "softDelete": if id.contains("-sd1-") || id.contains("-crr-") { "On" } else { "Off" },
            "redundancy": if id.contains("-crr-") { "GeoRedundant" } else { "LocallyRedundant" },
            "crossRegionRestore": id.contains("-crr-"),
        })).collect::<Vec<_>>(),
        "policies": policies(&instances),
        "resources": resources.values().collect::<Vec<_>>(),
        "roleAssignments": vaults.iter().flat_map(|vault| roles(vault)).chain([someone_else()]).collect::<Vec<_>>(),
        "graphLagSeconds": 0.0,
        // What is listed of the time before a recording was made by schedule.
        "scheduledBackups": asks_for_points(calls),
    })
}

fn location_of_vault(id: &str) -> &'static str {
    if id.contains("-crr-") { "eastus2euap" } else { "centraluseuap" }
}

fn roles(vault: &str) -> Vec<Value> {
    let scope = "/subscriptions/00000000-0000-0000-0000-000000000000";
    ROLES
        .iter()
        .map(|role| json!({ "scope": scope, "role": role, "principal": format!("vault:{vault}") }))
        .collect()
}

/// An assignment of the kind that every real subscription has.
fn someone_else() -> Value {
    json!({ "scope": "/subscriptions/00000000-0000-0000-0000-000000000000", "role": "Owner", "principal": "5c445532-1499-448e-970c-bda7db1e1f15", "principalType": "User" })
}
