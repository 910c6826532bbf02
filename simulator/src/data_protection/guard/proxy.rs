//! The ties of a vault to resource guards.

use axum::http::{Method, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::consent::{check, given, missing, permitted};
use super::operation::{OPERATIONS, Operation};
use crate::authorization::permission;
use crate::clock::precise;
use crate::data_protection::user_error::{UserError, generic_not_found};
use crate::data_protection::{State, vault};
use crate::wire::path::{key, name_of};
use crate::wire::{Answer, ArmError, Call, Reply, json as body_json};
use crate::world::World;

/// For how long a deletion stays unlocked.
const UNLOCK_SECONDS: f64 = 1800.0;

/// A vault's tie to a resource guard.
#[derive(Debug, Clone)]
pub(crate) struct Proxy {
    pub(super) id: String,
    pub(super) guard: String,
    updated: Timestamp,
    /// Deletions that are unlocked, by resource, and until when.
    pub(super) unlocked: Vec<(String, Timestamp)>,
}

impl Proxy {
    fn body(&self) -> Value {
        let detail = |operation: &Operation| json!({ "vaultCriticalOperation": operation.critical(), "defaultResourceRequest": self.request(*operation) });
        json!({
            "properties": {
                "resourceGuardResourceId": self.guard,
                "resourceGuardOperationDetails": OPERATIONS.iter().map(detail).collect::<Vec<_>>(),
                "lastUpdatedTime": precise(self.updated),
            },
            "id": self.id,
            "name": name_of(&self.id),
            "type": "Microsoft.DataProtection/vaults/backupResourceGuardProxies",
        })
    }

    pub(super) fn request(&self, operation: Operation) -> String {
        format!("{}/{}/default", self.guard, operation.words().1)
    }
}

/// Calls on `{vault}/backupResourceGuardProxies`.
pub(crate) fn proxies(world: &mut World, call: &Call) -> Answer {
    let vault = vault::named(world, &call.path)?;
    let Some(found) = State::of(world).vaults.get(&vault) else { return Err(generic_not_found()) };
    let name = call.path.segment(3).unwrap_or_default();
    let proxy = found.proxies.get(&name.to_ascii_lowercase()).cloned();
    match (&call.method, call.path.rest.len()) {
        (&Method::GET, 3) => Ok(Reply::list(found.proxies.values().map(Proxy::body).collect())),
        (&Method::GET, 4) => Ok(Reply::ok(proxy.ok_or_else(generic_not_found)?.body())),
        (&Method::PUT, 4) => tie(world, call, &vault, name),
        (&Method::DELETE, 4) if proxy.is_none() => Ok(Reply::empty(StatusCode::NO_CONTENT)),
        (&Method::DELETE, 4) => {
            check(world, call, &vault, Operation::DeleteProxy)?;
            untie(world, &vault, name);
            Ok(Reply::ok(json!({})))
        }
        (&Method::POST, 5) if call.path.is(4, "unlockDelete") => {
            proxy.ok_or_else(generic_not_found)?;
            unlock(world, call, &vault, name)
        }
        _ => Err(ArmError::method_not_allowed(&call.method)),
    }
}

fn tie(world: &mut World, call: &Call, vault: &str, name: &str) -> Answer {
    let guard = body_json::text(call.object()?, &["properties", "resourceGuardResourceId"])
        .unwrap_or_default()
        .to_owned();
    if !world.arm.resources.contains_key(&key(&guard)) {
        let activity = world.guid();
        let detail = format!("there is no resource guard '{guard}'");
        return Err(UserError::invalid_input(detail).refusal(&activity));
    }
    permission::linked(world, call, &guard)?;
    let now = world.now();
    let Some(found) = State::of_mut(world).vaults.get_mut(vault) else { return Err(generic_not_found()) };
    let id = format!("{}/backupResourceGuardProxies/{name}", found.id);
    let proxy = Proxy { id, guard, updated: now, unlocked: Vec::new() };
    let body = proxy.body();
    found.proxies.insert(name.to_ascii_lowercase(), proxy);
    body_json::set(&mut found.body, &["properties", "isVaultProtectedByResourceGuard"], json!(true));
    Ok(Reply::ok(body))
}

fn untie(world: &mut World, vault: &str, name: &str) {
    let Some(found) = State::of_mut(world).vaults.get_mut(vault) else { return };
    found.proxies.remove(&name.to_ascii_lowercase());
    let guarded = !found.proxies.is_empty();
    body_json::set(&mut found.body, &["properties", "isVaultProtectedByResourceGuard"], json!(guarded));
}

/// `POST {proxy}/unlockDelete`: half an hour in which something may be deleted.
fn unlock(world: &mut World, call: &Call, vault: &str, name: &str) -> Answer {
    let request = call.object()?;
    let asked: Vec<String> = given(request);
    let until = world.after(UNLOCK_SECONDS);
    let resource = body_json::text(request, &["resourceToBeDeleted"]).map(key);
    let name = name.to_ascii_lowercase();
    let found = State::of(world).vaults.get(vault).and_then(|vault| vault.proxies.get(&name));
    let Some(proxy) = found else { return Err(generic_not_found()) };
    let deletions = [Operation::DeleteInstance, Operation::DeleteProxy];
    if !deletions.iter().any(|operation| asked.contains(&key(&proxy.request(*operation)))) {
        return Err(missing());
    }
    permitted(world, call, &proxy.guard)?;
    let resource = resource.unwrap_or_else(|| key(&proxy.id));
    let vault = State::of_mut(world).vaults.get_mut(vault);
    if let Some(proxy) = vault.and_then(|vault| vault.proxies.get_mut(&name)) {
        proxy.unlocked.push((resource, until));
    }
    Ok(Reply::ok(json!({ "unlockDeleteExpiryTime": precise(until) })))
}
