//! Vaults and what lies in them as Resource Graph shows them.

mod extended;

use serde_json::{Value, json};

use super::State;
use super::vault::Vault;
use crate::wire::json as body_json;
use crate::world::{Table, World};

/// The table and the body of the row with this key.
pub(super) fn row(world: &World, id: &str) -> Option<(Table, Value)> {
    if let Some(vault) = State::of(world).vaults.get(id) {
        return Some((Table::Resources, vault.body.clone()));
    }
    in_vault(world, id).map(|body| (Table::RecoveryServicesResources, body))
}

fn in_vault(world: &World, id: &str) -> Option<Value> {
    let (vault_id, kind, name) =
        ["backupinstances", "backupjobs", "backuppolicies"].iter().find_map(|kind| {
            let (vault, name) = id.split_once(&format!("/{kind}/"))?;
            Some((vault, *kind, name))
        })?;
    let vault = State::of(world).vaults.get(vault_id)?;
    let mut body = match kind {
        "backupinstances" => instance_row(&vault.instances.get(name)?.body(), vault),
        "backupjobs" => vault.jobs.get(name)?.graphed(),
        _ => vault.policies.get(name)?.clone(),
    };
    let location = if kind == "backupinstances" { vault.location() } else { String::new() };
    body_json::set(&mut body, &["location"], json!(location));
    Some(body)
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
