//! What this provider keeps, and what others ask of it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Assignment;
use super::index::Assignments;
use crate::clock::precise;
use crate::world::World;

/// Every role assignment.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(super) assignments: Assignments,
    /// Roles that somebody defined, by lower-cased name.
    pub(super) custom: BTreeMap<String, Value>,
}

impl State {
    pub(super) fn of(world: &World) -> &Self {
        world.state()
    }

    pub(super) fn of_mut(world: &mut World) -> &mut Self {
        world.state_mut()
    }
}

/// Every role assignment, effective or not.
pub(crate) fn assignments(world: &World) -> &Assignments {
    &State::of(world).assignments
}

/// What lay at and below `scope` is gone, and its role assignments with it.
pub(crate) fn scope_vanishes(world: &mut World, scope: &str) {
    State::of_mut(world).assignments.remove_below(scope);
}

/// The role assignments as the control surface shows them.
pub(super) fn shown(world: &World) -> Vec<Value> {
    let now = world.now();
    let shown = |one: &Assignment| {
        json!({
            "id": one.id(),
            "scope": one.scope,
            "principalId": one.principal,
            "roleDefinitionGuid": one.role,
            "effective": one.effective <= now,
            "effectiveAt": precise(one.effective),
        })
    };
    assignments(world).iter().map(shown).collect()
}
