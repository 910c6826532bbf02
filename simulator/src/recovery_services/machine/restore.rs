//! Restores of a virtual machine: its disks, a new machine, or new disks for the machine that is there.

mod check;
mod disk;
mod outcome;
mod request;
mod template;
pub(in crate::recovery_services) mod validate;

pub(in crate::recovery_services) use outcome::{happens, marked};
use request::{Place as To, Request};
use serde_json::json;

use super::job::american;
use crate::recovery_services::effect::Effect;
use crate::recovery_services::item::write::Place;
use crate::recovery_services::job::{Job, Phase, Step};
use crate::recovery_services::point::{Point, Tier, TierStatus};
use crate::recovery_services::refusal::invalid_input;
use crate::recovery_services::restore::{Admitted, Asked};
use crate::wire::path::name_of;
use crate::wire::{ArmError, Call, json as body_json};
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

/// Admits a restore of a virtual machine; the paired region has no snapshots and takes managed disks only.
pub(in crate::recovery_services) fn admitted(
    world: &World,
    call: &Call,
    asked: Asked<'_>,
) -> Result<Admitted, ArmError> {
    let (item, point) = (asked.item, asked.point()?.clone());
    let request = Request::read(asked.wanted, item, &point).ok_or_else(invalid_input)?;
    let is_there = point.status(Tier::Hardened) == Some(TierStatus::Valid);
    let is_abroad = asked.paired.is_some();
    if is_abroad && (!is_there || request.group.is_none() || request.rehydration.is_some()) {
        return Err(invalid_input());
    }
    let region = asked.paired.map_or_else(|| check::region_of(world, &asked.place.vault), str::to_owned);
    check::admitted(world, call, &asked.place.vault, item, &point, &request, &region)?;
    let (place, base) = (asked.place, call.base.clone());
    Ok(Box::new(move |job: Job| {
        let (mut job, mut seconds) = described(job, &point, &request);
        if is_abroad {
            (job.steps, job.phases, seconds) = (FROM_VAULT.0.to_vec(), &FROM_VAULT.1, FROM_VAULT.2);
        }
        let restore = Restore { place, point: point.name, request, job: job.name.clone(), base };
        (job, seconds, Effect::MachineRestored(Box::new(restore)))
    }))
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
