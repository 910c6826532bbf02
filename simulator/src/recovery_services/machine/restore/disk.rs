//! The disks that a restore makes: as many as the point holds and the request wants, under names of the service's own.

use serde_json::{Value, json};

use super::request::Request;
use crate::recovery_services::item::Item;
use crate::recovery_services::point::Point;
use crate::resources;
use crate::wire::json as body_json;
use crate::wire::path::key;
use crate::world::World;

/// A disk that was made.
#[derive(Debug, Clone)]
pub(super) struct Disk {
    /// Nothing for the disk of the system.
    pub(super) lun: Option<i64>,
    pub(super) id: String,
}

/// Makes the disks of `point` in `group`.
pub(super) fn made(
    world: &mut World,
    item: &Item,
    point: &Point,
    request: &Request,
    group: &str,
) -> Vec<Disk> {
    let stamp = world.now().strftime("%Y%m%d-%H%M%S").to_string();
    let machine = &item.friendly_name;
    let mut disks = vec![Disk { lun: None, id: id(group, &format!("{machine}-osdisk-{stamp}")) }];
    for (place, lun) in luns(world, item, point, request).into_iter().enumerate() {
        let name = format!("{machine}-datadisk-{place:03}-{stamp}");
        disks.push(Disk { lun: Some(lun), id: id(group, &name) });
    }
    for disk in &disks {
        let body = json!({
            "location": request.region,
            "sku": { "name": "Premium_LRS", "tier": "Premium" },
            "tags": { "RSVaultBackup": item.key().split("/backupfabrics/").next() },
            "properties": {
                "creationData": { "createOption": "Restore" },
                "diskSizeGB": 127,
                "diskState": "Unattached",
                "provisioningState": "Succeeded",
            },
        });
        resources::write_by_service(world, &disk.id, body);
    }
    disks
}

fn id(group: &str, name: &str) -> String {
    format!("{group}/providers/Microsoft.Compute/disks/{name}")
}

/// The numbers of the data disks: those in the point that the request wants.
fn luns(world: &World, item: &Item, point: &Point, request: &Request) -> Vec<i64> {
    let number = |disk: &Value| body_json::member(disk, "lun").and_then(Value::as_i64);
    let chosen = body_json::list(&point.source, &["recoveryPointDiskConfiguration", "includedDiskList"]);
    let machine = world.arm.resources.get(&key(&item.source));
    let attached =
        machine.map_or(&[][..], |body| body_json::list(body, &["properties", "storageProfile", "dataDisks"]));
    let held = if chosen.is_empty() { attached } else { chosen };
    let held = held.iter().filter_map(number).filter(|lun| *lun >= 0);
    held.filter(|lun| request.disks.as_ref().is_none_or(|wanted| wanted.contains(lun))).collect()
}
