//! Finding out which databases there are: once with the registration, then whenever somebody asks (recorded).

use super::{Engine, group, guest};
use crate::recovery_services::container;
use crate::recovery_services::effect::Effect;
use crate::recovery_services::filter::Filter;
use crate::recovery_services::operation::{self, Operation, Subject};
use crate::recovery_services::refusal::{invalid_input, no_item};
use crate::recovery_services::{intent, vault};
use crate::wire::{Answer, Call};
use crate::world::World;

const SECONDS: f64 = 60.0;

/// `POST {container}/inquire`.
pub(in crate::recovery_services) fn begin(world: &mut World, call: &Call) -> Answer {
    let vault = vault::named(world, &call.path)?;
    let filter = Filter::of(call, &["workloadType", "backupManagementType"])?;
    if filter.get("workloadType").is_some_and(|word| Engine::parse(word).is_none()) {
        return Err(invalid_input());
    }
    let name = call.path.segment(5).unwrap_or_default().to_ascii_lowercase();
    let id = container::found(world, &vault, &name).map(|found| found.id.clone()).ok_or_else(no_item)?;
    let operation = Operation::begun(world, Subject::Container, &id, SECONDS);
    if operation.does_its_work() {
        world.schedule(operation.ends, Effect::ServerInquired { vault, container: name });
    }
    Ok(operation::announced(world, call, operation))
}

/// An inquiry is over: what is there now is known, groups that are whole have their containers, and what is to be protected by
/// itself is protected.
pub(in crate::recovery_services) fn happens(world: &mut World, vault: &str, name: &str) {
    let Some(found) = container::found(world, vault, name) else { return };
    let (machine, engines) = (found.source.clone(), found.found.engines.clone());
    let inside = guest::of(world, &machine);
    let now = world.now();
    if let Some(known) = container::found_mut(world, vault, name) {
        let instances = inside.instances.into_iter().filter(|one| engines.contains(&one.engine));
        known.found.instances = instances.collect();
        known.found.host = inside.host;
        known.found.updated = Some(now);
        known.found.looks += 1;
    }
    group::appear(world, vault);
    intent::follow(world, vault);
}
