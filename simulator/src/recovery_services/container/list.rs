//! Reading containers: one, and lists, which need a filter (field).

use serde_json::{Value, json};

use super::{Container, TYPE};
use crate::recovery_services::filter::Filter;
use crate::recovery_services::name::Holder;
use crate::recovery_services::refusal::{invalid_input, no_item};
use crate::recovery_services::{State, database, page, vault};
use crate::wire::path::{group_of, key, name_of};
use crate::wire::{Answer, Call, Reply, json as body_json};
use crate::world::World;

const FILTERS: [&str; 4] = ["backupManagementType", "friendlyName", "status", "containerType"];

/// `GET {vault}/backupProtectionContainers`.
pub(in crate::recovery_services) fn list(world: &World, call: &Call) -> Answer {
    let vault = vault::named(world, &call.path)?;
    let filter = Filter::of(call, &FILTERS)?;
    let wanted = filter.get("backupManagementType").ok_or_else(invalid_input)?;
    let Some(vault) = State::of(world).vaults.get(&vault) else { return Err(no_item()) };
    let page = page::asked(call)?;
    let kept = page.rest(&vault.containers).filter(|(_, container)| {
        container.holder.management().eq_ignore_ascii_case(wanted)
            && filter.admits("friendlyName", friendly_name(container))
            && filter.admits("status", "Registered")
    });
    Ok(page.of(kept, |container| body(world, container, items_in(vault, container))))
}

fn items_in(vault: &crate::recovery_services::vault::Vault, container: &Container) -> usize {
    vault.items.within(&container.id).count()
}

/// `GET {fabric}/protectionContainers/{container}`.
pub(in crate::recovery_services) fn get(world: &World, call: &Call) -> Answer {
    let vault = vault::named(world, &call.path)?;
    let name = call.path.segment(5).unwrap_or_default().to_ascii_lowercase();
    let vault = State::of(world).vaults.get(&vault).ok_or_else(no_item)?;
    let container = vault.containers.get(&name).ok_or_else(no_item)?;
    Ok(Reply::ok(body(world, container, items_in(vault, container))))
}

/// What the result of a registration shows: the container without its type (recorded).
pub(in crate::recovery_services) fn registered(world: &World, vault: &str, name: &str) -> Option<Value> {
    let vault = State::of(world).vaults.get(&vault.to_ascii_lowercase())?;
    let container = vault.containers.get(name)?;
    let mut body = body(world, container, items_in(vault, container));
    if let Some(members) = body.as_object_mut() {
        members.remove("type");
    }
    Some(body)
}

/// Its name for people: that of the virtual machine, the account or the availability group.
fn friendly_name(container: &Container) -> &str {
    match &container.found.group {
        Some(group) => &group.name,
        None => name_of(&container.source),
    }
}

fn body(world: &World, container: &Container, items: usize) -> Value {
    let mut properties = match container.holder {
        Holder::Machine => json!({
            "virtualMachineId": container.source,
            "virtualMachineVersion": "Compute",
            "resourceGroup": group_of(&container.source),
            "containerType": "Microsoft.Compute/virtualMachines",
            "protectableObjectType": "Microsoft.Compute/virtualMachines",
        }),
        Holder::Account => json!({
            "sourceResourceId": container.source,
            "protectedItemCount": items,
            "containerType": "StorageContainer",
            "protectableObjectType": "StorageContainer",
        }),
        Holder::Server => database::container::of_server(container),
        Holder::Group => database::container::of_group(world, container),
    };
    let is_deleted =
        container.holder == Holder::Server && !world.arm.resources.contains_key(&key(&container.source));
    body_json::merge(
        &mut properties,
        &json!({
            "friendlyName": friendly_name(container),
            "backupManagementType": container.holder.management(),
            "registrationStatus": "Registered",
            "healthStatus": if is_deleted { "Deleted" } else { "Healthy" },
        }),
    );
    body_json::merge(&mut properties, &container.extra);
    json!({ "id": container.id, "name": name_of(&container.id), "type": TYPE, "properties": properties })
}
