//! What this provider keeps.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::database::{Group, Guest};
use super::operation::Operation;
use super::vault::Vault;
use crate::world::World;

/// Vaults by lower-cased id, and what was begun on them by name.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(super) vaults: BTreeMap<String, Vault>,
    pub(super) operations: BTreeMap<String, Operation>,
    /// The new names of operations that have moved, by those under which they began.
    pub(super) moved_operations: BTreeMap<String, String>,
    /// The scripts that mount points, by the operations that made them. They are secrets.
    pub(super) scripts: BTreeMap<String, Value>,
    /// What tokens for the paired region open: an item and a point of it.
    pub(super) tokens: BTreeMap<String, String>,
    /// The database servers in virtual machines, by the keys of these.
    pub(super) guests: BTreeMap<String, Guest>,
    /// The availability groups between them.
    pub(super) groups: Vec<Group>,
    /// The files of shares, by the keys of these.
    pub(super) files: BTreeMap<String, BTreeSet<String>>,
}

impl State {
    pub(super) fn of(world: &World) -> &Self {
        world.state()
    }

    pub(super) fn of_mut(world: &mut World) -> &mut Self {
        world.state_mut()
    }
}
