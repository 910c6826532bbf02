//! Policies that items follow: how many do, and what a write means to them.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::recovery_services::State;
use crate::recovery_services::backup::schedule;
use crate::recovery_services::effect::Effect;
use crate::recovery_services::guard::{self, Guarded};
use crate::recovery_services::item::{Item, found_mut};
use crate::recovery_services::job::{self, Ending, Job, Task};
use crate::recovery_services::operation::{self, Operation, Outcome, Subject};
use crate::recovery_services::refusal::bad_request;
use crate::wire::path::{key, name_of};
use crate::wire::{ArmError, Call, Reply, json as body_json};
use crate::world::World;

/// Until the items follow what was written.
const SECONDS: f64 = 20.0;

/// The policy with the id `id`, if it is one of the vault with this key.
pub(in crate::recovery_services) fn named_by<'world>(
    world: &'world World,
    vault: &str,
    id: &str,
) -> Option<&'world Value> {
    let vault = State::of(world).vaults.get(vault)?;
    vault.policies.get(&name_of(id).to_ascii_lowercase())
}

/// Counts the items that follow the policy `id` again.
pub(in crate::recovery_services) fn recount(world: &mut World, vault: &str, id: &str) {
    let count = following(world, vault, id).len();
    let Some(found) = State::of_mut(world).vaults.get_mut(vault) else { return };
    let Some(policy) = found.policies.get_mut(&name_of(id).to_ascii_lowercase()) else { return };
    body_json::set(policy, &["properties", "protectedItemsCount"], json!(count));
    world.touch(id);
}

fn following(world: &World, vault: &str, id: &str) -> Vec<Item> {
    let items = State::of(world).vaults.get(vault).into_iter().flat_map(|vault| vault.items.values());
    let same = |item: &&Item| item.policy.as_deref().is_some_and(|own| key(own) == key(id));
    items.filter(same).cloned().collect()
}

fn id_of(world: &World, vault: &str, name: &str) -> String {
    let root = State::of(world).vaults.get(vault).map(|vault| vault.id.as_str()).unwrap_or_default();
    format!("{root}/backupPolicies/{name}")
}

/// A policy that items follow is written by an operation, with a job for each of them (field); `None` for others.
pub(super) fn begun(world: &mut World, call: &Call, vault: &str, body: &Value) -> Option<Reply> {
    let id = body_json::text(body, &["id"]).unwrap_or_default();
    let items = following(world, vault, id);
    if items.is_empty() {
        return None;
    }
    let mut body = body.clone();
    body_json::set(&mut body, &["properties", "protectedItemsCount"], json!(items.len()));
    let operation = Operation::begun(world, Subject::Policy, id, SECONDS);
    let ends = operation.ends;
    let mut jobs = Vec::new();
    for item in items {
        let job = Job::begun(world, vault, item.kind, Task::Configure, &item.friendly_name, &item.id)
            .saying("Policy Name", name_of(id));
        jobs.push(job.name.clone());
        job::kept(world, vault, job);
    }
    if operation.does_its_work() {
        let effect = Effect::PolicyWritten { vault: vault.to_owned(), policy: body.clone(), jobs };
        world.schedule(ends, effect);
    } else if let Some(trouble) = operation.fated() {
        for job in jobs {
            let effect = Effect::JobFails { vault: vault.to_owned(), job, trouble: trouble.clone() };
            world.schedule(ends, effect);
        }
    }
    Some(operation::announced(world, call, operation.with(Outcome::Body(body))))
}

/// The operation has succeeded: the policy is what was written, and its items follow that.
pub(in crate::recovery_services) fn happens(
    world: &mut World,
    vault: &str,
    policy: Value,
    jobs: &[String],
    at: Timestamp,
) {
    let id = body_json::text(&policy, &["id"]).unwrap_or_default().to_owned();
    super::kept(world, vault, policy);
    for item in following(world, vault, &id) {
        // What was scheduled by the policy as it was no longer counts.
        if let Some(item) = found_mut(world, vault, &item.key()) {
            item.generation += 1;
        }
        schedule::next(world, vault, &item.key());
    }
    for job in jobs {
        job::ends(world, vault, job, at, Ending::Completed);
    }
}

/// A policy that items follow is written only with the consent of whoever holds the vault's guard.
pub(super) fn guarded(world: &World, call: &Call, vault: &str, name: &str) -> Result<(), ArmError> {
    match following(world, vault, &id_of(world, vault, name)).is_empty() {
        true => Ok(()),
        false => guard::check(world, call, vault, Guarded::ChangePolicy),
    }
}

/// Refuses to delete a policy that items follow (documentation; Azure's code is not written down).
pub(super) fn unused(world: &World, vault: &str, name: &str) -> Result<(), ArmError> {
    let items = following(world, vault, &id_of(world, vault, name)).len();
    if items == 0 {
        return Ok(());
    }
    let message =
        format!("The backup policy '{name}' is used by {items} backup items and cannot be deleted.");
    Err(bad_request("BMSUserErrorPolicyInUse", &message))
}

/// Whether the policy of an item moves points to the archive.
pub(in crate::recovery_services) fn archives(world: &World, item: &Item) -> bool {
    let own = key(&item.id);
    let vault = own.split("/backupfabrics/").next().unwrap_or_default();
    let policy = item.policy.as_deref().and_then(|id| named_by(world, vault, id));
    let mode = policy.and_then(|policy| {
        body_json::text(policy, &["properties", "tieringPolicy", "ArchivedRP", "tieringMode"])
    });
    mode.is_some_and(|mode| mode != "DoNotTier")
}
