//! What each kind of datasource needs before it can be protected, and the code of each gap.

mod account;
mod cluster;
mod database;

use anyhow::Result;
use serde_json::{Value, json};

use crate::azure::{Azure, GROUP, VAULT};

pub(crate) use cluster::{CLUSTERS, cluster_world};

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
