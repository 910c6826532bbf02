//! The body of a vault: what a request may hold, what the service adds, and what each api-version shows.

use serde_json::{Value, json};

use super::TYPE;
use super::settings::soft_delete_word;
use crate::backup::identity::identity;
use crate::clock::precise;
use crate::wire::json as body_json;
use crate::wire::path::name_of;
use crate::world::World;

/// From this api-version on a vault shows its settings; before, only its provisioning state and its private endpoints.
const SETTINGS_SINCE: &str = "2023-01-01";

/// What an older api-version shows of the properties (recorded with 2016-06-01).
const ALWAYS_SHOWN: [&str; 4] = [
    "provisioningState",
    "privateEndpointStateForBackup",
    "privateEndpointStateForSiteRecovery",
    "encryption",
];

/// The vault that `request` describes. What it says nothing of stays as it was.
pub(super) fn shaped(
    world: &mut World,
    id: &str,
    location: &str,
    request: &Value,
    before: Option<&Value>,
    always_on: bool,
) -> Value {
    let changed = precise(world.now()).replace(':', "%3A");
    let identity = identity(world, request, before);
    let mut body = json!({
        "location": location,
        "name": name_of(id),
        "etag": format!("W/\"datetime'{changed}'\""),
        "properties": properties(request, before, always_on),
        "id": id,
        "type": TYPE,
        "sku": body_json::member(request, "sku"),
    });
    if let Some(identity) = identity {
        body_json::set(&mut body, &["identity"], identity);
    }
    if let Some(tags) = body_json::member(request, "tags") {
        body_json::set(&mut body, &["tags"], tags.clone());
    }
    body
}

fn properties(request: &Value, before: Option<&Value>, always_on: bool) -> Value {
    let soft_delete = if always_on { "AlwaysON" } else { "Enabled" };
    let defaults = json!({
        "provisioningState": "Succeeded",
        "privateEndpointStateForBackup": "None",
        "privateEndpointStateForSiteRecovery": "None",
        "publicNetworkAccess": "Enabled",
        "redundancySettings": { "standardTierStorageRedundancy": "GeoRedundant", "crossRegionRestore": "Disabled" },
        "securitySettings": {
            "immutabilitySettings": { "state": "Disabled" },
            "softDeleteSettings": {
                "softDeleteState": soft_delete,
                "softDeleteRetentionPeriodInDays": 14,
                "enhancedSecurityState": soft_delete,
            },
            "multiUserAuthorization": "Disabled",
        },
        "secureScore": "None",
        "bcdrSecurityLevel": "Poor",
    });
    let known = before.and_then(|body| body_json::member(body, "properties")).cloned();
    let mut properties = known.unwrap_or(defaults);
    let wanted = body_json::member(request, "properties").map(body_json::without_nulls).unwrap_or_default();
    for name in [
        "publicNetworkAccess",
        "redundancySettings",
        "securitySettings",
        "monitoringSettings",
        "restoreSettings",
        "encryption",
        "costManagementSettings",
    ] {
        if let Some(setting) = body_json::member(&wanted, name) {
            let mut merged = body_json::member(&properties, name).cloned().unwrap_or_default();
            body_json::merge(&mut merged, setting);
            body_json::set(&mut properties, &[name], merged);
        }
    }
    name_key_identity(&mut properties);
    for name in ["softDeleteState", "enhancedSecurityState"] {
        let path = ["securitySettings", "softDeleteSettings", name];
        if let Some(word) = body_json::text(&properties, &path).map(soft_delete_word).map(str::to_owned) {
            body_json::set(&mut properties, &path, json!(word));
        }
    }
    properties
}

/// The service says which kind of identity reaches the key although it was not sent (official).
fn name_key_identity(properties: &mut Value) {
    let path = ["encryption", "kekIdentity", "useSystemAssignedIdentity"];
    if body_json::reach(properties, &["encryption", "kekIdentity"]).is_some()
        && body_json::reach(properties, &path).is_none()
    {
        body_json::set(properties, &path, json!(false));
    }
}

/// `body` as callers of an api-version see it.
pub(super) fn seen_in(body: &Value, api_version: &str) -> Value {
    let mut body = body.clone();
    if api_version < SETTINGS_SINCE
        && let Some(properties) = body.get_mut("properties").and_then(Value::as_object_mut)
    {
        properties.retain(|name, _| ALWAYS_SHOWN.contains(&name.as_str()));
    }
    body
}
