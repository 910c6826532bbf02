//! What the settings of a vault may be, and from what they may become it.

use serde_json::Value;

use crate::recovery_services::refusal::{bad_request, invalid_parameter};
use crate::wire::path::{key, name_of};
use crate::wire::{ArmError, json as body_json};

const SOFT_DELETE: [&str; 4] = ["properties", "securitySettings", "softDeleteSettings", "softDeleteState"];
const RETENTION: [&str; 4] =
    ["properties", "securitySettings", "softDeleteSettings", "softDeleteRetentionPeriodInDays"];
const IMMUTABILITY: [&str; 4] = ["properties", "securitySettings", "immutabilitySettings", "state"];
const REDUNDANCY: [&str; 3] = ["properties", "redundancySettings", "standardTierStorageRedundancy"];
const CROSS_REGION: [&str; 3] = ["properties", "redundancySettings", "crossRegionRestore"];

/// Settings that are words, and the words that each knows (official).
const WORDS: [(&[&str], &[&str]); 7] = [
    (&SOFT_DELETE, &["Enabled", "Disabled", "AlwaysON"]),
    (&IMMUTABILITY, &["Disabled", "Unlocked", "Locked"]),
    (&REDUNDANCY, &["GeoRedundant", "LocallyRedundant", "ZoneRedundant"]),
    (&CROSS_REGION, &["Enabled", "Disabled"]),
    (&["properties", "publicNetworkAccess"], &["Enabled", "Disabled"]),
    (&["sku", "name"], &["Standard", "RS0"]),
    (&["identity", "type"], &["SystemAssigned", "UserAssigned", "SystemAssigned, UserAssigned", "None"]),
];

/// Refuses a request that the vault `id` cannot become. `always_on`: whether soft delete cannot be switched off.
pub(super) fn check(
    id: &str,
    existing: Option<&Value>,
    request: &Value,
    always_on: bool,
) -> Result<(), ArmError> {
    well_named(name_of(id))?;
    for (path, words) in WORDS {
        let Some(found) = body_json::reach(request, path) else { continue };
        let known = |word: &str| words.iter().any(|one| one.replace(' ', "").eq_ignore_ascii_case(word));
        if !found.as_str().is_some_and(|word| known(&word.replace(' ', ""))) {
            return Err(invalid_parameter(path.get(1).or(path.first()).copied().unwrap_or_default()));
        }
    }
    soft_delete(existing, request, always_on)?;
    immutability(existing, request)?;
    redundancy(existing, request)?;
    key_identity(existing, request)
}

fn well_named(name: &str) -> Result<(), ArmError> {
    let letters = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
    let begins = name.starts_with(|letter: char| letter.is_ascii_alphabetic());
    if (2..=50).contains(&name.len()) && begins && name.chars().all(letters) {
        return Ok(());
    }
    Err(invalid_parameter("name"))
}

/// A word of soft delete as the service spells it, whatever a caller does: azure-cli sends `AlwaysOn`.
pub(super) fn soft_delete_word(word: &str) -> &str {
    let known =
        ["Enabled", "Disabled", "AlwaysON"].into_iter().find(|known| known.eq_ignore_ascii_case(word));
    known.unwrap_or(word)
}

/// Codes: field. What was always on stays so.
pub(super) fn soft_delete_change(
    before: Option<&str>,
    wanted: &str,
    always_on: bool,
) -> Result<(), ArmError> {
    if wanted == "Disabled" && (always_on && before.is_some() || before == Some("AlwaysON")) {
        let message = "Disabling the soft delete state of the vault is not allowed.";
        return Err(bad_request("BMSUserErrorDisablingSoftDeleteStateNotAllowed", message));
    }
    let must = before == Some("AlwaysON") || (before.is_none() && always_on);
    if must && wanted != "AlwaysON" {
        let message = "The soft delete state of the vault must be AlwaysON.";
        return Err(bad_request("BMSUserErrorSoftDeleteStateNotSetToAlwaysON", message));
    }
    Ok(())
}

fn soft_delete(existing: Option<&Value>, request: &Value, always_on: bool) -> Result<(), ArmError> {
    let days = body_json::reach(request, &RETENTION);
    if days.is_some_and(|days| !days.as_u64().is_some_and(|days| (14..=180).contains(&days))) {
        return Err(invalid_parameter("softDeleteRetentionPeriodInDays"));
    }
    let before = existing.and_then(|body| body_json::text(body, &SOFT_DELETE));
    match body_json::text(request, &SOFT_DELETE).map(soft_delete_word) {
        Some(wanted) => soft_delete_change(before, wanted, always_on),
        None => Ok(()),
    }
}

/// Disabled and Unlocked lead to each other, only Unlocked to Locked, and Locked nowhere (field).
fn immutability(existing: Option<&Value>, request: &Value) -> Result<(), ArmError> {
    let Some(wanted) = body_json::text(request, &IMMUTABILITY) else { return Ok(()) };
    let before = existing.and_then(|body| body_json::text(body, &IMMUTABILITY)).unwrap_or("Disabled");
    let allowed = match (before, wanted) {
        ("Locked", wanted) => wanted == "Locked",
        (before, "Locked") => before == "Unlocked",
        _ => true,
    };
    if allowed {
        return Ok(());
    }
    let message = format!("The immutability state of the vault cannot change from {before} to {wanted}.");
    Err(bad_request("UserErrorUnsupportedVaultImmutabilityStateChange", &message))
}

/// Cross-region restore needs geo-redundancy, and stays on.
fn redundancy(existing: Option<&Value>, request: &Value) -> Result<(), ArmError> {
    let now = |path: &[&str], default: &'static str| {
        let kept = existing.and_then(|body| body_json::text(body, path));
        body_json::text(request, path).or(kept).unwrap_or(default).to_owned()
    };
    let was_on = existing.and_then(|body| body_json::text(body, &CROSS_REGION)) == Some("Enabled");
    let on = now(&CROSS_REGION, "Disabled") == "Enabled";
    if (on && now(&REDUNDANCY, "GeoRedundant") != "GeoRedundant") || (was_on && !on) {
        return Err(invalid_parameter("redundancySettings"));
    }
    Ok(())
}

/// The identity that reaches the key must be one of the vault's (field: the code).
fn key_identity(existing: Option<&Value>, request: &Value) -> Result<(), ArmError> {
    let path = ["properties", "encryption", "kekIdentity"];
    let Some(identity) = body_json::reach(request, &path) else { return Ok(()) };
    let own = |path: &[&str]| {
        let kept = || existing.and_then(|body| body_json::reach(body, path));
        body_json::reach(request, path).or_else(kept)
    };
    let by_system = body_json::member(identity, "useSystemAssignedIdentity");
    let known = match body_json::text(identity, &["userAssignedIdentity"]) {
        Some(wanted) => {
            let assigned = own(&["identity", "userAssignedIdentities"]).and_then(Value::as_object);
            assigned.is_some_and(|assigned| assigned.keys().any(|id| key(id) == key(wanted)))
        }
        None if by_system.and_then(Value::as_bool) == Some(true) => {
            let kind = own(&["identity", "type"]).and_then(Value::as_str).unwrap_or_default();
            kind.to_ascii_lowercase().contains("systemassigned")
        }
        None => false,
    };
    if known { Ok(()) } else { Err(invalid_parameter("encryption")) }
}
