//! Whether whoever holds the guard agrees.

use axum::http::StatusCode;
use serde_json::Value;

use super::operation::Operation;
use crate::authorization::permission;
use crate::data_protection::State;
use crate::data_protection::user_error::UserError;
use crate::wire::path::key;
use crate::wire::{ArmError, Call, json as body_json};
use crate::world::World;

/// The ids of requests that a body carries, as keys. A restore in the paired region carries them with what it asks for (official).
pub(super) fn given(request: &Value) -> Vec<String> {
    const NAME: &str = "resourceGuardOperationRequests";
    let paths: [&[&str]; 3] = [&[NAME], &["properties", NAME], &["restoreRequestObject", NAME]];
    let lists = paths.into_iter().flat_map(|path| body_json::list(request, path));
    lists.filter_map(Value::as_str).map(key).collect()
}

pub(super) fn missing() -> ArmError {
    let message = "ResourceGuard Operation requestid is either null or empty";
    let action = "Obtain the resource guard's request for this operation and send it along.";
    let error = UserError::new("UserErrorResourceGuardOperationRequestMissing", message, action);
    let mut refusal = error.refusal("00000000-0000-0000-0000-000000000000");
    refusal.status = StatusCode::FORBIDDEN;
    refusal
}

/// Whoever may read the guard may use its requests.
pub(super) fn permitted(world: &World, call: &Call, guard: &str) -> Result<(), ArmError> {
    permission::linked(world, call, guard)
}

/// Refuses `operation` on a guarded vault to whoever does not send the guard's request along, or has not unlocked it.
pub(crate) fn check(world: &World, call: &Call, vault: &str, operation: Operation) -> Result<(), ArmError> {
    let Some(found) = State::of(world).vaults.get(vault) else { return Ok(()) };
    let (now, target) = (world.now(), key(&call.path.id()));
    for proxy in found.proxies.values() {
        if excludes(world, &proxy.guard, operation) {
            continue;
        }
        let unlocked = proxy.unlocked.iter().any(|(resource, until)| *resource == target && *until > now);
        let asked = call.body.as_ref().map(given).unwrap_or_default();
        if !unlocked && !asked.contains(&key(&proxy.request(operation))) {
            return Err(missing());
        }
        permitted(world, call, &proxy.guard)?;
    }
    Ok(())
}

/// Whether the guard leaves an operation to the vault's own people.
fn excludes(world: &World, guard: &str, operation: Operation) -> bool {
    let Some(body) = world.arm.resources.get(&key(guard)) else { return false };
    let excluded = body_json::list(body, &["properties", "vaultCriticalOperationExclusionList"]);
    excluded.iter().filter_map(Value::as_str).any(|one| one.eq_ignore_ascii_case(&operation.critical()))
}

/// What of a vault's security a write would weaken.
pub(crate) fn weakened(before: &Value, wanted: &Value) -> Vec<Operation> {
    let security = |names: &[&'static str]| -> Vec<&'static str> {
        ["properties", "securitySettings"].into_iter().chain(names.iter().copied()).collect()
    };
    let rank = |of: &Value, path: &[&str], words: &[&str]| {
        let word = body_json::text(of, path)?;
        words.iter().position(|one| one.eq_ignore_ascii_case(word))
    };
    let falls = |names: &[&'static str], words: &[&str]| {
        let path = security(names);
        matches!((rank(before, &path, words), rank(wanted, &path, words)), (Some(now), Some(then)) if then < now)
    };
    let days = |of: &Value| {
        body_json::reach(of, &security(&["softDeleteSettings", "retentionDurationInDays"]))
            .and_then(Value::as_f64)
    };
    let shorter = matches!((days(before), days(wanted)), (Some(now), Some(then)) if then < now);
    let encryption = security(&["encryptionSettings"]);
    let reencrypted = body_json::reach(wanted, &encryption)
        .is_some_and(|wanted| body_json::reach(before, &encryption).is_some_and(|before| before != wanted));
    let found = [
        (
            falls(&["immutabilitySettings", "state"], &["Disabled", "Unlocked", "Locked"]),
            Operation::ReduceImmutability,
        ),
        (
            falls(&["softDeleteSettings", "state"], &["Off", "On", "AlwaysOn"]) || shorter,
            Operation::ReduceSoftDelete,
        ),
        (reencrypted, Operation::ModifyEncryption),
    ];
    found.into_iter().filter(|(weakens, _)| *weakens).map(|(_, operation)| operation).collect()
}
