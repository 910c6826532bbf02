//! Registering a container: a call that is accepted with an operation and an empty object (recorded), whatever the container holds.

use serde_json::{Value, json};

use super::id_of;
use crate::recovery_services::effect::Effect;
use crate::recovery_services::name::ContainerName;
use crate::recovery_services::operation::{self, Operation, Outcome, Subject};
use crate::recovery_services::refusal::invalid_input;
use crate::recovery_services::{State, vault};
use crate::wire::{ArmError, Call, Reply, json as body_json};
use crate::world::World;

/// A registration that is asked for.
pub(in crate::recovery_services) struct Asked {
    /// The key of the vault.
    pub(in crate::recovery_services) vault: String,
    pub(in crate::recovery_services) name: ContainerName,
    pub(in crate::recovery_services) properties: Value,
}

impl Asked {
    pub(in crate::recovery_services) fn read(world: &World, call: &Call) -> Result<Self, ArmError> {
        let vault = vault::named(world, &call.path)?;
        let name =
            ContainerName::parse(call.path.segment(5).unwrap_or_default()).ok_or_else(invalid_input)?;
        let properties =
            body_json::member(call.object()?, "properties").cloned().ok_or_else(invalid_input)?;
        Ok(Self { vault, name, properties })
    }
}

/// Accepts a registration that takes so many seconds. Then happens what `effect` makes of the container's id and the operation's
/// name.
pub(in crate::recovery_services) fn begun(
    world: &mut World,
    call: &Call,
    asked: &Asked,
    seconds: f64,
    effect: impl FnOnce(String, String) -> Effect,
) -> Reply {
    let root = State::of(world).vaults.get(&asked.vault).map(|vault| vault.id.clone()).unwrap_or_default();
    let id = id_of(&root, &asked.name);
    let operation = Operation::begun(world, Subject::Container, &id, seconds);
    let operation = operation.with(Outcome::Container(asked.name.key()));
    if operation.does_its_work() {
        world.schedule(operation.ends, effect(id, operation.name.clone()));
    }
    let mut reply = operation::announced(world, call, operation);
    reply.body = Some(json!({}));
    reply
}
