//! Restores of a database: over what there was, as another database, or as files; from a backup or to an instant between logs.

mod check;
mod outcome;
mod request;

pub(in crate::recovery_services) use outcome::happens;
use request::{Request, To};
use serde_json::json;

use super::point::LOGS;
use super::{Address, BackupType};
use crate::authorization::permission;
use crate::recovery_services::State;
use crate::recovery_services::effect::Effect;
use crate::recovery_services::item::Item;
use crate::recovery_services::item::write::Place;
use crate::recovery_services::job::{Job, Step};
use crate::recovery_services::point::{Point, Tier, TierStatus};
use crate::recovery_services::refusal::invalid_input;
use crate::recovery_services::restore::{Admitted, Asked};
use crate::wire::call::normalised_location;
use crate::wire::{ArmError, Call, json as body_json};
use crate::world::World;

/// A restore took about three minutes (recorded).
const SECONDS: f64 = 182.0;

/// Everything is transferred in one step, which ends with the job.
const TRANSFER: Step = Step { name: "Transfer data from vault", begins: 0.0, ends: f64::INFINITY };

/// A restore that has begun.
#[derive(Debug, Clone)]
pub(in crate::recovery_services) struct Restore {
    place: Place,
    /// The key of the vault with which the target is registered.
    registered: String,
    /// The point that it begins with.
    point: Point,
    request: Request,
    job: String,
}

/// Admits a restore of a database; in the paired region, into a machine that is registered with a vault there, or as files in one
/// (azure-cli: the vault of the target is named by itself; nothing leaves the archive there).
pub(in crate::recovery_services) fn admitted(
    world: &World,
    call: &Call,
    asked: Asked<'_>,
) -> Result<Admitted, ArmError> {
    let request = Request::read(asked.wanted, asked.item)?;
    let registered = match asked.paired {
        Some(region) => registered_there(world, &request, region)?,
        None => asked.place.vault.clone(),
    };
    let point = check::point(world, asked.item, asked.point, &request)?;
    if asked.paired.is_some() && point.status(Tier::Hardened) != Some(TierStatus::Valid) {
        return Err(invalid_input());
    }
    let machine = check::target(world, &registered, asked.item, &request)?;
    permission::linked_to(world, call, &machine, "write")?;
    let place = asked.place;
    Ok(Box::new(move |job: Job| {
        let job = described(job, &point, &request);
        let restore = Restore { place, registered, point, request, job: job.name.clone() };
        (job, SECONDS, Effect::DatabaseRestored(Box::new(restore)))
    }))
}

/// The key of the vault in the paired region with which the target is registered.
fn registered_there(world: &World, request: &Request, region: &str) -> Result<String, ArmError> {
    let registered = request.vault.clone().filter(|_| !request.rehydrates).ok_or_else(invalid_input)?;
    let there = State::of(world).vaults.get(&registered).ok_or_else(invalid_input)?;
    let location = body_json::text(&there.body, &["location"]).map(normalised_location).unwrap_or_default();
    if location != region || matches!(request.to, To::Original { .. }) {
        return Err(invalid_input());
    }
    Ok(registered)
}

/// What the job tells from the beginning, and what it adds at its end (recorded of files).
fn described(job: Job, point: &Point, request: &Request) -> Job {
    let word = match &request.to {
        To::Files { .. } => "Restore as files",
        To::Original { .. } => "Restore to original location",
        To::Database { .. } => "Restore to alternate location",
    };
    let detail = match request.moment {
        Some(_) => BackupType::Log.word(),
        None => point.backup.map_or("Full", BackupType::point_word),
    };
    Job { steps: vec![TRANSFER], detail: Some(detail), asked: true, ..job }.saying("Job Type", word)
}

/// The instant that is restored, as bags write it: `2021-06-27 17:03:54Z` (recorded).
fn told(restore: &Restore) -> Vec<(&'static str, serde_json::Value)> {
    let at = restore.request.moment.unwrap_or(restore.point.time);
    vec![
        ("RestoreRecoveryPointTime", json!(at.strftime("%Y-%m-%d %H:%M:%SZ").to_string())),
        ("RestoreDestination", json!(restore.request.destination())),
    ]
}

/// Whether a restore names the point that all logs are.
fn is_of_logs(name: &str) -> bool {
    name.eq_ignore_ascii_case(LOGS)
}

/// The source of an item, whose database may be gone meanwhile.
fn address(item: &Item) -> Option<&Address> {
    item.address.as_ref()
}
