//! Restores of a virtual machine: its disks, a new machine, or new disks for the machine that is there.

mod check;
mod disk;
mod outcome;
mod request;
mod template;
pub(in crate::recovery_services) mod validate;

pub(in crate::recovery_services) use outcome::{happens, marked};
use request::{Place as To, Request};
use serde_json::{Value, json};

use super::job::american;
use crate::recovery_services::effect::Effect;
use crate::recovery_services::item::Item;
use crate::recovery_services::item::write::Place;
use crate::recovery_services::job::{self, Job, Phase, Step, Task};
use crate::recovery_services::operation::{self, Operation, Subject};
use crate::recovery_services::point::read::named;
use crate::recovery_services::point::{Point, Tier, TierStatus};
use crate::recovery_services::refusal::invalid_input;
use crate::wire::path::name_of;
use crate::wire::{Answer, ArmError, Call, json as body_json};
use crate::world::World;

/// Managed disks are made of snapshots within minutes, others of the vault's copy (recorded).
const FROM_SNAPSHOT: ([Step; 1], [Phase; 2], f64) = (
    [Step { name: "Transfer data from vault", begins: 0.0, ends: 120.0 }],
    [
        Phase { begins: 0.0, percentage: 1.0, gigabytes: None },
        Phase { begins: 120.0, percentage: 99.0, gigabytes: Some("127") },
    ],
    185.0,
);
const FROM_VAULT: ([Step; 1], [Phase; 4], f64) = (
    [Step { name: "Transfer data from vault", begins: 0.0, ends: 1625.0 }],
    [
        Phase { begins: 0.0, percentage: 1.0, gigabytes: None },
        Phase { begins: 720.0, percentage: 50.0, gigabytes: Some("63.5") },
        Phase { begins: 1020.0, percentage: 94.0, gigabytes: Some("119.51") },
        Phase { begins: 1625.0, percentage: 99.0, gigabytes: Some("127") },
    ],
    1626.0,
);

/// A restore that has begun.
#[derive(Debug, Clone)]
pub(in crate::recovery_services) struct Restore {
    place: Place,
    point: String,
    request: Request,
    job: String,
    /// `scheme://host` by which the caller reached the simulator.
    base: String,
}

/// `POST {point}/restore` of a virtual machine.
pub(in crate::recovery_services) fn begin(world: &mut World, call: &Call) -> Answer {
    let (place, item, point) = named(world, call)?;
    let (item, point) = (item.clone(), point.clone());
    let properties = body_json::member(call.object()?, "properties").ok_or_else(invalid_input)?;
    let request = Request::read(properties, &item, &point).ok_or_else(invalid_input)?;
    let region = check::region_of(world, &place.vault);
    check::admitted(world, call, &place.vault, &item, &point, &request, &region)?;
    let operation = Operation::begun(world, Subject::Item, &place.called, 1.0);
    let job = Job::begun(world, &place.vault, item.kind, Task::Restore, &item.friendly_name, &item.id);
    let (job, seconds) = described(job, &point, &request);
    let operation = operation.of_restore(&job);
    if operation.does_its_work() {
        let (vault, name) = (place.vault.clone(), job.name.clone());
        let restore = Restore { place, point: point.name, request, job: name, base: call.base.clone() };
        job::runs(world, &vault, job, seconds, Effect::MachineRestored(Box::new(restore)));
    }
    Ok(operation::announced(world, call, operation))
}

/// Begins a restore in the paired region `there`, which has no snapshots and takes managed disks only; the name of its job.
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
    let point = item.points.iter().find(|one| one.name == point).ok_or_else(invalid_input)?;
    let request = Request::read(wanted, item, point).ok_or_else(invalid_input)?;
    let is_there = point.status(Tier::Hardened) == Some(TierStatus::Valid);
    if !is_there || request.group.is_none() || request.rehydration.is_some() {
        return Err(invalid_input());
    }
    check::admitted(world, call, vault, item, point, &request, there)?;
    let (mut job, _) = described(job, point, &request);
    (job.steps, job.phases) = (FROM_VAULT.0.to_vec(), &FROM_VAULT.1);
    let name = job.name.clone();
    let place = Place::at(vault, &item.id).ok_or_else(invalid_input)?;
    let restore =
        Restore { place, point: point.name.clone(), request, job: name.clone(), base: call.base.clone() };
    job::runs(world, vault, job, FROM_VAULT.2, Effect::MachineRestored(Box::new(restore)));
    Ok(name)
}

/// The job of a restore, and how long it takes. `Target VM Name` is no name of anything where disks are restored (recorded).
fn described(mut job: Job, point: &Point, request: &Request) -> (Job, f64) {
    let (kind, target) = match &request.to {
        To::Disks => ("Recover disks", "vmName"),
        To::NewMachine { machine, .. } => ("Recover virtual machine", name_of(machine)),
        To::Original => ("Replace disks", job.entity.as_str()),
    };
    let mut bag = json!({
        "Job Type": kind,
        "Target VM Name": target,
        "Recovery point time ": american(point.time),
    });
    if let Some(account) = &request.account {
        body_json::set(&mut bag, &["Target Storage Account Name"], json!(name_of(account)));
    }
    if let Some(group) = &request.group {
        body_json::set(&mut bag, &["Target resource group"], json!(name_of(group)));
    }
    job.bag = bag.as_object().cloned().unwrap_or_default();
    job.internal = Some(json!({ "restoreLocationType": request.to.word() }));
    let managed = request.group.is_some() || request.to == To::Original;
    let seconds = match managed {
        true => {
            (job.steps, job.phases) = (FROM_SNAPSHOT.0.to_vec(), &FROM_SNAPSHOT.1);
            FROM_SNAPSHOT.2
        }
        false => {
            (job.steps, job.phases) = (FROM_VAULT.0.to_vec(), &FROM_VAULT.1);
            FROM_VAULT.2
        }
    };
    (job, seconds)
}
