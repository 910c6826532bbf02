//! Resource guards of these vaults: whoever holds one must agree before what it guards is done (official: proxies and requests;
//! documentation: what is guarded. Azure's code for a missing request is not written down).

use axum::http::{Method, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::refusal::{invalid_input, refusal};
use super::{State, vault};
use crate::authorization::permission;
use crate::clock::precise;
use crate::wire::path::key;
use crate::wire::{Answer, ArmError, Call, Reply, json as body_json};
use crate::world::World;

/// A vault has one proxy, which always has this name.
const NAME: &str = "VaultProxy";

/// For how long a deletion stays unlocked.
const UNLOCK_SECONDS: f64 = 1800.0;

/// What a guard guards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Guarded {
    DeleteItem,
    ChangeItem,
    StopItem,
    ChangePolicy,
    DeleteProxy,
    WeakenSoftDelete,
    Restore,
}

const ALL: [Guarded; 7] = [
    Guarded::DeleteItem,
    Guarded::ChangeItem,
    Guarded::StopItem,
    Guarded::ChangePolicy,
    Guarded::DeleteProxy,
    Guarded::WeakenSoftDelete,
    Guarded::Restore,
];

impl Guarded {
    /// The operation below `Microsoft.RecoveryServices/vaults/`, and the type of its request.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::DeleteItem => {
                ("backupFabrics/protectionContainers/protectedItems/delete", "deleteProtectedItemRequests")
            }
            Self::ChangeItem => {
                ("backupFabrics/protectionContainers/protectedItems/write", "updateProtectedItemRequests")
            }
            Self::StopItem => (
                "backupFabrics/protectionContainers/protectedItems/write#stopProtectionWithRetainData",
                "stopProtectionWithRetainDataRequests",
            ),
            Self::ChangePolicy => ("backupPolicies/write", "updateProtectionPolicyRequests"),
            Self::DeleteProxy => ("backupResourceGuardProxies/delete", "deleteResourceGuardProxyRequests"),
            Self::WeakenSoftDelete => ("backupconfig/write", "disableSoftDeleteRequests"),
            Self::Restore => (
                "backupFabrics/protectionContainers/protectedItems/recoveryPoints/restore/action",
                "triggerRestoreRequests",
            ),
        }
    }

    fn critical(self) -> String {
        format!("Microsoft.RecoveryServices/vaults/{}", self.words().0)
    }
}

/// A vault's tie to a resource guard.
#[derive(Debug, Clone)]
pub(super) struct Proxy {
    guard: String,
    updated: Timestamp,
    /// What may be deleted until when.
    unlocked: Vec<(String, Timestamp)>,
}

impl Proxy {
    fn request(&self, guarded: Guarded) -> String {
        format!("{}/{}/default", self.guard, guarded.words().1)
    }

    fn body(&self, world: &World, vault: &str) -> Value {
        let guarded = ALL.into_iter().filter(|one| !excludes(world, &self.guard, *one));
        let detail = |one: Guarded| json!({ "vaultCriticalOperation": one.critical(), "defaultResourceRequest": self.request(one) });
        json!({
            "id": format!("{vault}/backupResourceGuardProxies/{NAME}"),
            "name": NAME,
            "type": "Microsoft.RecoveryServices/vaults/backupResourceGuardProxies",
            "properties": {
                "resourceGuardResourceId": self.guard,
                "resourceGuardOperationDetails": guarded.map(detail).collect::<Vec<_>>(),
                "lastUpdatedTime": precise(self.updated),
            },
        })
    }
}

/// Whether the guard leaves an operation to the vault's own people.
fn excludes(world: &World, guard: &str, guarded: Guarded) -> bool {
    let Some(body) = world.arm.resources.get(&key(guard)) else { return false };
    let excluded = body_json::list(body, &["properties", "vaultCriticalOperationExclusionList"]);
    excluded.iter().filter_map(Value::as_str).any(|one| one.eq_ignore_ascii_case(&guarded.critical()))
}

/// Refuses what is guarded to whoever does not send the guard's request along, may not read the guard, or has not unlocked it.
pub(super) fn check(world: &World, call: &Call, vault: &str, guarded: Guarded) -> Result<(), ArmError> {
    let Some(proxy) = State::of(world).vaults.get(vault).and_then(|vault| vault.proxy.as_ref()) else {
        return Ok(());
    };
    if excludes(world, &proxy.guard, guarded) {
        return Ok(());
    }
    let (now, target) = (world.now(), key(&call.path.id()));
    let unlocked = proxy.unlocked.iter().any(|(resource, until)| *resource == target && *until > now);
    if !unlocked && !given(call).contains(&key(&proxy.request(guarded))) {
        return Err(missing());
    }
    permission::linked(world, call, &proxy.guard)
}

/// The ids of requests that a body carries, as keys.
fn given(call: &Call) -> Vec<String> {
    let paths: [&[&str]; 2] =
        [&["resourceGuardOperationRequests"], &["properties", "resourceGuardOperationRequests"]];
    let lists = call.body.iter().flat_map(|body| paths.map(|path| body_json::list(body, path)));
    lists.flatten().filter_map(Value::as_str).map(key).collect()
}

fn missing() -> ArmError {
    let message = "ResourceGuard Operation requestid is either null or empty";
    refusal(StatusCode::FORBIDDEN, "UserErrorResourceGuardOperationRequestMissing", message)
}

fn no_proxy() -> ArmError {
    refusal(StatusCode::NOT_FOUND, "ResourceNotFound", "The resource guard proxy could not be found.")
}

/// Calls on `{vault}/backupResourceGuardProxies`.
pub(super) fn handle(world: &mut World, call: &Call) -> Answer {
    let vault = vault::named(world, &call.path)?;
    let Some(found) = State::of(world).vaults.get(&vault) else { return Err(no_proxy()) };
    let own = call.path.rest.len() == 3 || call.path.is(3, NAME);
    let body = found.proxy.as_ref().filter(|_| own).map(|proxy| proxy.body(world, &found.id));
    match (&call.method, call.path.rest.len()) {
        (&Method::GET, 3) => Ok(Reply::list(body.into_iter().collect())),
        (&Method::GET, 4) => body.map(Reply::ok).ok_or_else(no_proxy),
        (&Method::PUT, 4) if own => tie(world, call, &vault),
        (&Method::DELETE, 4) if body.is_none() => Ok(Reply::empty(StatusCode::NO_CONTENT)),
        (&Method::DELETE, 4) => {
            check(world, call, &vault, Guarded::DeleteProxy)?;
            if let Some(found) = State::of_mut(world).vaults.get_mut(&vault) {
                found.proxy = None;
            }
            Ok(Reply::empty(StatusCode::OK))
        }
        (&Method::POST, 5) if call.path.is(4, "unlockDelete") && body.is_some() => {
            unlock(world, call, &vault)
        }
        _ => Err(ArmError::method_not_allowed(&call.method)),
    }
}

fn tie(world: &mut World, call: &Call, vault: &str) -> Answer {
    let guard = body_json::text(call.object()?, &["properties", "resourceGuardResourceId"])
        .ok_or_else(invalid_input)?
        .to_owned();
    if !world.arm.resources.contains_key(&key(&guard)) {
        return Err(invalid_input());
    }
    permission::linked(world, call, &guard)?;
    let proxy = Proxy { guard, updated: world.now(), unlocked: Vec::new() };
    let id = State::of(world).vaults.get(vault).map(|vault| vault.id.clone()).unwrap_or_default();
    let body = proxy.body(world, &id);
    if let Some(found) = State::of_mut(world).vaults.get_mut(vault) {
        found.proxy = Some(proxy);
    }
    Ok(Reply::ok(body))
}

/// `POST .../VaultProxy/unlockDelete`: what is named may be deleted for a while.
fn unlock(world: &mut World, call: &Call, vault: &str) -> Answer {
    let target =
        body_json::text(call.object()?, &["resourceToBeDeleted"]).ok_or_else(invalid_input)?.to_owned();
    let asked = given(call);
    let until = world.after(UNLOCK_SECONDS);
    let proxy =
        State::of(world).vaults.get(vault).and_then(|vault| vault.proxy.clone()).ok_or_else(no_proxy)?;
    let fits = [Guarded::DeleteItem, Guarded::DeleteProxy]
        .iter()
        .any(|one| asked.contains(&key(&proxy.request(*one))));
    if !fits {
        return Err(missing());
    }
    permission::linked(world, call, &proxy.guard)?;
    let found = State::of_mut(world).vaults.get_mut(vault).and_then(|vault| vault.proxy.as_mut());
    if let Some(proxy) = found {
        proxy.unlocked.push((key(&target), until));
    }
    Ok(Reply::ok(json!({ "unlockDeleteExpiryTime": precise(until) })))
}
