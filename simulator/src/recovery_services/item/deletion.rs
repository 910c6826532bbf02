//! Deleting an item: soft deletion, and the end of what was deleted.

use axum::http::StatusCode;
use jiff::Timestamp;

use super::check::is_immutable;
use super::write::Place;
use super::{Item, Protection, found, found_mut};
use crate::recovery_services::effect::Effect;
use crate::recovery_services::guard::{self, Guarded};
use crate::recovery_services::job::{self, Ending, Job, Task};
use crate::recovery_services::kind::Kind;
use crate::recovery_services::operation::{self, Operation, Outcome, Subject};
use crate::recovery_services::refusal::busy;
use crate::recovery_services::trouble::Trouble;
use crate::recovery_services::{State, container, policy};
use crate::wire::{Answer, Call, Reply, json as body_json};
use crate::world::World;

/// Deleting softly takes moments, deleting for good a few minutes (recorded).
const SOFT_SECONDS: f64 = 11.0;
const HARD_SECONDS: f64 = 112.0;
const SHARE_SECONDS: f64 = 21.0;
const DATABASE_SECONDS: f64 = 32.0;

/// `DELETE {container}/protectedItems/{item}`.
pub(in crate::recovery_services) fn delete(world: &mut World, call: &Call) -> Answer {
    let Ok(place) = Place::of(world, call) else { return Ok(Reply::empty(StatusCode::NO_CONTENT)) };
    let Some(item) = found(world, &place.vault, &place.key()).cloned() else {
        return Ok(Reply::empty(StatusCode::NO_CONTENT));
    };
    let changing = State::of(world)
        .vaults
        .get(&place.vault)
        .is_some_and(|vault| vault.changing.contains_key(&place.key()));
    if changing {
        return Err(busy());
    }
    guard::check(world, call, &place.vault, Guarded::DeleteItem)?;
    let soft = is_soft(world, &place.vault, &item) && item.deleted.is_none();
    let seconds = match (item.kind, soft) {
        (Kind::Machine, true) => SOFT_SECONDS,
        (Kind::Machine, false) => HARD_SECONDS,
        (Kind::Share, _) => SHARE_SECONDS,
        (Kind::Database(_), _) => DATABASE_SECONDS,
    };
    let operation = Operation::begun(world, Subject::Deletion, &place.called, seconds);
    let job = Job::begun(world, &place.vault, item.kind, Task::Delete, &item.friendly_name, &item.id)
        .of_points(item.points.len());
    let (name, ends) = (job.name.clone(), operation.ends);
    let operation = operation.with(Outcome::Job(name.clone()));
    if let Some(vault) = State::of_mut(world).vaults.get_mut(&place.vault) {
        vault.changing.insert(place.key(), name.clone());
    }
    job::kept(world, &place.vault, job);
    let deletion = Deletion {
        vault: place.vault.clone(),
        item: place.key(),
        soft,
        operation: operation.name.clone(),
        job: name.clone(),
    };
    if operation.does_its_work() {
        world.schedule(ends, Effect::ItemDeleted(deletion));
    } else if let Some(trouble) = operation.fated() {
        world.schedule(ends, Effect::JobFails { vault: place.vault, job: name, trouble });
    }
    Ok(operation::announced(world, call, operation))
}

/// A deletion that has begun.
#[derive(Debug, Clone)]
pub(in crate::recovery_services) struct Deletion {
    vault: String,
    item: String,
    soft: bool,
    operation: String,
    job: String,
}

/// Whether a vault keeps what is deleted. Snapshots of shares are not covered (recorded), their copies in the vault are
/// (documentation).
fn is_soft(world: &World, vault: &str, item: &Item) -> bool {
    let path = ["properties", "securitySettings", "softDeleteSettings", "softDeleteState"];
    let state = State::of(world).vaults.get(vault).and_then(|vault| body_json::text(&vault.body, &path));
    (item.kind != Kind::Share || item.has_copies()) && state.is_some_and(|state| state != "Disabled")
}

/// The time of a deletion has come.
pub(in crate::recovery_services) fn happens(world: &mut World, deletion: Deletion, at: Timestamp) {
    let Deletion { vault, item, soft, operation, job } = deletion;
    if let Some(vault) = State::of_mut(world).vaults.get_mut(&vault) {
        vault.changing.remove(&item);
    }
    let immutable = State::of(world).vaults.get(&vault).is_some_and(|vault| is_immutable(&vault.body));
    let keeps = found(world, &vault, &item)
        .is_some_and(|item| item.points.iter().any(|point| point.is_immutable(at)));
    if immutable && keeps {
        // Accepted, and refused by the operation (field).
        let trouble = Trouble::named("UserErrorDeleteBackupItemOnImmutableItem");
        operation::fails(world, &operation, trouble.clone());
        return job::ends(world, &vault, &job, at, Ending::Failed(trouble));
    }
    if soft {
        softly(world, &vault, &item, at);
    } else {
        gone(world, &vault, &item);
    }
    job::ends(world, &vault, &job, at, Ending::Completed);
}

fn softly(world: &mut World, vault: &str, key: &str, at: Timestamp) {
    let days = crate::recovery_services::vault::soft_delete_days(world, key);
    let Some(item) = found_mut(world, vault, key) else { return };
    let policy = item.policy.take();
    item.state = Protection::Stopped;
    item.deleted = Some(at);
    item.generation += 1;
    let (id, generation) = (item.id.clone(), item.generation);
    if let Some(policy) = policy {
        policy::recount(world, vault, &policy);
    }
    let purge = Effect::ItemPurged { vault: vault.to_owned(), item: key.to_owned(), generation };
    world.schedule(world.clock.after(at, days * 86_400.0), purge);
    world.touch(&id);
}

/// The days of a soft-deleted item are over, unless it was brought back.
pub(in crate::recovery_services) fn purged(world: &mut World, vault: &str, key: &str, generation: u64) {
    if found(world, vault, key).is_some_and(|item| item.generation == generation && item.deleted.is_some()) {
        gone(world, vault, key);
    }
}

/// The item is gone with its points; the container of a virtual machine goes with it.
pub(in crate::recovery_services) fn gone(world: &mut World, vault: &str, key: &str) {
    let removed = State::of_mut(world).vaults.get_mut(vault).and_then(|vault| vault.items.remove(key));
    let Some(item) = removed else { return };
    if let Some(policy) = &item.policy {
        policy::recount(world, vault, policy);
    }
    if item.kind == Kind::Machine {
        container::gone(world, vault, item.container());
    }
    world.touch(&item.id);
}
