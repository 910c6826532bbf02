//! `POST {item}/backup`: a backup that somebody asks for.

use jiff::Timestamp;

use super::begin;
use crate::clock::days_after;
use crate::recovery_services::item::found;
use crate::recovery_services::item::write::Place;
use crate::recovery_services::kind::Kind;
use crate::recovery_services::operation::{self, Operation, Outcome, Subject};
use crate::recovery_services::refusal::{bad_request, invalid_input, no_item};
use crate::recovery_services::{State, database};
use crate::wire::{Answer, ArmError, Call, json as body_json};
use crate::world::World;

/// The job is there within moments (recorded).
const SECONDS: f64 = 1.0;

/// For so long a point is kept when the request does not say (documentation).
const DAYS: i64 = 30;

/// Begins the backup.
pub(in crate::recovery_services) fn backup(world: &mut World, call: &Call) -> Answer {
    let place = Place::of(world, call).map_err(|_| no_item())?;
    let item = found(world, &place.vault, &place.key()).cloned().ok_or_else(no_item)?;
    let request = body_json::member(call.object()?, "properties").ok_or_else(invalid_input)?;
    if body_json::text(request, &["objectType"]) != Some(item.kind.backup_request()) {
        return Err(invalid_input());
    }
    if matches!(item.kind, Kind::Database(_)) {
        return database::backup::asked(world, call, &place, &item, request);
    }
    let expires = expiry(world, request)?;
    if !item.state.is_on() || item.deleted.is_some() {
        // Documentation: a stopped item is not backed up; the code is the general one.
        return Err(invalid_input());
    }
    idle(world, &place)?;
    let operation = Operation::begun(world, Subject::Item, &place.called, SECONDS);
    if !operation.does_its_work() {
        return Ok(operation::announced(world, call, operation));
    }
    let job = begin(world, &place.vault, &item, true, expires);
    let operation = operation.with(Outcome::Job(job));
    Ok(operation::announced(world, call, operation))
}

fn expiry(world: &World, request: &serde_json::Value) -> Result<Timestamp, ArmError> {
    let asked = body_json::text(request, &["recoveryPointExpiryTimeInUTC"]);
    match asked.map(str::parse::<Timestamp>) {
        None => Ok(days_after(world.now(), DAYS)),
        Some(Ok(at)) if at > world.now() => Ok(at),
        Some(_) => Err(invalid_input()),
    }
}

/// One backup at a time (documentation: code and text).
fn idle(world: &World, place: &Place) -> Result<(), ArmError> {
    if State::of(world).vaults.get(&place.vault).is_some_and(|vault| vault.jobs.backs_up(&place.id)) {
        let message = "Backup failed as a backup operation is currently in progress.";
        return Err(bad_request("UserErrorBackupOperationInProgress", message));
    }
    Ok(())
}
