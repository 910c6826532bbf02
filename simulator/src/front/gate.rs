//! What ARM itself refuses before a provider sees a call: missing rights, locks, groups that are being deleted, and what an Azure Policy denies.

use axum::http::Method;

use crate::authorization::{self, lock, permission, policy};
use crate::resources;
use crate::wire::{ArmError, Call, action};
use crate::world::World;

/// Refuses `call` where somebody has forbidden it.
pub(super) fn check(world: &World, call: &Call) -> Result<(), ArmError> {
    match action::subject(&call.path, action::verb(&call.method)) {
        Some((_, action)) => admitted(world, call, &action),
        None => Ok(()),
    }
}

fn admitted(world: &World, call: &Call, action: &str) -> Result<(), ArmError> {
    let id = call.path.id();
    permission::permitted(world, call, &id, action)?;
    let changes = !matches!(call.method, Method::GET | Method::HEAD);
    if changes && !authorization::is_lock(&call.path) {
        lock::unlocked(world, call)?;
    }
    if matches!(call.method, Method::PUT | Method::PATCH) {
        resources::group_standing(world, &call.path)?;
        if let Some(denial) = policy::denied(world, &id, &call.path.resource_type()) {
            return Err(policy::by_policy(&id, denial));
        }
    }
    Ok(())
}
