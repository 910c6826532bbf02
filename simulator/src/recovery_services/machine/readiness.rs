//! Whether a virtual machine can be protected by a vault, and be backed up now.

use serde_json::Value;

use crate::recovery_services::State;
use crate::recovery_services::item::Item;
use crate::recovery_services::kind::Kind;
use crate::recovery_services::refusal::invalid_input;
use crate::recovery_services::trouble::Trouble;
use crate::wire::call::normalised_location;
use crate::wire::path::{key, subscription_of};
use crate::wire::{ArmError, json as body_json};
use crate::world::World;

/// Refuses at once a machine of another region, or of another subscription where that is not allowed (documentation; the code is
/// the general one).
pub(in crate::recovery_services) fn admitted(
    world: &World,
    vault: &str,
    machine: &str,
) -> Result<(), ArmError> {
    let Some(found) = State::of(world).vaults.get(vault) else { return Err(invalid_input()) };
    let same_subscription = subscription_of(machine).map(str::to_ascii_lowercase)
        == subscription_of(vault).map(str::to_ascii_lowercase);
    if !same_subscription && !world.settings.machines_of_other_subscriptions {
        return Err(invalid_input());
    }
    let region = |body: &Value| body_json::text(body, &["location"]).map(normalised_location);
    match world.arm.resources.get(&key(machine)) {
        Some(body) if region(body) != region(&found.body) => Err(invalid_input()),
        Some(_) | None => Ok(()),
    }
}

/// What stands in the way of protecting it, as the service finds out only when it looks.
pub(in crate::recovery_services) fn trouble(world: &World, vault: &str, machine: &str) -> Option<Trouble> {
    if !world.arm.resources.contains_key(&key(machine)) {
        return Some(Trouble::named("UserErrorVmNotFoundV2"));
    }
    protector(world, machine)
        .filter(|(other, _)| other != vault)
        .map(|_| Trouble::named("VirtualMachineAlreadyProtected"))
}

/// The vault and the item by which backups of a machine are made.
pub(in crate::recovery_services) fn protector(world: &World, machine: &str) -> Option<(String, String)> {
    let wanted = key(machine);
    State::of(world).vaults.iter().find_map(|(vault, found)| {
        let own =
            |item: &&Item| item.kind == Kind::Machine && key(&item.source) == wanted && item.state.is_on();
        found.items.about(machine).find(own).map(|item| (vault.clone(), item.key()))
    })
}

/// What stands in the way of a backup (documentation: the code of the agent; recorded: that of a machine that is gone).
pub(in crate::recovery_services) fn obstacle(world: &World, machine: &str) -> Option<Trouble> {
    let Some(body) = world.arm.resources.get(&key(machine)) else {
        return Some(Trouble::named("UserErrorVmNotFoundV2"));
    };
    (is_running(body) && !has_agent(body)).then(|| Trouble::named("UserErrorGuestAgentStatusUnavailable"))
}

/// Whether its power is on, as far as its body says; a machine that is off is backed up without its agent.
pub(in crate::recovery_services) fn is_running(machine: &Value) -> bool {
    let statuses = body_json::list(machine, &["properties", "instanceView", "statuses"]);
    let codes = statuses.iter().filter_map(|status| body_json::text(status, &["code"]));
    !codes.into_iter().any(|code| ["PowerState/deallocated", "PowerState/stopped"].contains(&code))
}

/// Whether the agent is in the machine: it is, unless the machine was made without.
pub(in crate::recovery_services) fn has_agent(machine: &Value) -> bool {
    let profile = ["properties", "osProfile"];
    let off = |names: &[&str]| {
        let path: Vec<&str> = profile.iter().chain(names).copied().collect();
        body_json::reach(machine, &path).and_then(Value::as_bool) == Some(false)
    };
    !off(&["windowsConfiguration", "provisionVMAgent"])
        && !off(&["linuxConfiguration", "provisionVMAgent"])
        && !off(&["allowExtensionOperations"])
}
