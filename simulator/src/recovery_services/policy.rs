//! Backup policies: writing, reading, deleting. Policies of virtual machines, file shares and databases; others are refused by
//! name.

mod change;
mod check;
mod default;
mod lower;
mod normal;
mod problem;
mod retention;
mod schedule;
#[cfg(test)]
mod tests;
mod used;
mod workload;

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

pub(super) use change::{is_backward, is_vaulted};
pub(super) use default::all as defaults;
pub(super) use lower::keeps_less;
use problem::Problem;
pub(super) use retention::MONTHS;
pub(super) use schedule::hourly_section;
pub(super) use used::{archives, happens, named_by, recount};

use super::filter::Filter;
use super::item::is_immutable;
use super::refusal::refusal;
use super::{State, page, vault};
use crate::wire::path::name_of;
use crate::wire::{Answer, ArmError, Call, Reply, json as body_json};
use crate::world::World;

/// Type of a policy as answers spell it.
const TYPE: &str = "Microsoft.RecoveryServices/vaults/backupPolicies";

/// Names that policies may be filtered by (official).
const FILTERS: [&str; 3] = ["backupManagementType", "fabricName", "workloadType"];

/// `GET {vault}/backupPolicies`, with the filters `backupManagementType eq` and `workloadType eq`.
pub(super) fn list(world: &World, call: &Call) -> Answer {
    let vault = vault::named(world, &call.path)?;
    let filter = Filter::of(call, &FILTERS)?;
    let wanted = [
        ("backupManagementType", filter.get("backupManagementType")),
        ("workLoadType", filter.get("workloadType")),
    ];
    let kept = |policy: &Value| {
        wanted.iter().all(|(name, wanted)| {
            // Policies of virtual machines and shares do not say what they are for.
            let own = body_json::text(policy, &["properties", name]);
            wanted.is_none_or(|wanted| own.is_none_or(|own| own.eq_ignore_ascii_case(wanted)))
        })
    };
    let page = page::asked(call)?;
    let vault = State::of(world).vaults.get(&vault);
    let policies = vault.into_iter().flat_map(|vault| page.rest(&vault.policies));
    // Only a single read counts the items (recorded).
    let uncounted = |policy: &Value| {
        let mut policy = policy.clone();
        body_json::set(&mut policy, &["properties", "protectedItemsCount"], json!(0));
        policy
    };
    Ok(page.of(policies.filter(|(_, policy)| kept(policy)), uncounted))
}

/// Calls on `{vault}/backupPolicies/{name}`.
pub(super) fn handle(world: &mut World, call: &Call) -> Answer {
    let vault = vault::named(world, &call.path)?;
    let name = call.path.segment(3).unwrap_or_default();
    match call.method {
        Method::GET => {
            let found = State::of(world).vaults.get(&vault);
            let policy = found.and_then(|vault| vault.policies.get(&name.to_ascii_lowercase()));
            Ok(Reply::ok(policy.cloned().ok_or_else(|| not_found(name))?))
        }
        Method::PUT => {
            used::guarded(world, call, &vault, name)?;
            let properties = body_json::member(call.object()?, "properties").cloned().unwrap_or_default();
            let body = changed(world, &vault, name, &properties).map_err(|problem| {
                // Azure names no field; the log of the simulator does.
                tracing::info!(policy = name, %problem, "a backup policy was refused");
                problem.refusal()
            })?;
            match used::begun(world, call, &vault, &body) {
                Some(accepted) => Ok(accepted),
                None => Ok(Reply::ok(kept(world, &vault, body))),
            }
        }
        Method::DELETE => {
            used::unused(world, &vault, name)?;
            Ok(delete(world, &vault, name))
        }
        _ => Err(ArmError::method_not_allowed(&call.method)),
    }
}

/// The code of Azure is not known.
fn not_found(name: &str) -> ArmError {
    let message = format!("The backup policy '{name}' could not be found.");
    refusal(StatusCode::NOT_FOUND, "ResourceNotFound", &message)
}

/// Checks and keeps the policy with these properties, whatever there was before.
pub(super) fn create(
    world: &mut World,
    vault: &str,
    name: &str,
    properties: &Value,
) -> Result<Value, Problem> {
    let body = drafted(world, vault, name, properties)?;
    Ok(kept(world, vault, body))
}

/// The policy with these properties, if the vault takes it and the one that there was can become it.
fn changed(world: &World, vault: &str, name: &str, properties: &Value) -> Result<Value, Problem> {
    let body = drafted(world, vault, name, properties)?;
    let found = State::of(world).vaults.get(vault);
    let before = found.and_then(|vault| vault.policies.get(&name.to_ascii_lowercase()));
    if let Some(before) = before.and_then(|before| body_json::member(before, "properties")) {
        change::check(before, properties)?;
        if keeps_less(properties, before) && found.is_some_and(|vault| is_immutable(&vault.body)) {
            return Err(Problem::LowerRetention);
        }
    }
    Ok(body)
}

/// The policy with these properties, if the vault takes it.
fn drafted(world: &World, vault: &str, name: &str, properties: &Value) -> Result<Value, Problem> {
    check::check(properties)?;
    let limit = world.settings.policy_limit;
    let Some(found) = State::of(world).vaults.get(vault) else { return Ok(Value::Null) };
    if found.policies.len() >= limit && !found.policies.contains_key(&name.to_ascii_lowercase()) {
        return Err(Problem::TooMany(limit));
    }
    Ok(named(&found.id, name, normal::kept(properties)))
}

/// Keeps a policy, which as many items follow as before, and gives it.
fn kept(world: &mut World, vault: &str, mut body: Value) -> Value {
    let id = body_json::text(&body, &["id"]).unwrap_or_default().to_owned();
    let key = name_of(&id).to_ascii_lowercase();
    let Some(found) = State::of_mut(world).vaults.get_mut(vault) else { return body };
    if let Some(before) = found.policies.get(&key) {
        let items =
            body_json::reach(before, &["properties", "protectedItemsCount"]).cloned().unwrap_or_default();
        body_json::set(&mut body, &["properties", "protectedItemsCount"], items);
    }
    found.policies.insert(key, body.clone());
    world.touch(&id);
    body
}

fn named(vault: &str, name: &str, properties: Value) -> Value {
    json!({ "id": format!("{vault}/backupPolicies/{name}"), "name": name, "type": TYPE, "properties": properties })
}

/// 200 for what there was, 204 for what there was not; the service makes its own policies anew (documentation).
fn delete(world: &mut World, vault: &str, name: &str) -> Reply {
    let Some(found) = State::of_mut(world).vaults.get_mut(vault) else {
        return Reply::empty(StatusCode::NO_CONTENT);
    };
    let (id, key) = (found.id.clone(), name.to_ascii_lowercase());
    let existed = found.policies.remove(&key).is_some();
    world.touch(&format!("{id}/backupPolicies/{name}"));
    let anew = defaults(world, &id).remove(&key);
    if let (Some(policy), Some(found)) = (anew, State::of_mut(world).vaults.get_mut(vault)) {
        found.policies.insert(key, policy);
    }
    Reply::empty(if existed { StatusCode::OK } else { StatusCode::NO_CONTENT })
}
