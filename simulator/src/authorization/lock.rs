//! Locks: what may not be deleted, or not even written.

use axum::http::Method;

use crate::wire::path::key;
use crate::wire::{ArmError, Call, json as body_json};
use crate::world::World;

/// The segment that leads to the locks of a scope.
const LOCKS: &str = "/providers/microsoft.authorization/locks/";

/// Refuses a call that changes what is locked.
pub(crate) fn unlocked(world: &World, call: &Call) -> Result<(), ArmError> {
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
    let found = world.arm.resources.below(&prefix);
    let read_only = |body| {
        let level = body_json::text(body, &["properties", "level"]).unwrap_or_default();
        level.eq_ignore_ascii_case("ReadOnly")
    };
    found.map(|(_, body)| (scope.to_owned(), read_only(body))).collect()
}

/// A scope within the group `id` that is locked.
fn lock_within(world: &World, id: &str) -> Option<String> {
    let prefix = format!("{}/", key(id));
    let inside = world.arm.resources.below(&prefix);
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
