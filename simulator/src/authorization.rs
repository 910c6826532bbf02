//! Microsoft.Authorization: role definitions and role assignments, effective only after a while.

mod assigned;
mod assignment;
mod definition;
mod index;
pub(crate) mod lock;
pub(crate) mod permission;
pub(crate) mod policy;
mod provider;
pub(crate) mod role;
mod state;

pub(crate) use assignment::{Assignment, grant};
pub(crate) use definition::quoted;
pub(crate) use provider::Authorization;
use state::State;
pub(crate) use state::{assignments, scope_vanishes};

use crate::wire::ArmPath;

/// The namespace as Azure spells it.
pub(crate) const NAMESPACE: &str = "Microsoft.Authorization";

/// Whether `path` leads to a lock, which is kept like any other resource.
pub(crate) fn is_lock(path: &ArmPath) -> bool {
    path.namespace_is(NAMESPACE) && path.is(0, "locks")
}
