//! The end of an operation: what it was started for is done, or fails.

use jiff::Timestamp;

use super::{Action, Operation, Outcome};
use crate::data_protection::instance::{configure, deletion, protection, validate};
use crate::data_protection::user_error::UserError;
use crate::data_protection::{State, restore, vault};
use crate::traffic::Fate;
use crate::world::World;

/// Carries out what operation `id` was started for.
pub(crate) fn ends(world: &mut World, id: &str, at: Timestamp) {
    let id = &State::of(world).moved_operations.get(id).cloned().unwrap_or_else(|| id.to_owned());
    let Some(operation) = State::of(world).operations.get(id).cloned() else { return };
    let failure = match &operation.fate {
        Some(Fate::Stall) => return,
        Some(Fate::Fail(code)) => Some(undone(world, &operation, code)),
        Some(Fate::Hang) => {
            carried_out(world, operation, at);
            return;
        }
        Some(Fate::Vanish | Fate::Move) | None => carried_out(world, operation, at),
    };
    let activity = world.guid();
    if let Some(operation) = State::of_mut(world).operations.get_mut(id) {
        operation.ended = Some(at);
        operation.outcome =
            failure.map_or(Outcome::Succeeded, |error| Outcome::Failed(error.envelope(&activity)));
    }
}

/// Does what `operation` was started for; what it ran into.
fn carried_out(world: &mut World, operation: Operation, at: Timestamp) -> Option<UserError> {
    let vault = operation.vault.as_str();
    match operation.action {
        Action::VaultWrite => {
            vault::write::provisioned(world, vault);
            None
        }
        Action::VaultDelete { soft } => {
            vault::deletion::gone(world, vault, soft);
            None
        }
        Action::Validate(properties) => validate::verdict(world, vault, &properties, at),
        Action::ValidateRestore { instance, request } => {
            restore::verdict(world, vault, &instance, &request, at)
        }
        Action::InstanceWrite { instance, deep } => configure::written(world, vault, &instance, deep, at),
        Action::InstanceDelete { instance, deletion, .. } => {
            deletion::deleted(world, vault, &instance, deletion, at);
            None
        }
        Action::ProtectionChange { instance, to } => {
            protection::changed(world, vault, &instance, to);
            None
        }
        Action::Announce => None,
    }
}

/// The failure of `operation` with `code`, which its vault or instance shows.
fn undone(world: &mut World, operation: &Operation, code: &str) -> UserError {
    let error = UserError::new(code.to_owned(), "The operation failed.", "Try again after some time.");
    match &operation.action {
        Action::VaultWrite => vault::write::failed(world, &operation.vault),
        Action::InstanceWrite { instance, .. } => {
            configure::failed(world, &operation.vault, instance, &error)
        }
        Action::InstanceDelete { instance, before, .. } => {
            deletion::failed(world, &operation.vault, instance, *before)
        }
        Action::VaultDelete { .. }
        | Action::Validate(_)
        | Action::ValidateRestore { .. }
        | Action::ProtectionChange { .. }
        | Action::Announce => {}
    }
    error
}
