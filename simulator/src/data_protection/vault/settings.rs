//! Which settings a Backup vault may have, and which doors lead only one way.
//!
//! Source: REST reference of Microsoft.DataProtection and the vault's own documentation. Where Azure's code of a refusal is
//! not known, it arrives as invalid input that names the setting.

use super::deletion;
use serde_json::Value;

use crate::data_protection::Vault;
use crate::data_protection::user_error::UserError;
use crate::wire::{ArmError, Call, json as body_json};
use crate::world::World;

/// Refuses settings that no vault may have, or that this vault may not return to.
pub(crate) fn check(
    world: &mut World,
    call: &Call,
    existing: Option<&Vault>,
    request: &Value,
) -> Result<(), ArmError> {
    let problem = storage_problem(existing, request)
        .or_else(|| soft_delete_problem(call, existing, request))
        .or_else(|| one_way_problem(existing, request))
        .or_else(|| cross_region_problem(existing, request))
        .or_else(|| identity_problem(request));
    match problem {
        Some(problem) => {
            let activity = world.guid();
            Err(problem.refusal(&activity))
        }
        None => Ok(()),
    }
}

fn storage_problem(existing: Option<&Vault>, request: &Value) -> Option<UserError> {
    let settings = body_json::list(request, &["properties", "storageSettings"]);
    if existing.is_none() && settings.is_empty() {
        return Some(UserError::invalid_input("properties.storageSettings is required"));
    }
    let known = ["GeoRedundant", "LocallyRedundant", "ZoneRedundant"];
    for setting in settings {
        let redundancy = body_json::text(setting, &["type"]).unwrap_or_default();
        if !known.contains(&redundancy) {
            let detail = format!("storageSettings.type '{redundancy}' is none of {}", known.join(", "));
            return Some(UserError::invalid_input(detail));
        }
    }
    let before = existing.filter(|vault| !vault.instances.is_empty())?;
    let fixed = body_json::list(&before.body, &["properties", "storageSettings"]);
    let changed = !settings.is_empty() && redundancy(settings) != redundancy(fixed);
    changed.then(|| UserError::invalid_input("storageSettings cannot change once something is protected"))
}

/// The redundancy that storage settings ask for.
pub(crate) fn redundancy(settings: &[Value]) -> Option<&str> {
    settings.first().and_then(|setting| body_json::text(setting, &["type"]))
}

fn soft_delete_problem(call: &Call, existing: Option<&Vault>, request: &Value) -> Option<UserError> {
    let path = ["properties", "securitySettings", "softDeleteSettings"];
    let settings = body_json::reach(request, &path)?;
    let state = body_json::text(settings, &["state"]);
    if let Some(state) = state
        && !["Off", "On", "AlwaysOn"].contains(&state)
    {
        return Some(UserError::invalid_input(format!(
            "softDeleteSettings.state '{state}' is none of Off, On, AlwaysOn"
        )));
    }
    let days = body_json::member(settings, "retentionDurationInDays").and_then(Value::as_f64);
    // Without soft delete the days mean nothing; official examples send 0.
    if state != Some("Off") && days.is_some_and(|days| !(14.0..=180.0).contains(&days)) {
        return Some(UserError::invalid_input(
            "softDeleteSettings.retentionDurationInDays must lie between 14 and 180",
        ));
    }
    let before = existing.and_then(|vault| body_json::reach(&vault.body, &path));
    let was_always_on = before.and_then(|settings| body_json::text(settings, &["state"])) == Some("AlwaysOn");
    if was_always_on && matches!(state, Some("Off" | "On")) {
        let message = "Cannot disable soft delete once set to AlwaysOn";
        let action = "Keep the soft delete state AlwaysOn.";
        return Some(UserError::new("UserErrorDisableSoftDeleteNotAllowed", message, action));
    }
    enforced_problem(call, existing, state)
}

/// What api-versions from 2025-09-01 on demand (official, and field for the code of a new vault).
fn enforced_problem(call: &Call, existing: Option<&Vault>, state: Option<&str>) -> Option<UserError> {
    let state = state.filter(|_| call.api_version() >= deletion::SINCE)?;
    if existing.is_none() && state != "AlwaysOn" {
        let message = format!("A new vault cannot have the soft delete state {state}.");
        let action = "Set the soft delete state to AlwaysOn, or leave it out.";
        return Some(UserError::new("BMSUserErrorSoftDeleteStateNotSetToAlwaysON", message, action));
    }
    (state == "Off").then(|| {
        UserError::new(
            "BMSUserErrorDisablingSoftDeleteStateNotAllowed",
            "Disabling the soft delete state of the vault is not allowed.",
            "Leave soft delete on.",
        )
    })
}

/// A setting with the words that it knows, and those from which nothing leads back.
struct Door {
    path: &'static [&'static str],
    words: &'static [&'static str],
    shut: &'static str,
    /// Azure's code and text for whoever wants to go back, where they are recorded.
    refusal: Option<(&'static str, &'static str)>,
}

const DOORS: [Door; 4] = [
    Door {
        path: &["properties", "securitySettings", "immutabilitySettings", "state"],
        words: &["Disabled", "Unlocked", "Locked"],
        shut: "Locked",
        refusal: Some((
            "UserErrorUnsupportedVaultImmutabilityStateChange",
            "The immutable vault property for this vault is locked, hence, this setting cannot be disabled.",
        )),
    },
    Door {
        path: &["properties", "featureSettings", "crossSubscriptionRestoreSettings", "state"],
        words: &["Enabled", "Disabled", "PermanentlyDisabled"],
        shut: "PermanentlyDisabled",
        refusal: None,
    },
    Door {
        path: &["properties", "featureSettings", "crossRegionRestoreSettings", "state"],
        words: &["Enabled", "Disabled"],
        shut: "Enabled",
        refusal: Some((
            "UserErrorCrossRegionRestoreStateChangeNotAllowed",
            "CrossRegionRestore state cannot be changed from Enabled to Disabled.",
        )),
    },
    Door {
        path: &["properties", "securitySettings", "encryptionSettings", "state"],
        words: &["Enabled", "Disabled", "Inconsistent"],
        shut: "Enabled",
        refusal: None,
    },
];

fn one_way_problem(existing: Option<&Vault>, request: &Value) -> Option<UserError> {
    DOORS.iter().find_map(|door| {
        let wanted = body_json::text(request, door.path)?;
        let setting = door.path.get(door.path.len().saturating_sub(2)).copied().unwrap_or_default();
        if !door.words.contains(&wanted) {
            let words = door.words.join(", ");
            return Some(UserError::invalid_input(format!("{setting}.state '{wanted}' is none of {words}")));
        }
        let now = existing.and_then(|vault| body_json::text(&vault.body, door.path));
        (now == Some(door.shut) && wanted != door.shut).then(|| match door.refusal {
            Some((code, message)) => UserError::new(code, message, "Keep the setting as it is."),
            None => UserError::invalid_input(format!(
                "{setting}.state is {} and cannot become {wanted}",
                door.shut
            )),
        })
    })
}

/// Only geo-redundant vaults can be restored from in another region.
fn cross_region_problem(existing: Option<&Vault>, request: &Value) -> Option<UserError> {
    let path = ["properties", "featureSettings", "crossRegionRestoreSettings", "state"];
    if body_json::text(request, &path) != Some("Enabled") {
        return None;
    }
    let asked = body_json::list(request, &["properties", "storageSettings"]);
    let kept =
        existing.map_or(&[][..], |vault| body_json::list(&vault.body, &["properties", "storageSettings"]));
    let redundancy = redundancy(asked).or_else(|| redundancy(kept)).unwrap_or_default();
    (redundancy != "GeoRedundant").then(|| {
        UserError::invalid_input(format!(
            "crossRegionRestoreSettings.state is Enabled, which needs GeoRedundant storage, not {redundancy}"
        ))
    })
}

fn identity_problem(request: &Value) -> Option<UserError> {
    let kind = body_json::text(request, &["identity", "type"])?;
    let words: Vec<String> = kind.split(',').map(|word| word.trim().to_ascii_lowercase()).collect();
    let known = words.iter().all(|word| ["none", "systemassigned", "userassigned"].contains(&word.as_str()));
    if !known {
        return Some(UserError::invalid_input(format!("identity.type '{kind}' is unknown")));
    }
    let assigned =
        body_json::reach(request, &["identity", "userAssignedIdentities"]).and_then(Value::as_object);
    let none = assigned.is_none_or(serde_json::Map::is_empty);
    (words.iter().any(|word| word == "userassigned") && none)
        .then(|| UserError::invalid_input("identity.userAssignedIdentities names no identity"))
}
