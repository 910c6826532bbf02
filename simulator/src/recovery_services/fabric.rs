//! The fabric of a vault: finding out what could be protected, and listing it.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::operation::{self, Operation, Subject};
use super::refusal::bad_request;
use super::{State, vault};
use crate::authorization::quoted;
use crate::wire::call::normalised_location;
use crate::wire::path::{ArmPath, group_of, name_of, subscription_of};
use crate::wire::{Answer, ArmError, Call, Reply, json as body_json};
use crate::world::World;

/// Refreshing took about ten polls of one to five seconds when it was recorded.
const REFRESH_SECONDS: f64 = 30.0;

/// `POST {vault}/backupFabrics/{fabric}/refreshContainers`.
pub(super) fn refresh(world: &mut World, call: &Call) -> Answer {
    let vault = vault::named(world, &call.path)?;
    let Some(found) = State::of(world).vaults.get(&vault) else { return Ok(Reply::empty(StatusCode::OK)) };
    let fabric = format!("{}/backupFabrics/{}", found.id, call.path.segment(3).unwrap_or_default());
    let operation = Operation::begun(world, Subject::Fabric, &fabric, REFRESH_SECONDS);
    Ok(operation::announced(world, call, operation))
}

/// `GET {vault}/backupProtectableItems`: the virtual machines of the vault's subscription and region.
pub(super) fn protectable(world: &World, call: &Call) -> Answer {
    let vault = vault::named(world, &call.path)?;
    let filter = call.parameter("$filter").unwrap_or_default();
    require_machines(quoted(filter, "backupManagementType eq"))?;
    let Some(found) = State::of(world).vaults.get(&vault) else { return Ok(Reply::list(Vec::new())) };
    let location = body_json::text(&found.body, &["location"]).map(normalised_location);
    let near = |body: &&Value| {
        let id = body_json::text(body, &["id"]).unwrap_or_default();
        let own = body_json::text(body, &["location"]).map(normalised_location);
        own == location && subscription_of(id) == subscription_of(&found.id)
    };
    let machines = world.arm.resources.values().filter(near);
    let ids = machines.filter_map(|body| body_json::text(body, &["id"]));
    Ok(Reply::list(ids.filter_map(|id| machine(&found.id, id)).collect()))
}

/// Lists need a filter (field: for containers).
fn require_machines(kind: Option<&str>) -> Result<(), ArmError> {
    match kind {
        Some(kind) if kind.eq_ignore_ascii_case("AzureIaasVM") => Ok(()),
        None => Err(bad_request("BMSUserErrorInvalidInput", "Input provided for the call is invalid")),
        Some(kind) => {
            let message = format!("Items of '{kind}' are not listed here; use 'AzureIaasVM'.");
            Err(bad_request("ItemKindNotSupportedHere", &message))
        }
    }
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
