//! The body of a Backup vault: what a request may hold and what the service adds.

use serde_json::{Map, Value, json};

use super::settings::redundancy;
use crate::backup::identity::identity;
use crate::backup::region::paired;
use crate::wire::json as body_json;
use crate::world::World;

/// The vault that `request` describes, without its provisioning state.
pub(crate) fn shaped(
    world: &mut World,
    id: &str,
    location: &str,
    request: &Value,
    before: Option<&Value>,
) -> Value {
    let mut body = Map::new();
    body.insert("location".into(), json!(location));
    if let Some(identity) = identity(world, request, before) {
        body.insert("identity".into(), identity);
    }
    if let Some(tags) = body_json::member(request, "tags") {
        body.insert("tags".into(), tags.clone());
    }
    let guarded =
        before.and_then(|body| body_json::reach(body, &["properties", "isVaultProtectedByResourceGuard"]));
    let guarded = guarded.and_then(Value::as_bool) == Some(true);
    body.insert("properties".into(), properties(location, request, guarded));
    body.insert("id".into(), json!(id));
    body.insert("name".into(), json!(crate::wire::path::name_of(id)));
    body.insert("type".into(), json!(super::TYPE));
    Value::Object(body)
}

fn properties(location: &str, request: &Value, guarded: bool) -> Value {
    let asked = |name: &str| body_json::reach(request, &["properties", name]).map(body_json::without_nulls);
    let storage = asked("storageSettings").unwrap_or_else(|| json!([]));
    let mut security = asked("securitySettings").unwrap_or_else(|| json!({}));
    if body_json::member(&security, "softDeleteSettings").is_none() {
        body_json::set(
            &mut security,
            &["softDeleteSettings"],
            json!({ "state": "On", "retentionDurationInDays": 14.0 }),
        );
    }
    let (score, level) = security_levels(&security);
    let geo = redundancy(body_json::list(&storage, &[])) == Some("GeoRedundant");
    let replicated: Vec<&str> = if geo { paired(location).into_iter().collect() } else { Vec::new() };
    let mut properties = json!({
        "provisioningState": "Succeeded",
        "storageSettings": storage,
        "isVaultProtectedByResourceGuard": guarded,
        "securitySettings": security,
        "secureScore": score,
        "bcdrSecurityLevel": level,
        "replicatedRegions": replicated,
    });
    for name in ["featureSettings", "monitoringSettings", "costManagementSettings"] {
        if let Some(settings) = asked(name) {
            body_json::set(&mut properties, &[name], settings);
        }
    }
    properties
}

/// `secureScore` and `bcdrSecurityLevel` (recorded for all but immutability that is absent where soft delete is always on).
fn security_levels(security: &Value) -> (&'static str, &'static str) {
    let state = |name: &str| body_json::text(security, &[name, "state"]).unwrap_or_default();
    match (state("softDeleteSettings"), state("immutabilitySettings")) {
        ("AlwaysOn", _) | ("On", "Locked") => ("Adequate", "Good"),
        ("On", "Unlocked") => ("Minimum", "Fair"),
        _ => ("None", "Poor"),
    }
}

/// A vault while an update runs: as it is to become (recorded), but for the key that it is encrypted with, which changes
/// at the end (recorded).
pub(crate) fn updating(before: &Value, wanted: &Value) -> Value {
    let mut shown = in_state(wanted.clone(), "Updating");
    let path = ["properties", "securitySettings", "encryptionSettings"];
    if let Some(settings) = body_json::reach(before, &path) {
        body_json::set(&mut shown, &path, settings.clone());
    }
    shown
}

/// A new vault as Azure first shows it: the ids of user-assigned identities come only when it is provisioned.
pub(crate) fn before_identities(body: &Value) -> Value {
    let mut body = body.clone();
    let assigned =
        body_json::reach(&body, &["identity", "userAssignedIdentities"]).and_then(Value::as_object);
    if let Some(assigned) = assigned {
        let blank: Map<String, Value> = assigned.keys().map(|id| (id.clone(), json!({}))).collect();
        body_json::set(&mut body, &["identity", "userAssignedIdentities"], Value::Object(blank));
    }
    body
}

/// `body` with the given provisioning state.
pub(crate) fn in_state(mut body: Value, state: &str) -> Value {
    body_json::set(&mut body, &["properties", "provisioningState"], json!(state));
    body
}
