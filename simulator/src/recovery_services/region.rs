//! Calls below a region: whether something is protected, could be, and whether its size is supported (official).

use axum::http::Method;
use serde_json::{Value, json};

use super::item::{Item, Protection};
use super::kind::Kind;
use super::machine::readiness;
use super::refusal::invalid_input;
use super::trouble::Trouble;
use super::{NAMESPACE, State};
use crate::wire::call::normalised_location;
use crate::wire::path::{group_of, key, name_of};
use crate::wire::{Answer, ArmError, Call, Reply, json as body_json};
use crate::world::World;

/// `POST .../locations/{region}/{action}`.
pub(super) fn act(world: &mut World, call: &Call) -> Answer {
    let action = call.path.segment(2).unwrap_or_default().to_ascii_lowercase();
    match (&call.method, action.as_str()) {
        (&Method::POST, "backupstatus") => status(world, call),
        (&Method::POST, "backupprevalidateprotection") => validation(world, call),
        (&Method::POST, "backupvalidatefeatures") => features(call),
        _ => Err(ArmError::unknown_type(NAMESPACE, &format!("locations/{action}"))),
    }
}

/// The names that the container and the item of a virtual machine have.
fn names(machine: &str) -> (String, String) {
    let tail = format!("iaasvmcontainerv2;{};{}", group_of(machine).unwrap_or_default(), name_of(machine));
    (format!("iaasvmcontainer;{tail}"), format!("vm;{tail}"))
}

fn status(world: &World, call: &Call) -> Answer {
    let request = call.object()?;
    let text = |name: &str| body_json::text(request, &[name]).filter(|text| !text.is_empty());
    let resource = text("resourceId").ok_or_else(invalid_input)?;
    let found = match text("resourceType") {
        Some("VM") => {
            known(world, resource, |item| item.kind == Kind::Machine && key(&item.source) == key(resource))
        }
        Some("AzureFileShare") => {
            let share = text("poLogicalName").ok_or_else(invalid_input)?;
            known(world, resource, |item| {
                item.kind == Kind::Share
                    && key(&item.source_resource) == key(resource)
                    && item.friendly_name.eq_ignore_ascii_case(share)
            })
        }
        Some("SQLDataBase" | "SAPHanaDatabase" | "SAPHanaDBInstance") => {
            let name = text("poLogicalName").unwrap_or_default();
            known(world, resource, |item| {
                text("resourceType") == Some(item.kind.workload())
                    && key(&item.source) == key(resource)
                    && (name.is_empty() || item.friendly_name.eq_ignore_ascii_case(name))
            })
        }
        Some(_) | None => return Err(invalid_input()),
    };
    Ok(Reply::ok(match found {
        Some((vault, item)) => protected(vault, item),
        None => not_protected(world, resource),
    }))
}

/// The item about `resource` that is wanted, one that makes backups before one that does not.
fn known<'world>(
    world: &'world World,
    resource: &str,
    is_wanted: impl Fn(&Item) -> bool,
) -> Option<(&'world str, &'world Item)> {
    let all = State::of(world).vaults.values();
    let items = all.flat_map(|vault| vault.items.about(resource).map(|item| (vault.id.as_str(), item)));
    let wanted = items.filter(|(_, item)| is_wanted(item) && item.deleted.is_none());
    wanted.max_by_key(|(_, item)| item.state.is_on())
}

fn protected(vault: &str, item: &Item) -> Value {
    let word = if item.state == Protection::Error { "ProtectionFailed" } else { "Protected" };
    json!({
        "protectionStatus": word,
        "vaultId": vault,
        "fabricName": "Azure",
        "containerName": item.container(),
        "protectedItemName": name_of(&item.id),
        "errorCode": "Success",
        "errorMessage": "",
        "policyName": item.policy.as_deref().map(name_of).unwrap_or_default(),
    })
}

fn not_protected(world: &World, resource: &str) -> Value {
    let (container, item) = names(resource);
    let begun = |change: &String| change.to_ascii_lowercase().ends_with(&item.to_ascii_lowercase());
    let protecting = State::of(world).vaults.values().any(|vault| vault.changing.keys().any(begun));
    json!({
        "protectionStatus": if protecting { "Protecting" } else { "NotProtected" },
        "vaultId": "",
        "fabricName": "Azure",
        "containerName": container,
        "protectedItemName": item,
        "errorCode": "Success",
        "errorMessage": "",
        "policyName": "",
    })
}

fn validation(world: &World, call: &Call) -> Answer {
    let request = call.object()?;
    let text = |name: &str| body_json::text(request, &[name]).filter(|text| !text.is_empty());
    let machine = text("resourceId").ok_or_else(invalid_input)?;
    if text("resourceType") != Some("VM") {
        return Err(invalid_input());
    }
    let (container, item) = names(machine);
    let obstacle = obstacle(world, call, machine, text("vaultId"));
    let (code, message, recommendation) = obstacle.clone().unwrap_or_default();
    Ok(Reply::ok(json!({
        "status": if obstacle.is_some() { "Failed" } else { "Succeeded" },
        "errorCode": code,
        "errorMessage": message,
        "recommendation": recommendation,
        "containerName": container,
        "protectedItemName": item,
    })))
}

/// Code, message and recommendation of what stands in the way of protecting a machine.
fn obstacle(
    world: &World,
    call: &Call,
    machine: &str,
    vault: Option<&str>,
) -> Option<(String, String, String)> {
    let told = |code: &str, message: &str, advice: &str| {
        Some((code.to_owned(), message.to_owned(), advice.to_owned()))
    };
    let Some(body) = world.arm.resources.get(&key(machine)) else {
        let trouble = Trouble::named("UserErrorVmNotFoundV2");
        return told(&trouble.code, &trouble.message, "Please make sure that virtual machine exists.");
    };
    if readiness::protector(world, machine).is_some() {
        return told(
            "VirtualMachineAlreadyProtected",
            "Virtual machine with same name and same resource group is already protected. Please select `Disable' choice above for backup and go to backup item corresponding to this VM in the vault",
            "Please do not enable protection again.",
        );
    }
    if vault.is_some_and(|vault| same_name(world, vault, machine)) {
        return told(
            "VirtualMachineAlreadyProtected",
            "Virtual machine with same name and same resource group is already protected. Please select `Disable' choice above for backup and go to backup item corresponding to this VM in the vault",
            "Choose another vault.",
        );
    }
    let asked = normalised_location(call.path.segment(1).unwrap_or_default());
    let elsewhere =
        body_json::text(body, &["location"]).map(normalised_location).is_some_and(|own| own != asked);
    let known = vault.is_none_or(|vault| State::of(world).vaults.contains_key(&key(vault)));
    if elsewhere || !known {
        // Azure's code is not written down.
        return told(
            "BMSUserErrorInvalidInput",
            "Input provided for the call is invalid",
            "Choose a vault in the region of the virtual machine.",
        );
    }
    None
}

/// Whether the vault has an item that protects another machine of this name, also one that was stopped: names hold no subscription.
fn same_name(world: &World, vault: &str, machine: &str) -> bool {
    let (_, item) = names(machine);
    let items = State::of(world).vaults.get(&key(vault)).into_iter().flat_map(|vault| vault.items.values());
    items
        .filter(|known| known.kind == Kind::Machine && key(&known.source) != key(machine))
        .any(|known| name_of(&known.id).eq_ignore_ascii_case(&item))
}

/// Only the basic sizes are told apart (official example).
fn features(call: &Call) -> Answer {
    let request = call.object()?;
    let size = body_json::text(request, &["vmSize"]).unwrap_or_default();
    let word = match body_json::text(request, &["featureType"]) {
        Some("AzureVMResourceBackup") if size.starts_with("Basic_") => "DefaultOFF",
        Some("AzureVMResourceBackup") => "Supported",
        Some(_) => "Invalid",
        None => return Err(invalid_input()),
    };
    Ok(Reply::ok(json!({ "supportStatus": word })))
}
