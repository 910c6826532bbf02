//! Restores of a share: whole or some items, to where it was or elsewhere, by one of four rules for what is there already.

mod outcome;
mod request;

pub(in crate::recovery_services) use outcome::happens;
pub(super) use request::Request;

use serde_json::Value;

use super::job;
use crate::authorization::permission;
use crate::recovery_services::effect::Effect;
use crate::recovery_services::item::Item;
use crate::recovery_services::item::write::Place;
use crate::recovery_services::job::{Job, Task, runs};
use crate::recovery_services::operation::{self, Operation, Subject};
use crate::recovery_services::point::read::named;
use crate::recovery_services::point::{Tier, TierStatus};
use crate::recovery_services::refusal::invalid_input;
use crate::wire::call::normalised_location;
use crate::wire::path::key;
use crate::wire::{Answer, ArmError, Call, json as body_json};
use crate::world::World;

/// A restore took about half a minute.
const SECONDS: f64 = 34.0;

/// A restore that has begun.
#[derive(Debug, Clone)]
pub(in crate::recovery_services) struct Restore {
    place: Place,
    point: String,
    request: Request,
    job: String,
}

/// `POST {point}/restore` of a share.
pub(in crate::recovery_services) fn begin(world: &mut World, call: &Call) -> Answer {
    let (place, item, point) = named(world, call)?;
    let (item, point) = (item.clone(), point.clone());
    let properties = body_json::member(call.object()?, "properties").ok_or_else(invalid_input)?;
    let request = Request::read(properties, &item)?;
    permission::linked_to(world, call, &request.account, "write")?;
    let operation = Operation::begun(world, Subject::Item, &place.called, 1.0);
    let job = Job::begun(world, &place.vault, item.kind, Task::Restore, &item.friendly_name, &item.id);
    let job = job::of_restore(job, &item, &point, &request);
    let operation = operation.of_restore(&job);
    if operation.does_its_work() {
        let vault = place.vault.clone();
        let restore = Restore { place, point: point.name, request, job: job.name.clone() };
        runs(world, &vault, job, SECONDS, Effect::ShareRestored(Box::new(restore)));
    }
    Ok(operation::announced(world, call, operation))
}

/// Begins a restore in the paired region `there`, which takes whole shares into other shares of accounts that lie there
/// (azure-cli); the name of its job.
#[expect(
    clippy::too_many_arguments,
    reason = "a restore abroad is told everything that a path tells otherwise"
)]
pub(in crate::recovery_services) fn abroad(
    world: &mut World,
    call: &Call,
    vault: &str,
    item: &Item,
    point: &str,
    wanted: &Value,
    there: &str,
    job: Job,
) -> Result<String, ArmError> {
    let point = item.points.iter().find(|one| one.name == point).cloned().ok_or_else(invalid_input)?;
    let request = Request::read(wanted, item)?;
    if !request.elsewhere || !request.is_whole() || point.status(Tier::Hardened) != Some(TierStatus::Valid) {
        return Err(invalid_input());
    }
    // An account that is not there fails the job instead.
    let account = world.arm.resources.get(&key(&request.account));
    let region = account.and_then(|body| body_json::text(body, &["location"])).map(normalised_location);
    if region.is_some_and(|region| region != there) {
        return Err(invalid_input());
    }
    permission::linked_to(world, call, &request.account, "write")?;
    let job = job::of_restore(job, item, &point, &request);
    let name = job.name.clone();
    let place = Place::at(vault, &item.id).ok_or_else(invalid_input)?;
    let restore = Restore { place, point: point.name, request, job: name.clone() };
    runs(world, vault, job, SECONDS, Effect::ShareRestored(Box::new(restore)));
    Ok(name)
}
