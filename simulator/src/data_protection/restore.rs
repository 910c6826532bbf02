//! Restore: `validateRestore`, `restore`, the job, and what it leaves at the target.
//!
//! What can be refused from the request alone is refused at once; what the target lacks shows on the poll of a validation, or
//! ends the job of a restore that was not validated.

mod check;
pub(super) mod cross_region;
mod outcome;
mod request;

use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::Value;

pub(crate) use request::{Request, Source, Target};

use super::instance::{self, Instance};
use super::job::{Job, JobStatus};
use super::operation::{self, Action, Headers};
use super::point::rehydration;
use super::user_error::{UserError, generic_not_found};
use super::{Effect, State};
use super::{guard, vault};
use crate::authorization::permission;
use crate::wire::path::key;
use crate::wire::{Answer, ArmError, Call, Reply, json as body_json};
use crate::world::World;

/// A validation of a restore took twenty to forty seconds when it was recorded, the restore itself two to four minutes.
const VALIDATE_SECONDS: f64 = 20.0;
const ANNOUNCE_SECONDS: f64 = 1.0;
const RESTORE_SECONDS: f64 = 200.0;
const RETRY_SECONDS: f64 = 10.0;

/// `POST {instance}/validateRestore`.
pub(crate) fn validate(world: &mut World, call: &Call) -> Answer {
    let vault = vault::named(world, &call.path)?;
    let name = call.path.segment(3).unwrap_or_default();
    instance::find(world, &vault, name)?;
    let wanted = body_json::member(call.object()?, "restoreRequestObject").cloned().unwrap_or_default();
    let request = accepted(world, call, &vault, name, &wanted, false)?;
    let action = Action::ValidateRestore { instance: name.to_ascii_lowercase(), request: Box::new(request) };
    let operation = operation::begin(world, &vault, VALIDATE_SECONDS, RETRY_SECONDS, action);
    let reply = Reply::empty(StatusCode::ACCEPTED);
    Ok(operation::announced(world, call, &operation, Headers::StatusAndResult, reply))
}

/// `POST {instance}/restore`.
pub(crate) fn trigger(world: &mut World, call: &Call) -> Answer {
    let vault = vault::named(world, &call.path)?;
    let name = call.path.segment(3).unwrap_or_default();
    instance::find(world, &vault, name)?;
    guard::check(world, call, &vault, guard::Operation::Restore)?;
    let wanted = call.object()?.clone();
    let request = accepted(world, call, &vault, name, &wanted, false)?;
    let job = start(world, &vault, name, request)?;
    let operation = operation::begin(world, &vault, ANNOUNCE_SECONDS, RETRY_SECONDS, Action::Announce);
    if let Some(operation) = State::of_mut(world).operations.get_mut(&operation) {
        operation.job = Some(job);
    }
    let reply = Reply::empty(StatusCode::ACCEPTED);
    Ok(operation::announced(world, call, &operation, Headers::StatusAndResult, reply))
}

/// Reads a request and refuses what can be refused at once.
pub(crate) fn accepted(
    world: &mut World,
    call: &Call,
    vault: &str,
    name: &str,
    wanted: &Value,
    cross_region: bool,
) -> Result<Request, ArmError> {
    let instance = instance::find(world, vault, name)?.clone();
    let read = Request::read(wanted, &instance, cross_region);
    let checked = read.and_then(|request| {
        check::source(world, vault, &instance, &request, world.now())?;
        not_busy(world, &request)?;
        Ok(request)
    });
    let activity = world.guid();
    let request = checked.map_err(|error| error.refusal(&activity))?;
    if let Some(target) = request.target.resource() {
        permission::linked(world, call, target)?;
    }
    Ok(request)
}

/// One restore at a time onto a target.
fn not_busy(world: &World, request: &Request) -> Result<(), UserError> {
    let destination = key(request.target.destination());
    let vaults = State::of(world).vaults.values();
    let mut there = vaults.flat_map(|vault| vault.jobs.restoring_to(&destination));
    let is_busy = there.any(|job| job.status == JobStatus::InProgress);
    // Files of several restores may go to one container.
    if matches!(request.target, Target::Files { .. }) || !is_busy {
        return Ok(());
    }
    let code = match request.source {
        Source::Time(_) => "UserErrorPitrRestoreInProgress",
        Source::Point(_) | Source::Rehydrated { .. } => "UserErrorMaxConcurrentOperationLimitReached",
    };
    let message = format!("Another restore to {} is in progress.", request.target.destination());
    Err(UserError::new(code, message, "Wait for it to end and try again.").retryable())
}

/// Starts the job of an accepted request; the job's id.
pub(crate) fn start(
    world: &mut World,
    vault: &str,
    name: &str,
    request: Request,
) -> Result<String, ArmError> {
    let instance = instance::find(world, vault, name)?.clone();
    let (job, activity, now) = (world.guid(), world.guid(), world.now());
    let wait = match &request.source {
        Source::Rehydrated { priority, .. } => rehydration::seconds(priority),
        Source::Point(_) | Source::Time(_) => 0.0,
    };
    let point_time = check::point_time(&instance, &request);
    let Some(kept) = State::of_mut(world).vaults.get_mut(vault) else { return Err(generic_not_found()) };
    let made = Job::restoring(&kept.id, &job, &activity, &instance, request, point_time, now);
    let id = made.id.clone();
    kept.jobs.insert(job.clone(), made);
    world.touch(&id);
    let at = world.after(wait + RESTORE_SECONDS);
    world.schedule(at, Effect::JobEnds { vault: vault.to_owned(), job });
    Ok(id)
}

/// What a finished validation found to be wrong.
pub(crate) fn verdict(
    world: &World,
    vault: &str,
    name: &str,
    request: &Request,
    at: Timestamp,
) -> Option<UserError> {
    let instance = State::of(world).vaults.get(vault)?.instances.get(name)?;
    problem(world, vault, instance, request, at)
}

fn problem(
    world: &World,
    vault: &str,
    instance: &Instance,
    request: &Request,
    at: Timestamp,
) -> Option<UserError> {
    let source = check::source(world, vault, instance, request, at);
    source.and_then(|()| check::target(world, vault, instance, request, at)).err()
}

/// A restore job ends: with something at the target, or with what it ran into.
pub(crate) fn job_ends(world: &mut World, vault: &str, job: &str, at: Timestamp) {
    let Some(found) = State::of(world).vaults.get(vault) else { return };
    let Some(state) = found.jobs.get(job).cloned() else { return };
    let Some(request) = state.restore.clone() else { return };
    let instance = found.instances.with_key(&state.instance).cloned();
    let problem = instance.as_ref().and_then(|instance| problem(world, vault, instance, &request, at));
    if let (Some(instance), None) = (&instance, &problem) {
        outcome::leave(world, vault, instance, &request, &state.id);
    }
    let activity = world.guid();
    let ended_well = instance.is_some();
    if let Some(job) = State::of_mut(world).vaults.get_mut(vault).and_then(|vault| vault.jobs.get_mut(job)) {
        job.end_restore(at, ended_well, problem.map(|problem| problem.info(&activity)));
    }
    world.touch(&state.id);
}
