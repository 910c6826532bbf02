//! What a restore leaves at its target.

use serde_json::{Value, json};

use super::check::{container_at, restored_containers};
use super::request::{Item, Request, Source, Target};
use crate::clock::precise;
use crate::data_protection::State;
use crate::data_protection::instance::Instance;
use crate::data_protection::point;
use crate::wire::json as body_json;
use crate::wire::path::key;
use crate::world::World;

/// Puts what `request` restores to its target, and notes it for inspection.
pub(super) fn leave(world: &mut World, vault: &str, instance: &Instance, request: &Request, job: &str) {
    match &request.target {
        Target::Files { url, prefix, .. } => files(world, instance, url, prefix),
        Target::Resource { id, items, .. } => {
            match instance.datasource_type().to_ascii_lowercase().as_str() {
                "microsoft.compute/disks" => disk(world, vault, instance, request, id),
                "microsoft.dbforpostgresql/servers/databases" => {
                    crate::resources::write_by_service(
                        world,
                        id,
                        json!({ "properties": { "charset": "UTF8" } }),
                    );
                }
                "microsoft.containerservice/managedclusters" => {}
                _ => match &request.source {
                    Source::Time(time) => rolled_back(world, id, &precise(*time), items),
                    Source::Point(_) | Source::Rehydrated { .. } => {
                        containers(world, instance, request, id, items);
                    }
                },
            }
        }
    }
    let items = match &request.target {
        Target::Resource { items, .. } => items.iter().map(shown).collect(),
        Target::Files { .. } => Vec::new(),
    };
    State::of_mut(world).restores.push(json!({
        "job": job,
        "instance": instance.id,
        "recoveryPoint": request.point(),
        "target": request.target.destination(),
        "items": items,
        "crossRegion": request.cross_region,
    }));
}

fn shown(item: &Item) -> Value {
    match item {
        Item::Range(from, to) => json!({ "from": from, "to": to }),
        Item::Container { name, prefixes, renamed } => {
            json!({ "container": name, "prefixes": prefixes, "renamedTo": renamed })
        }
        Item::Cluster(criteria) => criteria.clone(),
    }
}

fn disk(world: &mut World, vault: &str, instance: &Instance, request: &Request, id: &str) {
    let location =
        State::of(world).vaults.get(vault).map(crate::data_protection::Vault::location).unwrap_or_default();
    let path = ["policyInfo", "policyParameters", "dataStoreParametersList"];
    let parameters = body_json::list(&instance.described, &path);
    let group =
        parameters.iter().find_map(|one| body_json::text(one, &["resourceGroupId"])).unwrap_or_default();
    let point = request.point().unwrap_or_default();
    let snapshot = format!("{group}/providers/Microsoft.Compute/snapshots/AzureBackup_{point}");
    let source = world.arm.resources.get(&instance.datasource());
    let sku = source.and_then(|disk| body_json::member(disk, "sku")).cloned();
    let body = json!({
        "location": location,
        "sku": sku.unwrap_or_else(|| json!({ "name": "Standard_LRS", "tier": "Standard" })),
        "properties": {
            "creationData": { "createOption": "Copy", "sourceResourceId": snapshot },
            "diskState": "Unattached",
            "provisioningState": "Succeeded",
        },
    });
    crate::resources::write_by_service(world, id, body);
}

fn containers(world: &mut World, instance: &Instance, request: &Request, account: &str, items: &[Item]) {
    let kept = point::containers(instance, request.point().unwrap_or_default());
    for (_, to) in restored_containers(items, &kept) {
        let id = format!("{account}/blobServices/default/containers/{to}");
        let body = json!({ "properties": { "publicAccess": "None", "leaseState": "Available" } });
        crate::resources::write_by_service(world, &id, body);
    }
}

/// The account remembers its last point-in-time restore, as a read with `$expand=blobRestoreStatus` shows it.
fn rolled_back(world: &mut World, account: &str, time: &str, items: &[Item]) {
    let restore = world.guid();
    let ranges: Vec<Value> = items
        .iter()
        .filter_map(|item| match item {
            Item::Range(from, to) => Some(json!({ "startRange": from, "endRange": to })),
            Item::Container { .. } | Item::Cluster(_) => None,
        })
        .collect();
    let status = json!({ "status": "Complete", "restoreId": restore,
                         "parameters": { "timeToRestore": time, "blobRanges": ranges } });
    if let Some(body) = world.arm.resources.get_mut(&key(account)) {
        body_json::set(body, &["properties", "blobRestoreStatus"], status);
    }
    world.touch(account);
}

/// A dump of each database, and the roles beside it.
fn files(world: &mut World, instance: &Instance, url: &str, prefix: &str) {
    let Some(container) = container_at(world, url) else { return };
    let name =
        body_json::text(&instance.described, &["dataSourceInfo", "resourceName"]).unwrap_or("database");
    let written = [format!("{prefix}_{name}.sql"), format!("{prefix}_roles.sql")];
    State::of_mut(world).files.entry(key(&container)).or_default().extend(written);
}
