//! What a restore of a virtual machine is refused for at once, and what stands in its way when it is carried out.

use serde_json::Value;

use super::request::{Place, Request};
use crate::authorization::permission;
use crate::recovery_services::State;
use crate::recovery_services::item::Item;
use crate::recovery_services::point::Point;
use crate::recovery_services::refusal::{bad_request, invalid_input};
use crate::recovery_services::trouble::Trouble;
use crate::wire::call::normalised_location;
use crate::wire::path::{key, subscription_of};
use crate::wire::{ArmError, Call, json as body_json};
use crate::world::World;

/// Refuses a restore of another region, with an identity that the vault does not have, of a machine whose disks are not all in the
/// point (documentation), or into another subscription where the vault forbids it; codes: field, or the general one.
pub(super) fn admitted(
    world: &World,
    call: &Call,
    vault: &str,
    item: &Item,
    point: &Point,
    request: &Request,
    region: &str,
) -> Result<(), ArmError> {
    let Some(found) = State::of(world).vaults.get(vault) else { return Err(invalid_input()) };
    let selective = body_json::reach(&point.source, &["recoveryPointDiskConfiguration", "excludedDiskList"])
        .and_then(Value::as_array)
        .is_some_and(|excluded| !excluded.is_empty());
    if normalised_location(&request.region) != region
        || (selective && request.to != Place::Disks)
        || !has_identity(&found.body, request)
    {
        return Err(invalid_input());
    }
    across_subscriptions(&found.body, vault, request)?;
    permission::linked_to(world, call, &item.source, "write")?;
    if let Some(account) = &request.account {
        permission::linked_to(world, call, account, "write")?;
    }
    if let Some(group) = &request.group {
        permission::permitted(world, call, group, "Microsoft.Resources/subscriptions/resourceGroups/write")?;
    }
    Ok(())
}

/// The region of a vault.
pub(super) fn region_of(world: &World, vault: &str) -> String {
    let found = State::of(world).vaults.get(vault);
    let location = found.and_then(|vault| body_json::text(&vault.body, &["location"]));
    location.map(normalised_location).unwrap_or_default()
}

fn has_identity(vault: &Value, request: &Request) -> bool {
    let Some(identity) = &request.identity else { return true };
    match identity {
        None => body_json::text(vault, &["identity", "principalId"]).is_some(),
        Some(id) => {
            let assigned =
                body_json::reach(vault, &["identity", "userAssignedIdentities"]).and_then(Value::as_object);
            assigned.is_some_and(|assigned| assigned.keys().any(|known| key(known) == key(id)))
        }
    }
}

/// Documentation: only where the vault's `crossSubscriptionRestoreState` is absent or `Enabled`.
fn across_subscriptions(vault: &Value, id: &str, request: &Request) -> Result<(), ArmError> {
    let path = [
        "properties",
        "restoreSettings",
        "crossSubscriptionRestoreSettings",
        "crossSubscriptionRestoreState",
    ];
    let forbidden = body_json::text(vault, &path).is_some_and(|state| state != "Enabled");
    let own = subscription_of(id).map(str::to_ascii_lowercase);
    let target = request.group.as_deref().and_then(subscription_of).map(str::to_ascii_lowercase);
    if forbidden && target.is_some_and(|target| Some(target) != own) {
        let message = "Cross subscription restore is disabled for the vault.";
        return Err(bad_request("UserErrorCrossSubscriptionRestoreNotAllowed", message));
    }
    Ok(())
}

/// What stands in the way of carrying it out (recorded: code of a resource or a machine that is not there; others documentation).
pub(super) fn obstacle(world: &World, item: &Item, request: &Request) -> Option<Trouble> {
    let there = |id: &str| world.arm.resources.contains_key(&key(id));
    if let Some(account) = &request.account {
        let Some(body) = world.arm.resources.get(&key(account)) else {
            return Some(Trouble::named("UserErrorStorageAccountNotFound"));
        };
        let region = body_json::text(body, &["location"]).map(normalised_location);
        let zonal = body_json::text(body, &["sku", "name"]).is_some_and(|sku| sku.contains("ZRS"));
        if region != Some(normalised_location(&request.region)) || zonal {
            return Some(Trouble::named("UserErrorStagingStorageAccountNotSupported"));
        }
    }
    if request.group.as_ref().is_some_and(|group| !world.arm.groups.contains_key(&key(group))) {
        return Some(Trouble::named("UserErrorResourceGroupNotFound"));
    }
    match &request.to {
        Place::Disks => None,
        Place::Original => (!there(&item.source)).then(|| Trouble::named("UserErrorVmNotFoundV2")),
        Place::NewMachine { machine, network, .. } if there(machine) || !there(network) => {
            let code = if there(machine) {
                "UserErrorTargetVirtualMachineAlreadyExists"
            } else {
                "UserErrorGenericResourceNotFound"
            };
            Some(Trouble::named(code))
        }
        Place::NewMachine { .. } => None,
    }
}
