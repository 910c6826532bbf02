//! What ARM itself refuses before a provider sees a call: missing rights, locks, and what an Azure Policy denies.

use axum::http::{Method, StatusCode};
use serde_json::json;

use super::{ArmError, Call, json as body_json};
use crate::arm::path::{key, name_of, within};
use crate::authorization::NAMESPACE as AUTHORIZATION;
use crate::estate::PolicyDenial;
use crate::identity;
use crate::world::World;

/// The segment that leads to the locks of a scope.
const LOCKS: &str = "/providers/microsoft.authorization/locks/";

/// Refuses `call`, which would carry out `action`, where somebody has forbidden it.
pub(super) fn check(world: &World, call: &Call, action: &str) -> Result<(), ArmError> {
    permitted(world, call, &call.path.id(), action)?;
    let changes = !matches!(call.method, Method::GET | Method::HEAD);
    if changes && !(call.path.namespace_is(AUTHORIZATION) && call.path.is(0, "locks")) {
        unlocked(world, call)?;
    }
    if matches!(call.method, Method::PUT | Method::PATCH)
        && let Some(denial) = denied(world, &call.path.id(), &call.path.resource_type())
    {
        return Err(by_policy(&call.path.id(), denial));
    }
    Ok(())
}

/// Refuses an `action` on `id` that the caller has no right to.
fn permitted(world: &World, call: &Call, id: &str, action: &str) -> Result<(), ArmError> {
    let caller = &call.caller;
    let forbidden = world.settings.action_denials.iter().any(|denial| {
        let meant = denial.principals.is_empty()
            || denial.principals.iter().any(|principal| identity::is(caller, principal));
        meant && within(id, &denial.scope) && matches_action(&denial.action, action)
    });
    if !forbidden {
        return Ok(());
    }
    let message = format!(
        "The client '{caller}' with object id '{caller}' does not have authorization to perform action '{action}' \
         over scope '{id}' or the scope is invalid. If access was recently granted, please refresh your credentials."
    );
    Err(ArmError::new(StatusCode::FORBIDDEN, "AuthorizationFailed", message))
}

/// Refuses a caller who may not read the resource `id`, to which the call refers.
pub(crate) fn linked(world: &World, call: &Call, id: &str) -> Result<(), ArmError> {
    let kind = super::ArmPath::parse(id).map(|path| path.resource_type()).unwrap_or_default();
    let action = format!("{kind}/read");
    permitted(world, call, id, &action).map_err(|_| {
        let caller = &call.caller;
        let message = format!(
            "The client '{caller}' with object id '{caller}' has permission to perform action on scope '{}'; \
             however, it does not have permission to perform action '{action}' on the linked scope(s) '{id}' or \
             the linked scope(s) are invalid.",
            call.path.id()
        );
        ArmError::new(StatusCode::FORBIDDEN, "LinkedAuthorizationFailed", message)
    })
}

/// Whether `action` is meant by `pattern`, in which `*` stands for anything.
fn matches_action(pattern: &str, action: &str) -> bool {
    let (pattern, action) = (pattern.to_ascii_lowercase(), action.to_ascii_lowercase());
    let Some((head, tail)) = pattern.split_once('*') else { return pattern == action };
    let Some(rest) = action.strip_prefix(head) else { return false };
    tail.is_empty()
        || (0..=rest.len()).any(|at| rest.get(at..).is_some_and(|rest| matches_action(tail, rest)))
}

fn unlocked(world: &World, call: &Call) -> Result<(), ArmError> {
    let id = call.path.id();
    let deletes = call.method == Method::DELETE;
    let whole_group = deletes && call.path.namespace.is_none() && call.path.rest.is_empty();
    let above = locks_over(world, &id).into_iter().find(|(_, read_only)| deletes || *read_only);
    let within = || whole_group.then(|| lock_within(world, &id)).flatten();
    let Some(scope) = above.map(|(scope, _)| scope).or_else(within) else { return Ok(()) };
    let verb = if deletes { "delete" } else { "write" };
    let message = format!(
        "The scope '{id}' cannot perform {verb} operation because following scope(s) are locked: '{scope}'. \
         Please remove the lock and try again."
    );
    Err(ArmError::conflict("ScopeLocked", message))
}

/// The scopes at and above `id` that are locked, and whether each lock forbids writing too.
fn locks_over(world: &World, id: &str) -> Vec<(String, bool)> {
    let id = key(id);
    let ends = id.match_indices('/').map(|(at, _)| at).skip(1).chain([id.len()]);
    let scopes = ends.filter_map(|end| id.get(..end));
    scopes.flat_map(|scope| locks_at(world, scope)).collect()
}

fn locks_at(world: &World, scope: &str) -> Vec<(String, bool)> {
    let prefix = format!("{scope}{LOCKS}");
    let found = world.resources.range(prefix.clone()..).take_while(|(id, _)| id.starts_with(&prefix));
    let read_only = |body| {
        let level = body_json::text(body, &["properties", "level"]).unwrap_or_default();
        level.eq_ignore_ascii_case("ReadOnly")
    };
    found.map(|(_, body)| (scope.to_owned(), read_only(body))).collect()
}

/// A scope within the group `id` that is locked.
fn lock_within(world: &World, id: &str) -> Option<String> {
    let prefix = format!("{}/", key(id));
    let inside = world.resources.range(prefix.clone()..).take_while(|(id, _)| id.starts_with(&prefix));
    inside.filter_map(|(id, _)| id.split_once(LOCKS)).map(|(scope, _)| scope.to_owned()).next()
}

/// Whether a lock keeps things from being deleted at `id`.
pub(crate) fn has_lock(world: &World, id: &str) -> bool {
    !locks_over(world, id).is_empty()
}

/// Whether a lock keeps `id` from being changed.
pub(crate) fn is_read_only(world: &World, id: &str) -> bool {
    locks_over(world, id).iter().any(|(_, read_only)| *read_only)
}

/// The Azure Policy that denies writing a resource of `kind` at `id`.
pub(crate) fn denied<'a>(world: &'a World, id: &str, kind: &str) -> Option<&'a PolicyDenial> {
    let mut denials = world.settings.policy_denials.iter();
    denials.find(|denial| within(id, &denial.scope) && denial.resource_type.eq_ignore_ascii_case(kind))
}

fn by_policy(id: &str, denial: &PolicyDenial) -> ArmError {
    let message = format!(
        "Resource '{}' was disallowed by policy. Policy identifiers: '[{{\"policyAssignment\":{{\"name\":\"{}\"}}}}]'.",
        name_of(id),
        denial.assignment
    );
    let info = json!([{ "type": "PolicyViolation", "info": {
        "policyAssignmentName": denial.assignment,
        "policyAssignmentScope": key(&denial.scope),
        "policyDefinitionEffect": "deny",
    } }]);
    let envelope = json!({ "code": "RequestDisallowedByPolicy", "target": name_of(id), "message": message, "additionalInfo": info });
    ArmError::new(StatusCode::FORBIDDEN, "RequestDisallowedByPolicy", message).with_envelope(envelope)
}

#[cfg(test)]
mod tests {
    use super::matches_action;

    #[test]
    fn a_star_stands_for_anything() {
        assert!(matches_action("*/write", "Microsoft.Compute/disks/write"));
        assert!(matches_action("Microsoft.Compute/*", "microsoft.compute/disks/read"));
        assert!(matches_action(
            "Microsoft.DataProtection/*/write",
            "Microsoft.DataProtection/backupVaults/write"
        ));
        assert!(!matches_action("*/write", "Microsoft.Compute/disks/read"));
        assert!(!matches_action("Microsoft.Compute/disks/write", "Microsoft.Compute/disks/write/action"));
    }
}
