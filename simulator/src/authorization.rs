//! Microsoft.Authorization: role definitions and role assignments, effective only after a while.

mod assignment;
mod definition;
pub(crate) mod lock;
pub(crate) mod permission;
pub(crate) mod policy;
pub(crate) mod role;

use axum::http::Method;

pub(crate) use assignment::{Assignment, grant};
pub(crate) use definition::quoted;

use crate::wire::{Answer, ArmError, ArmPath, Call};
use crate::world::World;

/// The namespace as Azure spells it.
pub(crate) const NAMESPACE: &str = "Microsoft.Authorization";

/// Whether `path` leads to a lock, which is kept like any other resource.
pub(crate) fn is_lock(path: &ArmPath) -> bool {
    path.namespace_is(NAMESPACE) && path.is(0, "locks")
}

/// Answers a call whose namespace is Microsoft.Authorization, but for locks.
pub(crate) fn handle(world: &mut World, call: &Call) -> Answer {
    let path = &call.path;
    let get = call.method == Method::GET;
    match path.rest.len() {
        1 if path.is(0, "roleAssignments") && get => assignment::list(world, call),
        2 if path.is(0, "roleAssignments") => assignment::handle(world, call),
        1 if path.is(0, "roleDefinitions") && get => definition::list(call),
        2 if path.is(0, "roleDefinitions") && get => definition::read(call),
        _ => Err(ArmError::unknown_type(NAMESPACE, path.segment(0).unwrap_or_default())),
    }
}
