//! What a recording presupposes: groups, vaults, policies, datasources, roles, and instances that were there before it began.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::Recorded;
use super::replay::SPEED;
use crate::azure::Azure;

const ROLES: [&str; 7] = [
    "Disk Backup Reader",
    "Disk Restore Operator",
    "Storage Blob Data Contributor",
    "Disk Snapshot Contributor",
    "Key Vault Secrets User",
    "Storage Account Backup Contributor",
    "Reader",
];

/// The part of a URL that names a resource.
pub(crate) fn path(url: &str) -> &str {
    let path = url.strip_prefix("https://management.azure.com").unwrap_or(url);
    path.split('?').next().unwrap_or(path)
}

/// The first `count` segments of `path`.
fn head(path: &str, count: usize) -> Option<String> {
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    Some(format!("/{}", segments.get(..count)?.join("/")))
}

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

fn member<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    value.as_object()?.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, found)| found)
}

fn text<'a>(value: &'a Value, names: &[&str]) -> Option<&'a str> {
    names.iter().try_fold(value, |inner, name| member(inner, name))?.as_str()
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

/// Account and container that a restore writes files to.
fn target_url(request: &Value) -> Option<&str> {
    let request = request.get("restoreRequestObject").unwrap_or(request);
    request.pointer("/restoreTargetInfo/targetDetails/url")?.as_str()?.strip_prefix("https://")
}

/// What stands beside a datasource: the containers that are copied, and the key vault with the secret.
fn beside(instance: &Value) -> Vec<Value> {
    let source = text(instance, &["dataSourceInfo", "resourceID"]).unwrap_or_default();
    let lists = instance.pointer("/policyInfo/policyParameters/backupDatasourceParametersList");
    let containers = lists.and_then(Value::as_array).into_iter().flatten();
    let containers = containers.filter_map(|one| one.get("containersList")?.as_array()).flatten();
    let containers = containers.filter_map(Value::as_str);
    let mut found: Vec<Value> = containers
        .map(|name| json!({ "id": format!("{source}/blobServices/default/containers/{name}") }))
        .collect();
    let uri = text(instance, &["datasourceAuthCredentials", "secretStoreResource", "uri"]);
    let parts: Option<(&str, &str)> =
        uri.and_then(|uri| uri.strip_prefix("https://")?.split_once(".vault.azure.net/secrets/"));
    if let (Some((vault, secret)), Some(group)) = (parts, head(source, 4)) {
        let vault = format!(
            "{}/providers/Microsoft.KeyVault/vaults/{vault}",
            group.replace("resourcegroups", "resourceGroups")
        );
        let properties = json!({ "enableRbacAuthorization": true });
        found.push(json!({ "id": format!("{vault}/secrets/{secret}") }));
        found.push(json!({ "id": vault, "location": location(instance), "properties": properties }));
    }
    found
}

fn location(instance: &Value) -> String {
    text(instance, &["dataSourceInfo", "resourceLocation"]).unwrap_or("centraluseuap").to_owned()
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

fn policies(instances: &[Value]) -> Vec<Value> {
    let mut found: BTreeMap<String, Value> = BTreeMap::new();
    for instance in instances {
        let Some(id) = text(instance, &["policyInfo", "policyId"]) else { continue };
        let kind = text(instance, &["dataSourceInfo", "datasourceType"]).unwrap_or_default();
        let containers = instance
            .pointer("/policyInfo/policyParameters/backupDatasourceParametersList")
            .is_some_and(Value::is_array);
        let vaulted = kind.contains("PostgreSQL") || containers;
        let (vault, name) = (head(id, 8).unwrap_or_default(), id.rsplit('/').next().unwrap_or_default());
        let entry = json!({ "vault": vault, "name": name, "properties": policy(kind, vaulted) });
        if vaulted || !found.contains_key(id) {
            found.insert(id.to_owned(), entry);
        }
    }
    found.into_values().collect()
}

fn policy(kind: &str, vaulted: bool) -> Value {
    let store = if vaulted { "VaultStore" } else { "OperationalStore" };
    let (rule, period, backup) =
        if vaulted { ("BackupWeekly", "P1W", "Full") } else { ("BackupHourly", "PT4H", "Incremental") };
    let retention = json!({
        "objectType": "AzureRetentionRule", "name": "Default", "isDefault": true,
        "lifecycles": [{ "deleteAfter": { "objectType": "AbsoluteDeleteOption", "duration": "P7D" },
                         "sourceDataStore": { "dataStoreType": store, "objectType": "DataStoreInfoBase" } }],
    });
    let schedule = json!({
        "objectType": "AzureBackupRule", "name": rule,
        "backupParameters": { "objectType": "AzureBackupParams", "backupType": backup },
        "dataStore": { "dataStoreType": store, "objectType": "DataStoreInfoBase" },
        "trigger": { "objectType": "ScheduleBasedTriggerContext",
                     "schedule": { "repeatingTimeIntervals": [format!("R/2024-01-01T00:00:00+00:00/{period}")] },
                     "taggingCriteria": [{ "isDefault": true, "taggingPriority": 99, "tagInfo": { "tagName": "Default", "id": "Default_" } }] },
    });
    let operational_blob = kind.ends_with("blobServices") && !vaulted;
    let rules = if operational_blob { vec![retention] } else { vec![schedule, retention] };
    json!({ "objectType": "BackupPolicy", "datasourceTypes": [kind], "policyRules": rules })
}

/// A day of the calendar, by which schedules go, while Azure's waits are shortened.
const DAY: f64 = 86_400.0 * SPEED;

fn asks_for_points(calls: &[Recorded]) -> bool {
    calls
        .iter()
        .any(|call| ["/recoveryPoints", "/backupJobs", "/fetch"].iter().any(|noun| call.url.contains(noun)))
}

/// Protects what was already protected when the recording began, and backs it up where it asks for jobs or recovery points.
pub(crate) async fn bring_about(azure: &Azure, calls: &[Recorded]) -> Result<()> {
    let asks_for_points = asks_for_points(calls);
    // What is replicated comes last, for the clock may stand still afterwards.
    let (last, first): (Vec<_>, Vec<_>) =
        present_before(calls).into_iter().partition(|(id, _)| id.contains("-crr-"));
    for (id, described) in first.into_iter().chain(last) {
        let started = azure.put(&id, json!({ "properties": described })).await?.expect(201)?;
        azure.follow(&started).await?;
        azure.until(&id, "/properties/currentProtectionState", "ProtectionConfigured").await?;
        let on_disk =
            text(&described, &["dataSourceInfo", "datasourceType"]) == Some("Microsoft.Compute/disks");
        if id.contains("-crr-") {
            replicate(azure, calls, &id, &described).await?;
        }
        let made_here = calls.iter().any(|call| call.method == "PUT" && path(&call.url) == id);
        if asks_for_points && on_disk && !made_here {
            azure.running.advance(DAY);
        }
    }
    Ok(())
}

/// Instances that answer before anything makes them, with their descriptions.
fn present_before(calls: &[Recorded]) -> BTreeMap<String, Value> {
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

/// The database that the recordings restore in another region; some of them do not show its instance.
fn replicated(vault: &str) -> Value {
    let group = head(vault, 4).unwrap_or_default();
    let server = format!("{group}/providers/Microsoft.DBforPostgreSQL/servers/clitestcrr-ecy");
    let kind = "Microsoft.DBforPostgreSQL/servers/databases";
    json!({
        "objectType": "BackupInstance", "friendlyName": "clitestcrr-ecy\\postgres",
        "dataSourceInfo": {
            "objectType": "Datasource", "datasourceType": kind, "resourceType": kind, "resourceName": "postgres",
            "resourceID": format!("{server}/databases/postgres"), "resourceLocation": "eastus2euap", "resourceUri": "",
        },
        "dataSourceSetInfo": {
            "objectType": "DatasourceSet", "datasourceType": kind, "resourceType": "Microsoft.DBforPostgreSQL/servers",
            "resourceName": "clitestcrr-ecy", "resourceID": server, "resourceLocation": "eastus2euap", "resourceUri": "",
        },
        "datasourceAuthCredentials": { "objectType": "SecretStoreBasedAuthCredentials", "secretStoreResource": {
            "secretStoreType": "AzureKeyVault", "uri": "https://clitestcrrkeyvault.vault.azure.net/secrets/clitestcrr-final" } },
        "policyInfo": { "policyId": format!("{vault}/backupPolicies/crrclitestbackuppolicy") },
    })
}

/// Lets the schedule back the instance `id` up, lets the point reach the other region, and restores it there where a recording lists such jobs.
async fn replicate(azure: &Azure, calls: &[Recorded], id: &str, described: &Value) -> Result<()> {
    // The weekly backup, and the time that its point takes to the other region.
    azure.running.advance(7.5 * DAY);
    if !calls.iter().any(|call| call.url.contains("fetchCrossRegionRestoreJob")) {
        return Ok(());
    }
    let points = azure.get(&format!("{id}/recoveryPoints")).await?.expect(200)?.body;
    let group = head(id, 4).context("no group")?;
    let target =
        format!("{group}/providers/Microsoft.DBforPostgreSQL/servers/secondary/databases/postgres-restored");
    let request = json!({
        "restoreRequestObject": {
            "objectType": "AzureBackupRecoveryPointBasedRestoreRequest", "sourceDataStoreType": "VaultStore",
            "recoveryPointId": points["value"][0]["name"],
            "restoreTargetInfo": {
                "objectType": "RestoreTargetInfo", "recoveryOption": "FailIfExists", "restoreLocation": "centraluseuap",
                "datasourceInfo": { "objectType": "Datasource", "resourceID": target },
                "datasourceAuthCredentials": described["datasourceAuthCredentials"],
            },
        },
        "crossRegionRestoreDetails": { "sourceRegion": "eastus2euap", "sourceBackupInstanceId": id },
    });
    let path =
        format!("{group}/providers/Microsoft.DataProtection/locations/centraluseuap/crossRegionRestore");
    // The recording shows the job running.
    azure.running.freeze(true);
    azure.post(&path, request).await?.expect(202)?;
    Ok(())
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
