//! Subscriptions, resource groups and every resource type that Backup does not own.

mod attached;
mod blank;
mod effect;
mod generic;
mod group;
mod provider;
mod slow_deletion;
mod soft_share;
mod subscription;
mod tags;

use serde_json::Value;

use effect::Effect;
pub(crate) use generic::vanish;
pub(crate) use group::{create as create_group, standing as group_standing};
pub(crate) use provider::Resources;
pub(crate) use soft_share::is_soft_deleted;

use crate::event_grid::Change;
use crate::wire::path::key;
use crate::wire::{Answer, ArmError, Call};
use crate::world::World;

/// Answers a call without a provider namespace: subscriptions, groups and lists of resources.
fn without_provider(world: &mut World, call: &Call) -> Answer {
    let path = &call.path;
    match (path.subscription(), path.group(), path.segment(0)) {
        (None, _, Some(word)) if word.eq_ignore_ascii_case("subscriptions") => Ok(subscription::list(world)),
        (None, _, Some(word)) if word.eq_ignore_ascii_case("tenants") => Ok(subscription::tenants()),
        (Some(id), None, None) => subscription::read(world, id),
        (Some(id), None, Some(word)) if word.eq_ignore_ascii_case("resourceGroups") => {
            Ok(group::list(world, id))
        }
        (Some(id), None, Some(word)) if word.eq_ignore_ascii_case("locations") => {
            Ok(subscription::locations(id))
        }
        (Some(id), None, Some(word)) if word.eq_ignore_ascii_case("providers") => {
            Ok(subscription::providers(world, id))
        }
        (Some(_), None, Some(word)) if word.eq_ignore_ascii_case("operationresults") => {
            Ok(group::deleted(world, call))
        }
        (Some(_), Some(_), None) => group::handle(world, call),
        (Some(_), _, Some(word)) if word.eq_ignore_ascii_case("resources") => generic::list_all(world, call),
        _ => Err(ArmError::not_found("NotFound", format!("The path '{}' names nothing.", call.raw_path))),
    }
}

/// Puts `body` at `id` as Azure Backup itself, which is told to Event Grid like any other write.
pub(crate) fn write_by_service(world: &mut World, id: &str, body: Value) {
    let existing = world.arm.resources.get(&key(id));
    let before = existing.map(attached::disks).unwrap_or_default();
    let stored = generic::stored(id, body, existing);
    world.arm.resources.insert(key(id), stored);
    world.touch(id);
    attached::follow(world, id, &before);
    let change = Change::write_by_service(id);
    crate::event_grid::publish(world, change);
}

/// Puts a resource of an estate at `id`.
pub(crate) fn place(world: &mut World, id: &str, request: Value) {
    let now = world.now();
    let body = blank::filled(id, request, now, &mut world.random);
    world.arm.resources.insert(key(id), generic::stored(id, body, None));
    world.touch(id);
}

/// Has the disks of a machine of an estate name it, once all are there.
pub(crate) fn attach(world: &mut World, id: &str) {
    attached::follow(world, id, &[]);
}
