//! Virtual machines that a vault could protect: those of its subscription and region that no vault protects (recorded; that
//! protected ones are missing is documentation).

use serde_json::{Value, json};

use super::readiness::protector;
use crate::recovery_services::vault::Vault;
use crate::wire::path::{ArmPath, group_of, name_of};
use crate::wire::{Page, Position, json as body_json};
use crate::world::World;

/// The protectable items of `vault` from where `page` begins, by the keys of the machines.
pub(in crate::recovery_services) fn all(
    world: &World,
    vault: &Vault,
    page: &Page,
) -> impl Iterator<Item = (Position, Value)> {
    let near = world.arm.resources.range(page.names()).filter(move |(_, body)| vault.is_near(body));
    let items =
        near.filter_map(move |(key, body)| Some((key, machine(&vault.id, body_json::text(body, &["id"])?)?)));
    items.filter(move |(_, item)| !is_protected(world, item)).map(|(key, item)| (Position::named(key), item))
}

fn is_protected(world: &World, item: &Value) -> bool {
    body_json::text(item, &["properties", "virtualMachineId"])
        .is_some_and(|id| protector(world, id).is_some())
}

/// The protectable item that the resource `id` is, if it is a virtual machine (recorded, for both kinds).
fn machine(vault: &str, id: &str) -> Option<Value> {
    let kind = ArmPath::parse(id)?.resource_type();
    let (version, noun) = match kind.to_ascii_lowercase().as_str() {
        "microsoft.compute/virtualmachines" => ("Compute", "iaasvmcontainerv2"),
        "microsoft.classiccompute/virtualmachines" => ("ClassicCompute", "iaasvmcontainer"),
        _ => return None,
    };
    let (group, machine) = (group_of(id)?, name_of(id));
    let name = format!("{noun};{};{}", group.to_ascii_lowercase(), machine.to_ascii_lowercase());
    let container = format!("{vault}/backupFabrics/Azure/protectionContainers/IaasVMContainer;{name}");
    Some(json!({
        "id": format!("{container}/protectableItems/vm;{name}"),
        "name": name,
        "type": "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectableItems",
        "properties": {
            "virtualMachineId": id,
            "virtualMachineVersion": version,
            "resourceGroup": group,
            "backupManagementType": "AzureIaasVM",
            "protectableItemType": format!("Microsoft.{version}/virtualMachines"),
            "friendlyName": machine,
            "protectionState": "NotProtected",
        },
    }))
}
