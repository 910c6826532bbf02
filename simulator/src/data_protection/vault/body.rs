//! The body of a Backup vault: what a request may hold and what the service adds.

use serde_json::{Map, Value, json};

use super::settings::redundancy;
use crate::identity::TENANT;
use crate::wire::json as body_json;
use crate::world::World;

/// Regions that Azure pairs, for `replicatedRegions` of geo-redundant vaults (learn.microsoft.com, cross-region replication).
const PAIRS: [(&str, &str); 17] = [
    ("australiaeast", "australiasoutheast"),
    ("brazilsouth", "southcentralus"),
    ("canadacentral", "canadaeast"),
    ("centralindia", "southindia"),
    ("centralus", "eastus2"),
    ("centraluseuap", "eastus2euap"),
    ("eastasia", "southeastasia"),
    ("eastus", "westus"),
    ("francecentral", "francesouth"),
    ("germanywestcentral", "germanynorth"),
    ("japaneast", "japanwest"),
    ("northcentralus", "southcentralus"),
    ("northeurope", "westeurope"),
    ("norwayeast", "norwaywest"),
    ("switzerlandnorth", "switzerlandwest"),
    ("uksouth", "ukwest"),
    ("westus2", "westcentralus"),
];

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
    let pair = PAIRS.iter().find_map(|(one, other)| match location {
        _ if location == *one => Some(*other),
        _ if location == *other => Some(*one),
        _ => None,
    });
    let replicated: Vec<&str> = if geo { pair.into_iter().collect() } else { Vec::new() };
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

fn identity(world: &mut World, request: &Value, before: Option<&Value>) -> Option<Value> {
    let before = before.and_then(|body| body_json::member(body, "identity"));
    let Some(asked) = body_json::member(request, "identity") else { return before.cloned() };
    let kind = body_json::text(asked, &["type"]).unwrap_or("None");
    if kind.eq_ignore_ascii_case("None") {
        return None;
    }
    let mut identity = json!({ "type": kind });
    if kind.to_ascii_lowercase().contains("systemassigned") {
        let principal = before
            .and_then(|identity| body_json::text(identity, &["principalId"]))
            .map_or_else(|| new_principal(world), str::to_owned);
        body_json::set(&mut identity, &["principalId"], json!(principal));
    }
    if let Some(assigned) = body_json::member(asked, "userAssignedIdentities").and_then(Value::as_object) {
        let filled: Map<String, Value> =
            assigned.keys().map(|id| (id.clone(), user_identity(world, id, before))).collect();
        body_json::set(&mut identity, &["userAssignedIdentities"], Value::Object(filled));
    }
    body_json::set(&mut identity, &["tenantId"], json!(TENANT));
    Some(identity)
}

fn user_identity(world: &mut World, id: &str, before: Option<&Value>) -> Value {
    if let Some(known) =
        before.and_then(|identity| body_json::reach(identity, &["userAssignedIdentities", id]))
    {
        return known.clone();
    }
    let existing = world
        .arm
        .resources
        .get(&crate::wire::path::key(id))
        .and_then(|body| body_json::member(body, "properties"));
    let known =
        |name: &str| existing.and_then(|properties| body_json::text(properties, &[name])).map(str::to_owned);
    let (client, principal) = (known("clientId"), known("principalId"));
    let client = client.unwrap_or_else(|| world.guid());
    let principal = principal.unwrap_or_else(|| new_principal(world));
    json!({ "clientId": client, "principalId": principal })
}

fn new_principal(world: &mut World) -> String {
    let principal = world.guid();
    let now = world.now();
    world.identities.add(&principal, now);
    principal
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
