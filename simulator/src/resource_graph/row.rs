//! Rows of Resource Graph: every resource with the same columns, types in lower case.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::expression::Row;
use super::extended;
use crate::data_protection::Vault;
use crate::identity::TENANT;
use crate::wire::json as body_json;
use crate::wire::path::{group_of, key, subscription_of};
use crate::world::{Table, World};

/// Brings the graph up to everything that is visible at `now`.
pub(crate) fn refresh(world: &mut World, now: Timestamp) {
    for id in world.graph.take_visible(now) {
        let row = current(world, &id);
        world.graph.store(id, row);
    }
}

/// The rows of the table named `name`.
pub(crate) fn table_rows<'a>(
    world: &'a World,
    name: &str,
) -> Result<impl Iterator<Item = &'a Row> + use<'a>, String> {
    let table = match name.to_lowercase().as_str() {
        "resources" => Table::Resources,
        "resourcecontainers" => Table::ResourceContainers,
        "recoveryservicesresources" => Table::RecoveryServicesResources,
        "authorizationresources" => Table::AuthorizationResources,
        other => return Err(format!("the table '{other}' is unknown")),
    };
    Ok(world.graph.rows(table).filter_map(Value::as_object))
}

/// The table and row of the resource with this key, if it exists.
fn current(world: &World, id: &str) -> Option<(Table, Value)> {
    if let Some(body) = world.groups.get(id) {
        let mut body = body.clone();
        body_json::set(&mut body, &["type"], json!("microsoft.resources/subscriptions/resourcegroups"));
        return Some((Table::ResourceContainers, row(&body)));
    }
    if let Some(vault) = world.vaults.get(id) {
        return Some((Table::Resources, row(&vault.body)));
    }
    if let Some(body) = world.resources.get(id) {
        let tracked = body_json::text(body, &["type"]).is_some_and(|kind| kind.split('/').count() == 2);
        return (tracked && body_json::member(body, "location").is_some())
            .then(|| (Table::Resources, row(body)));
    }
    if id.contains("/providers/microsoft.authorization/roleassignments/") {
        let found = world.assignments.iter().find(|one| key(&one.id()) == id)?;
        return Some((Table::AuthorizationResources, row(found.body())));
    }
    in_vault(world, id).map(|row| (Table::RecoveryServicesResources, row))
}

fn in_vault(world: &World, id: &str) -> Option<Value> {
    let (vault_id, kind, name) =
        ["backupinstances", "backupjobs", "backuppolicies"].iter().find_map(|kind| {
            let (vault, name) = id.split_once(&format!("/{kind}/"))?;
            Some((vault, *kind, name))
        })?;
    let vault = world.vaults.get(vault_id)?;
    let body = match kind {
        "backupinstances" => instance_row(&vault.instances.get(name)?.body(), vault),
        "backupjobs" => vault.jobs.get(name)?.graphed(),
        _ => vault.policies.get(name)?.clone(),
    };
    let mut row = row(&body);
    let location = if kind == "backupinstances" { vault.location() } else { String::new() };
    body_json::set(&mut row, &["location"], json!(location));
    Some(row)
}

/// The graph spells out what the API leaves away.
fn instance_row(body: &Value, vault: &Vault) -> Value {
    let mut body = body.clone();
    let or_null = |names: &[&str]| body_json::reach(&body, names).cloned().unwrap_or_default();
    let spelled = |source: Value| {
        let mut source = source;
        for name in ["resourceProperties", "baseUri"] {
            if body_json::member(&source, name).is_none() {
                body_json::set(&mut source, &[name], Value::Null);
            }
        }
        source
    };
    let datasource = or_null(&["properties", "dataSourceInfo"]);
    let mut set_default = datasource.clone();
    body_json::set(&mut set_default, &["objectType"], json!("DatasourceSet"));
    let set = body_json::reach(&body, &["properties", "dataSourceSetInfo"]).cloned().unwrap_or(set_default);
    let parameters = |name: &str| or_null(&["properties", "policyInfo", "policyParameters", name]);
    let policy_parameters = match or_null(&["properties", "policyInfo", "policyParameters"]) {
        Value::Null => Value::Null,
        _ => json!({
            "backupDatasourceParametersList": parameters("backupDatasourceParametersList"),
            "dataStoreParametersList": parameters("dataStoreParametersList"),
            "tags": null,
        }),
    };
    let additions = [
        ("dataSourceInfo", spelled(datasource)),
        ("dataSourceSetInfo", spelled(set)),
        (
            "policyInfo",
            json!({
                "policyId": or_null(&["properties", "policyInfo", "policyId"]),
                "policyParameters": policy_parameters,
                "policyVersion": or_null(&["properties", "policyInfo", "policyVersion"]),
            }),
        ),
        (
            "protectionStatus",
            json!({
                "status": or_null(&["properties", "protectionStatus", "status"]),
                "errorDetails": or_null(&["properties", "protectionStatus", "errorDetails"]),
            }),
        ),
        ("protectionErrorDetails", or_null(&["properties", "protectionErrorDetails"])),
        ("datasourceAuthCredentials", or_null(&["properties", "datasourceAuthCredentials"])),
        ("resourceGuardOperationRequests", Value::Null),
        ("identityDetails", or_null(&["properties", "identityDetails"])),
        ("validationType", or_null(&["properties", "validationType"])),
        ("dataSourceProperties", Value::Null),
        ("backupInstanceExtendedProperties", extended::properties(&body, vault)),
    ];
    for (name, value) in additions {
        body_json::set(&mut body, &["properties", name], value);
    }
    body
}

/// The columns that every row has.
fn row(body: &Value) -> Value {
    let get = |name: &str| body_json::member(body, name).cloned().unwrap_or_default();
    let id = body_json::text(body, &["id"]).unwrap_or_default();
    let text = |name: &str| body_json::text(body, &[name]).unwrap_or_default();
    json!({
        "id": id,
        "name": text("name"),
        "type": text("type").to_lowercase(),
        "tenantId": TENANT,
        "kind": text("kind"),
        "location": text("location"),
        "resourceGroup": group_of(id).unwrap_or_default(),
        "subscriptionId": subscription_of(id).unwrap_or_default(),
        "managedBy": text("managedBy"),
        "sku": get("sku"),
        "plan": get("plan"),
        "properties": get("properties"),
        "tags": get("tags"),
        "identity": get("identity"),
        "zones": get("zones"),
        "extendedLocation": get("extendedLocation"),
    })
}
