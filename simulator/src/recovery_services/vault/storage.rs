//! `{vault}/backupstorageconfig/vaultstorageconfig`: redundancy, as the older way of setting it shows it (official).

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Vault, below, named};
use crate::recovery_services::State;
use crate::recovery_services::refusal::bad_request;
use crate::wire::{Answer, ArmError, Call, Reply, json as body_json};
use crate::world::World;

const REDUNDANCY: [&str; 3] = ["properties", "redundancySettings", "standardTierStorageRedundancy"];
const CROSS_REGION: [&str; 3] = ["properties", "redundancySettings", "crossRegionRestore"];

/// `GET`, `PUT`, and `PATCH`, which answers without a body.
pub(in crate::recovery_services) fn handle(world: &mut World, call: &Call) -> Answer {
    let vault = named(world, &call.path)?;
    match call.method {
        Method::GET => {}
        Method::PUT => change(world, call, &vault)?,
        Method::PATCH => {
            change(world, call, &vault)?;
            return Ok(Reply::empty(StatusCode::NO_CONTENT));
        }
        _ => return Err(ArmError::method_not_allowed(&call.method)),
    }
    Ok(Reply::ok(State::of(world).vaults.get(&vault).map(shown).unwrap_or_default()))
}

fn shown(vault: &Vault) -> Value {
    let redundancy = body_json::text(&vault.body, &REDUNDANCY);
    // Locked by the first item (documentation).
    let state = if vault.containers.is_empty() { "Unlocked" } else { "Locked" };
    let mut properties =
        json!({ "storageModelType": redundancy, "storageType": redundancy, "storageTypeState": state });
    if body_json::text(&vault.body, &CROSS_REGION) == Some("Enabled") {
        body_json::set(&mut properties, &["crossRegionRestoreFlag"], json!(true));
    }
    below(vault, "backupstorageconfig", "vaultstorageconfig", properties)
}

fn change(world: &mut World, call: &Call, vault: &str) -> Result<(), ArmError> {
    let request = call.object()?;
    let Some(found) = State::of_mut(world).vaults.get_mut(vault) else { return Ok(()) };
    if found.redundancy_by_vault {
        let message = "The redundancy of the vault was set through the vault; use the same way to change it.";
        return Err(bad_request("BMSUserErrorRedundancySettingsUseVaultApi", message));
    }
    let asked = |name: &str| body_json::reach(request, &["properties", name]);
    let kind = asked("storageType").or_else(|| asked("storageModelType"));
    let known = ["GeoRedundant", "LocallyRedundant", "ZoneRedundant"];
    if kind.is_some_and(|kind| !kind.as_str().is_some_and(|kind| known.contains(&kind))) {
        return Err(invalid());
    }
    let flag = asked("crossRegionRestoreFlag").and_then(Value::as_bool);
    let was_on = body_json::text(&found.body, &CROSS_REGION) == Some("Enabled");
    let on = flag.unwrap_or(was_on);
    let kept = body_json::text(&found.body, &REDUNDANCY).unwrap_or_default();
    let redundancy = kind.and_then(Value::as_str).unwrap_or(kept).to_owned();
    // Cross-region restore needs geo-redundancy, and stays on.
    if (on && redundancy != "GeoRedundant") || (was_on && !on) {
        return Err(invalid());
    }
    body_json::set(&mut found.body, &REDUNDANCY, json!(redundancy));
    body_json::set(&mut found.body, &CROSS_REGION, json!(if on { "Enabled" } else { "Disabled" }));
    Ok(())
}

fn invalid() -> ArmError {
    bad_request("BMSUserErrorInvalidInput", "Input provided for the call is invalid")
}
