//! Reading role definitions.

use serde_json::{Value, json};

use super::role::{self, Role};
use crate::wire::path::subscription_of;
use crate::wire::{Answer, ArmError, Call, Reply};

/// `GET {scope}/providers/Microsoft.Authorization/roleDefinitions?$filter=roleName eq '..'`.
pub(crate) fn list(call: &Call) -> Answer {
    let filter = call.parameter("$filter").unwrap_or_default();
    let name = quoted(filter, "roleName eq");
    let custom_only = quoted(filter, "type eq").is_some_and(|kind| kind.eq_ignore_ascii_case("CustomRole"));
    let matching = role::ALL
        .into_iter()
        .filter(|role| !custom_only && name.is_none_or(|name| role.name.eq_ignore_ascii_case(name)))
        .map(|role| body(role, &call.path.scope));
    Ok(Reply::list(matching.collect()))
}

/// `GET {scope}/providers/Microsoft.Authorization/roleDefinitions/{id}`.
pub(crate) fn read(call: &Call) -> Answer {
    let id = call.path.segment(1).unwrap_or_default();
    let role = role::by_id(id).ok_or_else(|| {
        ArmError::not_found(
            "RoleDefinitionDoesNotExist",
            format!("The specified role definition with ID '{id}' does not exist."),
        )
    })?;
    Ok(Reply::ok(body(role, &call.path.scope)))
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
