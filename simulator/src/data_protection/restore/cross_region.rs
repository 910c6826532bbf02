//! Cross-region restore: what of a vault can be seen and restored in the other region of its pair.

use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::Value;

use crate::data_protection::State;
use crate::data_protection::job::Job;
use crate::data_protection::operation::{self, Action, Headers};
use crate::data_protection::user_error::{UserError, generic_not_found};
use crate::data_protection::{Vault, guard, instance, page, point, restore};
use crate::wire::call::normalised_location;
use crate::wire::path::{key, name_of};
use crate::wire::{Answer, ArmError, Call, Reply, json as body_json};
use crate::world::World;

/// Recovery points are in the secondary region after up to twelve hours.
const ARRIVAL_SECONDS: f64 = 12.0 * 3600.0;

const VALIDATE_SECONDS: f64 = 20.0;
const ANNOUNCE_SECONDS: f64 = 1.0;
const RETRY_SECONDS: f64 = 10.0;

/// Whether a recovery point can be restored in the secondary region: copies of the vault get there, snapshots do not.
pub(crate) fn has_arrived(world: &World, point: &Value, at: Timestamp) -> bool {
    let made =
        body_json::text(point, &["properties", "recoveryPointTime"]).and_then(|time| time.parse().ok());
    made.is_some_and(|made: Timestamp| world.clock.after(made, ARRIVAL_SECONDS) <= at)
        && point::tiers(point) != [point::Tier::Operational]
}

/// The key of the vault `id`, which must be replicated to the region of the call.
fn replicated(world: &mut World, call: &Call, id: &str, region: &str) -> Result<String, ArmError> {
    let vault = key(id);
    let Some(found) = State::of(world).vaults.get(&vault) else { return Err(generic_not_found()) };
    let problem = problem(found, call, region);
    let activity = world.guid();
    problem.map_or(Ok(vault), |problem| Err(problem.refusal(&activity)))
}

fn problem(vault: &Vault, call: &Call, region: &str) -> Option<UserError> {
    let here = normalised_location(call.path.segment(1).unwrap_or_default());
    if !vault.is_restored_abroad() {
        let message = format!("Cross-region restore is not enabled on the Backup vault {}.", vault.id);
        let action = "Enable cross-region restore on the vault, which must be geo-redundant.";
        return Some(UserError::new("UserErrorCrossRegionRestoreNotEnabled", message, action));
    }
    if normalised_location(region) != normalised_location(&vault.location()) {
        return Some(UserError::invalid_input(format!(
            "sourceRegion '{region}' is not the region of the vault"
        )));
    }
    let secondary = normalised_location(&vault.secondary_region());
    (here != secondary).then(|| {
        UserError::invalid_input(format!("the vault is replicated to '{secondary}', not to '{here}'"))
    })
}

/// `POST .../locations/{secondary}/fetchSecondaryRecoveryPoints`.
pub(crate) fn points(world: &mut World, call: &Call) -> Answer {
    let (vault, name) = source_instance(world, call, call.object()?)?;
    let now = world.now();
    let found = instance::find(world, &vault, &name)?;
    let arrived = found.points.iter().filter(|point| has_arrived(world, point, now));
    let arrived = arrived.map(|point| (point::list::position(point), point));
    Ok(page::asked(call)?.sorted(arrived, point::list::listed))
}

/// Vault and lower-cased name of the instance that a request names as its source.
fn source_instance(world: &mut World, call: &Call, request: &Value) -> Result<(String, String), ArmError> {
    let text = |name: &str| body_json::text(request, &[name]).unwrap_or_default().to_owned();
    let (region, id) = (text("sourceRegion"), text("sourceBackupInstanceId"));
    let lower = key(&id);
    let Some((vault, name)) = lower.split_once("/backupinstances/") else { return Err(generic_not_found()) };
    let vault = replicated(world, call, vault, &region)?;
    instance::find(world, &vault, name)?;
    Ok((vault, name.to_owned()))
}

/// `POST .../locations/{secondary}/validateCrossRegionRestore` and `crossRegionRestore`.
pub(crate) fn restore(world: &mut World, call: &Call, only_validate: bool) -> Answer {
    let body = call.object()?.clone();
    let details = body_json::member(&body, "crossRegionRestoreDetails").cloned().unwrap_or_default();
    let wanted = body_json::member(&body, "restoreRequestObject").cloned().unwrap_or_default();
    let (vault, name) = source_instance(world, call, &details)?;
    if !only_validate {
        guard::check(world, call, &vault, guard::Operation::Restore)?;
    }
    let request = restore::accepted(world, call, &vault, &name, &wanted, true)?;
    let (seconds, action, job) = if only_validate {
        (VALIDATE_SECONDS, Action::ValidateRestore { instance: name, request: Box::new(request) }, None)
    } else {
        (ANNOUNCE_SECONDS, Action::Announce, Some(restore::start(world, &vault, &name, request)?))
    };
    let operation = operation::begin(world, &vault, seconds, RETRY_SECONDS, action);
    if let Some(operation) = State::of_mut(world).operations.get_mut(&operation) {
        operation.location = normalised_location(call.path.segment(1).unwrap_or_default());
        operation.job = job.map(|job| name_of(&job).to_owned());
    }
    let reply = Reply::empty(StatusCode::ACCEPTED);
    Ok(operation::announced(world, call, &operation, Headers::PairedRegion, reply))
}

/// `POST .../locations/{secondary}/fetchCrossRegionRestoreJobs`, or `fetchCrossRegionRestoreJob` for one.
pub(crate) fn jobs(world: &mut World, call: &Call, one: bool) -> Answer {
    let request = call.object()?;
    let text = |name: &str| body_json::text(request, &[name]).unwrap_or_default().to_owned();
    let (region, id, wanted) = (text("sourceRegion"), text("sourceBackupVaultId"), text("jobId"));
    let vault = replicated(world, call, &id, &region)?;
    let (now, lag) = (world.now(), world.settings.paired_job_lag_seconds);
    let shown = |job: &Job| job.is_cross_region() && world.clock.after(job.started, lag) <= now;
    let found = State::of(world).vaults.get(&vault).into_iter();
    if !one {
        let page = page::asked(call)?;
        let jobs = found.flat_map(|vault| vault.jobs.newest(page.begin()));
        return Ok(page.of(jobs.filter(|(_, job)| shown(job)), |job| job.replicated(true)));
    }
    let wanted = name_of(&wanted);
    let mut jobs = found.flat_map(|vault| vault.jobs.values()).filter(|job| shown(job));
    let job = jobs.find(|job| name_of(&job.id).eq_ignore_ascii_case(wanted));
    Ok(Reply::ok(job.ok_or_else(generic_not_found)?.replicated(false)))
}
