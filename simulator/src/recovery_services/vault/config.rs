//! `{vault}/backupconfig/vaultconfig`: soft delete, as the older way of setting it shows it.

use axum::http::Method;
use serde_json::{Value, json};

use super::settings::soft_delete_change;
use super::{Vault, below, is_always_on, named};
use crate::recovery_services::State;
use crate::recovery_services::guard::{self, Guarded};
use crate::recovery_services::refusal::bad_request;
use crate::wire::{Answer, ArmError, Call, Reply, json as body_json};
use crate::world::World;

const SETTINGS: [&str; 3] = ["properties", "securitySettings", "softDeleteSettings"];

/// From this api-version on the retention of what was deleted is shown.
const RETENTION_SINCE: &str = "2023-01-01";

/// `GET`, `PUT` and `PATCH`.
pub(in crate::recovery_services) fn handle(world: &mut World, call: &Call) -> Answer {
    let vault = named(world, &call.path)?;
    match call.method {
        Method::GET => {}
        Method::PUT | Method::PATCH => change(world, call, &vault)?,
        _ => return Err(ArmError::method_not_allowed(&call.method)),
    }
    let found = State::of(world).vaults.get(&vault);
    Ok(Reply::ok(found.map(|vault| shown(vault, call.api_version())).unwrap_or_default()))
}

fn shown(vault: &Vault, api_version: &str) -> Value {
    let settings = body_json::reach(&vault.body, &SETTINGS).cloned().unwrap_or_default();
    let member = |name: &str| body_json::member(&settings, name).cloned().unwrap_or_default();
    let mut properties = json!({
        "enhancedSecurityState": member("enhancedSecurityState"),
        "softDeleteFeatureState": member("softDeleteState"),
        "isSoftDeleteFeatureStateEditable": member("softDeleteState") != "AlwaysON",
    });
    if api_version >= RETENTION_SINCE {
        let days = member("softDeleteRetentionPeriodInDays");
        body_json::set(&mut properties, &["softDeleteRetentionPeriodInDays"], days);
    }
    below(vault, "backupconfig", "vaultconfig", properties)
}

fn change(world: &mut World, call: &Call, vault: &str) -> Result<(), ArmError> {
    let request = call.object()?;
    let always_on = is_always_on(world, call);
    if body_json::text(request, &["properties", "softDeleteFeatureState"]) == Some("Disabled") {
        guard::check(world, call, vault, Guarded::WeakenSoftDelete)?;
    }
    let Some(found) = State::of_mut(world).vaults.get_mut(vault) else { return Ok(()) };
    let before = body_json::reach(&found.body, &SETTINGS).cloned().unwrap_or_default();
    let mut settings = before.clone();
    let parts: [(&str, &str, &[&str]); 2] = [
        ("softDeleteFeatureState", "softDeleteState", &["Enabled", "Disabled", "AlwaysON"]),
        ("enhancedSecurityState", "enhancedSecurityState", &["Enabled", "Disabled", "AlwaysON"]),
    ];
    for (asked, kept, words) in parts {
        let Some(word) = body_json::reach(request, &["properties", asked]) else { continue };
        let Some(word) = word.as_str().filter(|word| words.contains(word)) else { return Err(invalid()) };
        if kept == "softDeleteState" {
            soft_delete_change(body_json::text(&before, &[kept]), word, always_on)?;
        }
        body_json::set(&mut settings, &[kept], json!(word));
    }
    if let Some(days) = body_json::reach(request, &["properties", "softDeleteRetentionPeriodInDays"]) {
        let fits = days.as_u64().is_some_and(|days| (14..=180).contains(&days));
        if !fits {
            return Err(invalid());
        }
        body_json::set(&mut settings, &["softDeleteRetentionPeriodInDays"], days.clone());
    }
    body_json::set(&mut found.body, &SETTINGS, settings);
    Ok(())
}

fn invalid() -> ArmError {
    bad_request("BMSUserErrorInvalidInput", "Input provided for the call is invalid")
}
