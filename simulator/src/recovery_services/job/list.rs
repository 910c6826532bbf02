//! Reading jobs: one, and the list with its filters.

use std::ops::Bound;

use axum::http::StatusCode;
use jiff::Timestamp;
use jiff::civil::DateTime;
use serde_json::Value;

use super::{Job, Task, found};
use crate::recovery_services::filter::Filter;
use crate::recovery_services::refusal::{invalid_input, refusal};
use crate::recovery_services::{State, page, vault};
use crate::wire::{Answer, ArmError, Call, Reply};
use crate::world::World;

const FILTERS: [&str; 6] = ["status", "operation", "backupManagementType", "startTime", "endTime", "jobId"];

/// There is no such job (official: the code of the vault's own reads is not known).
pub(super) fn not_found(name: &str) -> ArmError {
    let message = format!("The job '{name}' could not be found.");
    refusal(StatusCode::NOT_FOUND, "ResourceNotFound", &message)
}

/// `GET {vault}/backupJobs/{job}`. Those of the paired region are told of there.
pub(in crate::recovery_services) fn get(world: &World, call: &Call) -> Answer {
    let vault = vault::named(world, &call.path)?;
    let name = call.path.segment(3).unwrap_or_default();
    let job = found(world, &vault, name).filter(|job| job.task != Task::CrossRegionRestore);
    let job = job.ok_or_else(|| not_found(name))?;
    Ok(Reply::ok(job.body(world.now(), world.clock.speed(), call.api_version())))
}

/// `GET {vault}/backupJobs`.
pub(in crate::recovery_services) fn list(world: &World, call: &Call) -> Answer {
    let vault = vault::named(world, &call.path)?;
    let page = page::asked(call)?;
    let wanted = Wanted::by(call)?;
    let jobs = State::of(world).vaults.get(&vault).into_iter();
    let jobs = jobs.flat_map(|vault| vault.jobs.newest(page.begin())).filter(|(_, job)| wanted.admits(job));
    let (now, speed) = (world.now(), world.clock.speed());
    Ok(page.of(jobs, |job| job.listed(now, speed, call.api_version())))
}

/// All jobs that a filter asks for, the newest first.
pub(super) fn asked_for(world: &World, call: &Call, vault: &str) -> Result<Vec<Value>, ArmError> {
    let wanted = Wanted::by(call)?;
    let jobs = State::of(world).vaults.get(vault).into_iter();
    let jobs = jobs.flat_map(|vault| vault.jobs.newest(Bound::Unbounded)).map(|(_, job)| job);
    let (now, speed) = (world.now(), world.clock.speed());
    let kept = jobs.filter(|job| wanted.admits(job));
    Ok(kept.map(|job| job.listed(now, speed, call.api_version())).collect())
}

/// Which jobs a call asks for.
struct Wanted {
    filter: Filter,
    from: Option<Timestamp>,
    until: Option<Timestamp>,
}

impl Wanted {
    fn by(call: &Call) -> Result<Self, ArmError> {
        let filter = Filter::of(call, &FILTERS)?;
        let from = filter.get("startTime").map(instant).transpose()?;
        let until = filter.get("endTime").map(instant).transpose()?;
        Ok(Self { filter, from, until })
    }

    /// Those of the paired region are told of there.
    fn admits(&self, job: &Job) -> bool {
        job.task != Task::CrossRegionRestore
            && self.filter.admits("status", job.status.word())
            && self.filter.admits("operation", job.task.word())
            && self.filter.admits("backupManagementType", job.kind.management())
            && self.filter.admits("jobId", &job.name)
            && self.from.is_none_or(|from| job.started >= from)
            && self.until.is_none_or(|until| job.started <= until)
    }
}

/// An instant as filters write it: `2016-01-01 04:00:15 AM` (official).
pub(in crate::recovery_services) fn instant(text: &str) -> Result<Timestamp, ArmError> {
    let time = DateTime::strptime("%Y-%m-%d %I:%M:%S %p", text).map_err(|_| invalid_input())?;
    time.to_zoned(jiff::tz::TimeZone::UTC).map(|time| time.timestamp()).map_err(|_| invalid_input())
}

#[test]
fn instants_of_filters_have_twelve_hours() {
    let at = |text| instant(text).map(|at| at.to_string()).map_err(|error| error.code);
    assert_eq!(at("2016-01-01 04:00:15 PM"), Ok("2016-01-01T16:00:15Z".to_owned()));
    assert_eq!(at("2016-01-01 12:00:15 AM"), Ok("2016-01-01T00:00:15Z".to_owned()));
    assert_eq!(at("2016-01-01T16:00:15Z"), Err("BMSUserErrorInvalidInput".to_owned()));
}
