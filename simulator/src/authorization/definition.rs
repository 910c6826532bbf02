//! Role definitions: Azure's own, and those that somebody defined.

use serde_json::{Value, json};

use super::State;
use super::role::{self, Role};
use crate::wire::path::{subscription_of, within};
use crate::wire::{Answer, ArmError, Call, Reply, json as body_json};
use crate::world::World;
use axum::http::StatusCode;
use uuid::Uuid;

/// `GET {scope}/providers/Microsoft.Authorization/roleDefinitions?$filter=roleName eq '..'`.
pub(crate) fn list(world: &World, call: &Call) -> Answer {
    let filter = call.parameter("$filter").unwrap_or_default();
    let name = quoted(filter, "roleName eq");
    let custom_only = quoted(filter, "type eq").is_some_and(|kind| kind.eq_ignore_ascii_case("CustomRole"));
    let matching = role::ALL
        .into_iter()
        .filter(|role| !custom_only && name.is_none_or(|name| role.name.eq_ignore_ascii_case(name)))
        .map(|role| body(role, &call.path.scope));
    let custom = State::of(world).custom.values().filter(|one| {
        name.is_none_or(|name| {
            body_json::text(one, &["properties", "roleName"])
                .is_some_and(|own| own.eq_ignore_ascii_case(name))
        })
    });
    Ok(Reply::list(matching.chain(custom.cloned()).collect()))
}

/// `GET {scope}/providers/Microsoft.Authorization/roleDefinitions/{id}`.
pub(crate) fn read(world: &World, call: &Call) -> Answer {
    let id = call.path.segment(1).unwrap_or_default();
    if let Some(custom) = State::of(world).custom.get(&id.to_ascii_lowercase()) {
        return Ok(Reply::ok(custom.clone()));
    }
    let role = role::by_id(id).ok_or_else(|| {
        ArmError::not_found(
            "RoleDefinitionDoesNotExist",
            format!("The specified role definition with ID '{id}' does not exist."),
        )
    })?;
    Ok(Reply::ok(body(role, &call.path.scope)))
}

/// Defines a role, or defines it anew.
pub(crate) fn put(world: &mut World, call: &Call) -> Answer {
    let name = call.path.segment(1).unwrap_or_default().to_owned();
    if Uuid::parse_str(&name).is_err() {
        return Err(ArmError::bad_request(
            "InvalidRoleDefinitionId",
            format!("The role definition ID '{name}' is not a GUID."),
        ));
    }
    let mut properties = body_json::member(call.object()?, "properties").cloned().unwrap_or_default();
    let own = |name: &str| body_json::text(&properties, &[name]).map(str::to_owned);
    let role = own("roleName")
        .ok_or_else(|| ArmError::bad_request("InvalidRoleDefinitionBody", "The role has no name."))?;
    let lower = name.to_ascii_lowercase();
    let is_taken = |(id, one): (&String, &Value)| {
        *id != lower
            && body_json::text(one, &["properties", "roleName"])
                .is_some_and(|own| own.eq_ignore_ascii_case(&role))
    };
    if State::of(world).custom.iter().any(is_taken) {
        let message = format!(
            "A custom role with the same name already exists in this directory. Use a different name: '{role}'."
        );
        return Err(ArmError::conflict("RoleDefinitionWithSameNameExists", message));
    }
    let scopes = body_json::list(&properties, &["assignableScopes"]);
    let covers = |one: &Value| one.as_str().is_some_and(|one| within(&call.path.scope, one));
    if !scopes.iter().any(covers) {
        let message = format!("The assignable scopes of the role do not cover '{}'.", call.path.scope);
        return Err(ArmError::bad_request("RoleDefinitionScopeNotAllowed", message));
    }
    at_management_group(world, &properties)?;
    body_json::set(&mut properties, &["type"], json!("CustomRole"));
    let body = json!({
        "properties": properties,
        "id": call.path.id(),
        "type": "Microsoft.Authorization/roleDefinitions",
        "name": name,
    });
    State::of_mut(world).custom.insert(lower, body.clone());
    Ok(Reply::new(StatusCode::CREATED, body))
}

/// A role for a management group is assignable there alone, and has no data actions (official: Azure custom roles).
fn at_management_group(world: &World, properties: &Value) -> Result<(), ArmError> {
    let scopes = body_json::list(properties, &["assignableScopes"]).iter().filter_map(Value::as_str);
    let groups = scopes.filter(|scope| world.management_group(scope).is_some()).count();
    let has_data_actions = body_json::list(properties, &["permissions"])
        .iter()
        .any(|one| !body_json::list(one, &["dataActions"]).is_empty());
    let problem = match groups {
        0 => return Ok(()),
        1 if !has_data_actions => return Ok(()),
        1 => "A custom role with data actions cannot be assigned at a management group.",
        _ => "A custom role can have one management group in its assignable scopes.",
    };
    Err(ArmError::bad_request("RoleDefinitionScopeNotAllowed", problem))
}

/// The quoted text after `clause` in an OData filter.
pub(crate) fn quoted<'a>(filter: &'a str, clause: &str) -> Option<&'a str> {
    let lower = filter.to_ascii_lowercase();
    let at = lower.find(&clause.to_ascii_lowercase())?;
    filter.get(at + clause.len()..)?.split('\'').nth(1)
}

fn body(role: &Role, scope: &str) -> Value {
    let prefix = subscription_of(scope)
        .map(|subscription| format!("/subscriptions/{subscription}"))
        .unwrap_or_default();
    json!({
        "properties": {
            "roleName": role.name,
            "type": "BuiltInRole",
            "description": role.description,
            "assignableScopes": ["/"],
            "permissions": [{ "actions": role.actions, "notActions": role.not_actions, "dataActions": [], "notDataActions": [] }],
            "createdOn": "2020-12-15T07:39:03.8394514Z",
            "updatedOn": "2021-11-11T20:14:56.0178737Z",
            "createdBy": null,
            "updatedBy": null,
        },
        "id": format!("{prefix}/providers/Microsoft.Authorization/roleDefinitions/{}", role.id),
        "type": "Microsoft.Authorization/roleDefinitions",
        "name": role.id,
    })
}
