//! The body of a Backup vault: what a request may hold and what the service adds.

use serde_json::{Map, Value, json};

use super::Vault;
use super::user_error::UserError;
use crate::arm::{ArmError, Call, json as body_json};
use crate::world::{TENANT, World};

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

/// Refuses settings that no vault may have, or that this vault may not return to.
pub(crate) fn check(
    world: &mut World,
    call: &Call,
    existing: Option<&Vault>,
    request: &Value,
) -> Result<(), ArmError> {
    let problem = storage_problem(existing, request)
        .or_else(|| soft_delete_problem(call, existing, request))
        .or_else(|| immutability_problem(existing, request));
    match problem {
        Some(problem) => {
            let activity = world.guid();
            Err(problem.refusal(&activity))
        }
        None => Ok(()),
    }
}

fn storage_problem(existing: Option<&Vault>, request: &Value) -> Option<UserError> {
    let settings = body_json::list(request, &["properties", "storageSettings"]);
    if existing.is_none() && settings.is_empty() {
        return Some(UserError::invalid_input("properties.storageSettings is required"));
    }
    let known = ["GeoRedundant", "LocallyRedundant", "ZoneRedundant"];
    for setting in settings {
        let redundancy = body_json::text(setting, &["type"]).unwrap_or_default();
        if !known.contains(&redundancy) {
            let detail = format!("storageSettings.type '{redundancy}' is none of {}", known.join(", "));
            return Some(UserError::invalid_input(detail));
        }
    }
    let before = existing.filter(|vault| !vault.instances.is_empty())?;
    let fixed = body_json::list(&before.body, &["properties", "storageSettings"]);
    let changed = !settings.is_empty() && redundancy(settings) != redundancy(fixed);
    changed.then(|| UserError::invalid_input("storageSettings cannot change once something is protected"))
}

fn redundancy(settings: &[Value]) -> Option<&str> {
    settings.first().and_then(|setting| body_json::text(setting, &["type"]))
}

fn soft_delete_problem(call: &Call, existing: Option<&Vault>, request: &Value) -> Option<UserError> {
    let path = ["properties", "securitySettings", "softDeleteSettings"];
    let settings = body_json::reach(request, &path)?;
    let state = body_json::text(settings, &["state"]);
    if let Some(state) = state
        && !["Off", "On", "AlwaysOn"].contains(&state)
    {
        return Some(UserError::invalid_input(format!(
            "softDeleteSettings.state '{state}' is none of Off, On, AlwaysOn"
        )));
    }
    let days = body_json::member(settings, "retentionDurationInDays").and_then(Value::as_f64);
    if days.is_some_and(|days| !(14.0..=180.0).contains(&days)) {
        return Some(UserError::invalid_input(
            "softDeleteSettings.retentionDurationInDays must lie between 14 and 180",
        ));
    }
    let before = existing.and_then(|vault| body_json::reach(&vault.body, &path));
    let was_always_on = before.and_then(|settings| body_json::text(settings, &["state"])) == Some("AlwaysOn");
    let enforced = call.api_version() >= "2025-09-01";
    let weakened = match state {
        Some("Off") => enforced || was_always_on,
        Some("On") => was_always_on,
        _ => false,
    };
    weakened.then(|| {
        UserError::new(
            "BMSUserErrorDisablingSoftDeleteStateNotAllowed",
            "Disabling the soft delete state of the vault is not allowed.",
            "Leave soft delete on, or keep it AlwaysOn where it already is.",
        )
    })
}

fn immutability_problem(existing: Option<&Vault>, request: &Value) -> Option<UserError> {
    let path = ["properties", "securitySettings", "immutabilitySettings", "state"];
    let wanted = body_json::text(request, &path)?;
    if !["Disabled", "Unlocked", "Locked"].contains(&wanted) {
        let detail = format!("immutabilitySettings.state '{wanted}' is none of Disabled, Unlocked, Locked");
        return Some(UserError::invalid_input(detail));
    }
    let locked = existing.and_then(|vault| body_json::text(&vault.body, &path)) == Some("Locked");
    (locked && wanted != "Locked")
        .then(|| UserError::invalid_input("a locked immutability setting cannot be unlocked"))
}

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
    body.insert("properties".into(), properties(location, request));
    body.insert("id".into(), json!(id));
    body.insert("name".into(), json!(crate::arm::path::name_of(id)));
    body.insert("type".into(), json!(super::vault::TYPE));
    Value::Object(body)
}

fn properties(location: &str, request: &Value) -> Value {
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
    let locked = body_json::text(&security, &["immutabilitySettings", "state"]) == Some("Locked");
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
        "isVaultProtectedByResourceGuard": false,
        "securitySettings": security,
        "secureScore": if locked { "Adequate" } else { "None" },
        "bcdrSecurityLevel": if locked { "Good" } else { "Poor" },
        "replicatedRegions": replicated,
    });
    for name in ["featureSettings", "monitoringSettings", "costManagementSettings"] {
        if let Some(settings) = asked(name) {
            body_json::set(&mut properties, &[name], settings);
        }
    }
    properties
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
        .resources
        .get(&crate::arm::path::key(id))
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
