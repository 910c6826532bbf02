//! Restores of a share: whole or some items, to where it was or elsewhere, by one of four rules for what is there already.

mod outcome;
mod request;

pub(in crate::recovery_services) use outcome::happens;
pub(super) use request::Request;

use super::job;
use crate::authorization::permission;
use crate::recovery_services::effect::Effect;
use crate::recovery_services::item::write::Place;
use crate::recovery_services::job::Job;
use crate::recovery_services::point::{Point, Tier, TierStatus};
use crate::recovery_services::refusal::invalid_input;
use crate::recovery_services::restore::{Admitted, Asked};
use crate::wire::call::normalised_location;
use crate::wire::path::key;
use crate::wire::{ArmError, Call, json as body_json};
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

/// Admits a restore of a share; in the paired region, of a whole one into another share of an account that lies there (azure-cli).
pub(in crate::recovery_services) fn admitted(
    world: &World,
    call: &Call,
    asked: Asked<'_>,
) -> Result<Admitted, ArmError> {
    let (item, point) = (asked.item.clone(), asked.point()?.clone());
    let request = Request::read(asked.wanted, &item)?;
    if asked.paired.is_some_and(|region| !is_possible_in(world, region, &request, &point)) {
        return Err(invalid_input());
    }
    permission::linked_to(world, call, &request.account, "write")?;
    let place = asked.place;
    Ok(Box::new(move |job: Job| {
        let job = job::of_restore(job, &item, &point, &request);
        let restore = Restore { place, point: point.name, request, job: job.name.clone() };
        (job, SECONDS, Effect::ShareRestored(Box::new(restore)))
    }))
}

/// Whether the paired region `there` takes the restore. An account that is not there fails the job instead.
fn is_possible_in(world: &World, there: &str, request: &Request, point: &Point) -> bool {
    let account = world.arm.resources.get(&key(&request.account));
    let region = account.and_then(|body| body_json::text(body, &["location"])).map(normalised_location);
    request.elsewhere
        && request.is_whole()
        && point.status(Tier::Hardened) == Some(TierStatus::Valid)
        && region.is_none_or(|region| region == there)
}
