//! A change of an item takes effect, or fails although it was accepted.

use jiff::Timestamp;

use super::request::Wish;
use super::write::Change;
use super::{Item, Protection, found, found_mut};
use crate::recovery_services::backup::schedule;
use crate::recovery_services::database::Chain;
use crate::recovery_services::job::{self, Ending};
use crate::recovery_services::kind::Kind;
use crate::recovery_services::{State, container, database, machine, operation, policy, share};
use crate::world::World;

/// The time of `change` has come.
pub(in crate::recovery_services) fn happens(world: &mut World, change: Change, at: Timestamp) {
    let (vault, item) = (change.place.vault.clone(), change.place.key());
    if let Some(vault) = State::of_mut(world).vaults.get_mut(&vault) {
        vault.changing.remove(&item);
    }
    let trouble = match (&change.wish, change.place.kind) {
        (Wish::Protect { .. }, Kind::Machine) => {
            machine::readiness::trouble(world, &vault, &change.source.id)
        }
        (Wish::Protect { .. }, Kind::Share) => {
            share::readiness::trouble(world, &change.source.resource, &change.source.id)
        }
        (Wish::Protect { .. }, Kind::Database(form)) => {
            database::readiness::trouble(world, &vault, &change.place, form)
        }
        (Wish::End(_) | Wish::Undelete, _) => None,
    };
    if let Some(trouble) = trouble {
        operation::fails(world, &change.operation, trouble.clone());
        job::ends(world, &vault, &change.job, at, Ending::Failed(trouble));
        return;
    }
    let before = found(world, &vault, &item).and_then(|item| item.policy.clone());
    applied(world, &change);
    let after = found(world, &vault, &item).and_then(|item| item.policy.clone());
    for policy in before.iter().chain(&after) {
        policy::recount(world, &vault, policy);
    }
    job::ends(world, &vault, &change.job, at, Ending::Completed);
    let id = change.place.id.clone();
    world.touch(&id);
    schedule::next(world, &vault, &item);
}

fn applied(world: &mut World, change: &Change) {
    let (vault, item) = (&change.place.vault, change.place.key());
    match &change.wish {
        Wish::Protect { policy, disks } => {
            if found(world, vault, &item).is_none() {
                made(world, change);
            }
            let Some(item) = found_mut(world, vault, &item) else { return };
            item.policy = Some(policy.clone());
            if let Some(choice) = disks {
                item.disks.clone_from(choice);
            }
            if !item.state.is_on() {
                item.state =
                    if item.points.is_empty() { Protection::IrPending } else { Protection::Protected };
            }
            item.generation += 1;
        }
        Wish::End(state) => {
            let Some(item) = found_mut(world, vault, &item) else { return };
            item.state = *state;
            item.policy = None;
            item.generation += 1;
        }
        Wish::Undelete => {
            let Some(item) = found_mut(world, vault, &item) else { return };
            item.deleted = None;
            item.state = Protection::Stopped;
            item.generation += 1;
        }
    }
}

/// A new item, with its container.
fn made(world: &mut World, change: &Change) {
    let data_id = world.random.next() >> 18;
    container::ensure(world, &change.place, &change.source);
    let item = Item {
        id: change.place.id.clone(),
        kind: change.place.kind,
        source: change.source.id.clone(),
        source_resource: change.source.resource.clone(),
        friendly_name: change.source.name.clone(),
        policy: None,
        state: Protection::IrPending,
        last_backup: None,
        last_restore: None,
        points: Vec::new(),
        deleted: None,
        disks: None,
        data_id,
        generation: 0,
        next_failure: None,
        address: change.source.address.clone(),
        chain: Chain::default(),
    };
    if let Some(vault) = State::of_mut(world).vaults.get_mut(&change.place.vault) {
        vault.items.insert(item.key(), item);
    }
}
