//! Reading containers: one, and lists, which need a filter (field).

use serde_json::{Value, json};

use super::{Container, TYPE};
use crate::recovery_services::filter::Filter;
use crate::recovery_services::kind::Kind;
use crate::recovery_services::refusal::{invalid_input, no_item};
use crate::recovery_services::{State, page, vault};
use crate::wire::path::{group_of, name_of};
use crate::wire::{Answer, Call, Reply, json as body_json};
use crate::world::World;

const FILTERS: [&str; 4] = ["backupManagementType", "friendlyName", "status", "containerType"];

/// `GET {vault}/backupProtectionContainers`.
pub(in crate::recovery_services) fn list(world: &World, call: &Call) -> Answer {
    let vault = vault::named(world, &call.path)?;
    let filter = Filter::of(call, &FILTERS)?;
    let wanted = filter.get("backupManagementType").ok_or_else(invalid_input)?;
    let Some(vault) = State::of(world).vaults.get(&vault) else { return Err(no_item()) };
    let kept = vault.containers.values().filter(|container| {
        container.kind.management().eq_ignore_ascii_case(wanted)
            && filter.admits("friendlyName", name_of(&container.source))
            && filter.admits("status", "Registered")
    });
    let bodies = kept.map(|container| body(container, items_in(vault, container))).collect();
    Ok(page::of(call, bodies))
}

fn items_in(vault: &crate::recovery_services::vault::Vault, container: &Container) -> usize {
    let name = name_of(&container.id);
    vault.items.values().filter(|item| item.container().eq_ignore_ascii_case(name)).count()
}

/// `GET {fabric}/protectionContainers/{container}`.
pub(in crate::recovery_services) fn get(world: &World, call: &Call) -> Answer {
    let vault = vault::named(world, &call.path)?;
    let name = call.path.segment(5).unwrap_or_default().to_ascii_lowercase();
    let vault = State::of(world).vaults.get(&vault).ok_or_else(no_item)?;
    let container = vault.containers.get(&name).ok_or_else(no_item)?;
    Ok(Reply::ok(body(container, items_in(vault, container))))
}

/// What the result of a registration shows: the container without its type (recorded).
pub(in crate::recovery_services) fn registered(world: &World, vault: &str, name: &str) -> Option<Value> {
    let vault = State::of(world).vaults.get(&vault.to_ascii_lowercase())?;
    let container = vault.containers.get(name)?;
    let mut body = body(container, items_in(vault, container));
    if let Some(members) = body.as_object_mut() {
        members.remove("type");
    }
    Some(body)
}

fn body(container: &Container, items: usize) -> Value {
    let mut properties = match container.kind {
        Kind::Machine => json!({
            "virtualMachineId": container.source,
            "virtualMachineVersion": "Compute",
            "resourceGroup": group_of(&container.source),
            "containerType": "Microsoft.Compute/virtualMachines",
            "protectableObjectType": "Microsoft.Compute/virtualMachines",
        }),
        Kind::Share => json!({
            "sourceResourceId": container.source,
            "protectedItemCount": items,
            "containerType": "StorageContainer",
            "protectableObjectType": "StorageContainer",
        }),
    };
    body_json::merge(
        &mut properties,
        &json!({
            "friendlyName": name_of(&container.source),
            "backupManagementType": container.kind.management(),
            "registrationStatus": "Registered",
            "healthStatus": "Healthy",
        }),
    );
    body_json::merge(&mut properties, &container.extra);
    json!({ "id": container.id, "name": name_of(&container.id), "type": TYPE, "properties": properties })
}
