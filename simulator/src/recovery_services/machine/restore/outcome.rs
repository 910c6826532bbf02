//! What a restore of a virtual machine leaves behind.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::disk::{self, Disk};
use super::request::{Place, Request};
use super::{Restore, check, template};
use crate::clock::days_after;
use crate::recovery_services::State;
use crate::recovery_services::effect::Effect;
use crate::recovery_services::item::{Item, Last, found, found_mut};
use crate::recovery_services::job::{self, Ending};
use crate::recovery_services::point::{Point, Tier, TierStatus};
use crate::recovery_services::trouble::Trouble;
use crate::resources;
use crate::wire::json as body_json;
use crate::wire::path::{group_id_of, key, name_of};
use crate::world::World;

/// The time of a restore has come.
pub(in crate::recovery_services) fn happens(world: &mut World, restore: Restore, at: Timestamp) {
    let (vault, item) = (restore.place.vault.clone(), restore.place.key());
    if !job::goes_on(world, &vault, &restore.job) {
        return;
    }
    let Some(owner) = found(world, &vault, &item).cloned() else {
        return job::ends(world, &vault, &restore.job, at, Ending::Failed(gone()));
    };
    let point = owner.points.iter().find(|point| point.name == restore.point);
    let began = job::found(world, &vault, &restore.job).map_or(at, |job| job.started);
    let done = match (point, check::obstacle(world, &owner, &restore.request)) {
        (None, _) => Err(gone()),
        (Some(_), Some(trouble)) => Err(trouble),
        (Some(point), None) => {
            carried_out(world, &restore, &owner, point);
            Ok(())
        }
    };
    if let Some(item) = found_mut(world, &vault, &item) {
        item.last_restore = Some(Last { began, trouble: done.clone().err() });
    }
    let ending = match done {
        Ok(()) => Ending::Completed,
        Err(trouble) => Ending::Failed(trouble),
    };
    job::ends(world, &vault, &restore.job, at, ending);
    world.touch(&owner.id);
}

/// The point has expired since the restore began, or has gone with its item.
fn gone() -> Trouble {
    Trouble::named("UserErrorGenericResourceNotFound")
}

fn carried_out(world: &mut World, restore: &Restore, item: &Item, point: &Point) {
    let request = &restore.request;
    let own = group_id_of(&item.source).unwrap_or_default();
    let group = request.group.clone().unwrap_or_else(|| own.clone());
    if let Some(days) = request.rehydration {
        rehydrated(world, restore, days);
    }
    match &request.to {
        Place::Disks => {
            let disks = match &request.group {
                Some(group) => disk::made(world, item, point, request, group),
                None => Vec::new(),
            };
            told(world, restore, (item, &point.source), &disks);
        }
        Place::NewMachine { machine, subnet, .. } => {
            let disks = disk::made(world, item, point, request, &group);
            new_machine(world, &point.source, request, (machine, subnet), &disks);
        }
        Place::Original => {
            let disks = disk::made(world, item, point, request, &own);
            replaced(world, (item, &point.source), &disks);
        }
    }
}

/// An archived point can be read for some days.
fn rehydrated(world: &mut World, restore: &Restore, days: u64) {
    marked(world, &restore.place.vault, &restore.place.key(), &restore.point, TierStatus::Rehydrated);
    let at = days_after(world.now(), i64::try_from(days).unwrap_or(i64::MAX));
    let (vault, item, point) = (restore.place.vault.clone(), restore.place.key(), restore.point.clone());
    world.schedule(at, Effect::RehydrationEnds { vault, item, point });
}

/// Marks an archived point.
pub(in crate::recovery_services) fn marked(
    world: &mut World,
    vault: &str,
    item: &str,
    point: &str,
    status: TierStatus,
) {
    let points = found_mut(world, vault, item).into_iter().flat_map(|item| item.points.iter_mut());
    for point in points.filter(|one| one.name == point) {
        point.tiers = vec![(Tier::Archived, status)];
    }
}

/// The job of restored disks names the template that makes a machine of them (recorded).
fn told(world: &mut World, restore: &Restore, source: (&Item, &Value), disks: &[Disk]) {
    let written = template::written(world, restore, source, disks);
    let jobs = State::of_mut(world).vaults.get_mut(&restore.place.vault).map(|vault| &mut vault.jobs);
    if let Some(job) = jobs.and_then(|jobs| jobs.get_mut(&restore.job)) {
        job.bag.extend(written);
    }
}

/// What the machine was like is told by the point: it may be gone.
fn storage_profile(source: &Value, disks: &[Disk]) -> Value {
    let os = body_json::text(source, &["osType"]).unwrap_or("Windows");
    let managed = |disk: &Disk| json!({ "id": disk.id });
    let system = disks.iter().find(|disk| disk.lun.is_none());
    let data: Vec<Value> = disks
        .iter()
        .filter_map(|disk| Some(json!({ "lun": disk.lun?, "name": name_of(&disk.id), "createOption": "Attach", "managedDisk": managed(disk) })))
        .collect();
    json!({
        "osDisk": system.map(|disk| json!({ "osType": os, "name": name_of(&disk.id), "createOption": "Attach", "managedDisk": managed(disk) })),
        "dataDisks": data,
    })
}

fn new_machine(
    world: &mut World,
    source: &Value,
    request: &Request,
    (machine, subnet): (&str, &str),
    disks: &[Disk],
) {
    let size = body_json::text(source, &["virtualMachineSize"]).unwrap_or("Standard_DS1_v2");
    let group = group_id_of(machine).unwrap_or_default();
    let interface = format!("{group}/providers/Microsoft.Network/networkInterfaces/{}-nic", name_of(machine));
    let network = json!({ "location": request.region, "properties": { "ipConfigurations": [
        { "name": "ipconfig1", "properties": { "subnet": { "id": subnet }, "privateIPAllocationMethod": "Dynamic" } }] } });
    resources::write_by_service(world, &interface, network);
    let body = json!({
        "location": request.region,
        "properties": {
            "hardwareProfile": { "vmSize": size },
            "storageProfile": storage_profile(source, disks),
            "networkProfile": { "networkInterfaces": [{ "id": interface }] },
            "provisioningState": "Succeeded",
        },
    });
    resources::write_by_service(world, machine, body);
}

/// The machine that is there gets the new disks; those that it had stay in its group (documentation).
fn replaced(world: &mut World, (item, source): (&Item, &Value), disks: &[Disk]) {
    let Some(mut body) = world.arm.resources.get(&key(&item.source)).cloned() else { return };
    body_json::set(&mut body, &["properties", "storageProfile"], storage_profile(source, disks));
    resources::write_by_service(world, &item.source, body);
}
