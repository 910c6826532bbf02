//! What this provider keeps. Maps are keyed by lower-cased ids, but for operations and deleted vaults, which have names.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::operation::Operation;
use super::vault::Vault;
use super::vault::deletion::DeletedVault;
use crate::world::World;

/// Vaults with everything in them, and what was begun on them.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(super) vaults: BTreeMap<String, Vault>,
    /// Soft-deleted vaults by the names that they have as such.
    pub(super) deleted_vaults: BTreeMap<String, DeletedVault>,
    pub(super) operations: BTreeMap<String, Operation>,
    /// Operations that have taken another id, by their first one.
    pub(super) moved_operations: BTreeMap<String, String>,
    /// What restores have left, for inspection.
    pub(super) restores: Vec<Value>,
    /// Files that restores have written, by container.
    pub(super) files: BTreeMap<String, Vec<String>>,
    /// With which code the next backup of an instance fails, by the instance.
    pub(super) next_failures: BTreeMap<String, String>,
    /// When protection is checked again.
    pub(super) recheck: Option<Timestamp>,
}

impl State {
    pub(super) fn of(world: &World) -> &Self {
        world.state()
    }

    pub(super) fn of_mut(world: &mut World) -> &mut Self {
        world.state_mut()
    }
}
