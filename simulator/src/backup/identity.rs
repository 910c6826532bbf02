//! Managed identities of vaults.

use serde_json::{Map, Value, json};

use crate::identity::TENANT;
use crate::wire::json as body_json;
use crate::wire::path::key;
use crate::world::World;

/// The principal of the system-assigned identity in `body`, or of the first user-assigned one.
pub(crate) fn principal(body: &Value) -> Option<String> {
    let identity = body_json::member(body, "identity")?;
    if let Some(principal) = body_json::text(identity, &["principalId"]) {
        return Some(principal.to_owned());
    }
    let assigned = body_json::member(identity, "userAssignedIdentities")?.as_object()?;
    assigned.values().find_map(|one| body_json::text(one, &["principalId"])).map(str::to_owned)
}

/// The `identity` of the vault that `request` describes: what it had before, where the request says nothing.
pub(crate) fn identity(world: &mut World, request: &Value, before: Option<&Value>) -> Option<Value> {
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
    let existing = world.arm.resources.get(&key(id)).and_then(|body| body_json::member(body, "properties"));
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
