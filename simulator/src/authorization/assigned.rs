//! Assignments of Azure Policy and the initiatives that they assign, as an estate states them.
//!
//! Source: REST reference of Azure Policy, Policy Assignments - List and Policy Set Definitions - Get (official).

use serde_json::Value;

use crate::wire::path::within;
use crate::wire::{Answer, ArmError, Call, Page, Reply, json as body_json};
use crate::world::World;

const ASSIGNMENTS: &str = "/providers/microsoft.authorization/policyassignments/";
/// Answers are cut short, so that every client follows the next link.
const PAGE: usize = 2;

/// `GET {scope}/providers/Microsoft.Authorization/policyAssignments`: those above the scope, at it and below it.
pub(crate) fn list(world: &World, call: &Call) -> Answer {
    let scope = &call.path.scope;
    let applies = |one: &&Value| {
        let id = body_json::text(one, &["id"]).unwrap_or_default();
        let at = id.to_ascii_lowercase().find(ASSIGNMENTS).and_then(|at| id.get(..at));
        at.is_some_and(|at| world.reaches(at, scope) || within(at, scope))
    };
    let rows = world.settings.azure_policy.iter().filter(applies).cloned().collect();
    Ok(Page::asked(call, PAGE)?.by_id(rows))
}

/// `GET {scope}/providers/Microsoft.Authorization/policySetDefinitions/{name}`.
pub(crate) fn initiative(world: &World, call: &Call) -> Answer {
    let id = call.path.id();
    let is_it = |one: &&Value| body_json::text(one, &["id"]).is_some_and(|own| own.eq_ignore_ascii_case(&id));
    let found = world.settings.azure_policy.iter().find(is_it).cloned();
    found.map(Reply::ok).ok_or_else(|| {
        let name = call.path.segment(1).unwrap_or_default();
        let message = format!("The policy set definition '{name}' could not be found.");
        ArmError::not_found("PolicySetDefinitionNotFound", message)
    })
}
