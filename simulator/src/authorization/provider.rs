//! Microsoft.Authorization as a provider.

use axum::http::Method;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::state::{self, State};
use super::{NAMESPACE, assigned, assignment, assignments, definition, is_lock};
use crate::wire::path::{key, name_of};
use crate::wire::{Answer, ArmError, ArmPath, Call};
use crate::world::{self, Provider, Table, World};

/// Microsoft.Authorization, but for locks, which are kept like any other resource.
#[derive(Debug)]
pub(crate) struct Authorization;

impl Provider for Authorization {
    fn namespace(&self) -> &'static str {
        NAMESPACE
    }

    fn serves(&self, path: &ArmPath) -> bool {
        path.namespace_is(NAMESPACE) && !path.is_registration() && !is_lock(path)
    }

    fn state(&self) -> Option<Box<dyn world::State>> {
        Some(Box::new(State::default()))
    }

    fn handle(&self, world: &mut World, call: &Call) -> Answer {
        let path = &call.path;
        let get = call.method == Method::GET;
        match path.rest.len() {
            1 if path.is(0, "roleAssignments") && get => assignment::list(world, call),
            2 if path.is(0, "roleAssignments") => assignment::handle(world, call),
            1 if path.is(0, "roleDefinitions") && get => definition::list(world, call),
            2 if path.is(0, "roleDefinitions") && get => definition::read(world, call),
            2 if path.is(0, "roleDefinitions") && call.method == Method::PUT => definition::put(world, call),
            1 if path.is(0, "policyAssignments") && get => assigned::list(world, call),
            2 if path.is(0, "policySetDefinitions") && get => assigned::initiative(world, call),
            _ => Err(ArmError::unknown_type(NAMESPACE, path.segment(0).unwrap_or_default())),
        }
    }

    fn graph_row(&self, world: &World, id: &str) -> Option<(Table, Value)> {
        if !id.contains("/providers/microsoft.authorization/roleassignments/") {
            return None;
        }
        let found = assignments(world).named(name_of(id)).filter(|one| key(&one.id()) == id)?;
        Some((Table::AuthorizationResources, found.body().clone()))
    }

    /// When the next role assignment begins to count.
    fn next_due(&self, world: &World) -> Option<Timestamp> {
        assignments(world).next_effective(world.now())
    }

    fn inspect(&self, world: &World) -> Value {
        json!({ "roleAssignments": state::shown(world) })
    }
}
