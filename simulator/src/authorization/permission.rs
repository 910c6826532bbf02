//! Which actions an estate permits to whom.

use axum::http::StatusCode;

use crate::identity;
use crate::wire::path::within;
use crate::wire::{ArmError, ArmPath, Call};
use crate::world::World;

/// Refuses an `action` on `id` that the caller has no right to.
pub(crate) fn permitted(world: &World, call: &Call, id: &str, action: &str) -> Result<(), ArmError> {
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
    linked_to(world, call, id, "read")
}

/// Refuses a caller who may not do `verb` to the resource `id`, to which the call refers.
pub(crate) fn linked_to(world: &World, call: &Call, id: &str, verb: &str) -> Result<(), ArmError> {
    let kind = ArmPath::parse(id).map(|path| path.resource_type()).unwrap_or_default();
    let action = format!("{kind}/{verb}");
    world.traffic.journal.linked(&call.caller, &action);
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
