//! Resource guards: who holds one must agree before what it guards is done to a vault.
//!
//! Operations, request types and their order follow recorded traffic (api-version 2024-04-01). Azure's code for a missing
//! request is not documented; its text is ("ResourceGuard Operation requestid is either null or empty").

use axum::http::{Method, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::State;
use super::user_error::{UserError, generic_not_found};
use super::{NAMESPACE, vault};
use crate::authorization::permission;
use crate::clock::precise;
use crate::wire::path::{key, name_of, within};
use crate::wire::{Answer, ArmError, Call, Reply, json as body_json};
use crate::world::World;

/// For how long a deletion stays unlocked.
const UNLOCK_SECONDS: f64 = 1800.0;

/// What a guard guards on Recovery Services vaults, with the type of the request: shown only.
const ON_RECOVERY_SERVICES: [(&str, &str); 9] = [
    ("backupFabrics/protectionContainers/protectedItems/delete", "deleteProtectedItemRequests"),
    ("backupFabrics/protectionContainers/protectedItems/write", "updateProtectedItemRequests"),
    ("backupPolicies/write", "updateProtectionPolicyRequests"),
    ("backupResourceGuardProxies/delete", "deleteResourceGuardProxyRequests"),
    ("backupSecurityPIN/action", "getBackupSecurityPINRequests"),
    ("backupconfig/write", "disableSoftDeleteRequests"),
    (
        "backupFabrics/protectionContainers/protectedItems/write#stopProtectionWithRetainData",
        "stopProtectionWithRetainDataRequests",
    ),
    ("write#reduceImmutabilityState", "reduceImmutabilityStateRequests"),
    (
        "backupFabrics/protectionContainers/protectedItems/recoveryPoints/restore/action",
        "triggerRestoreRequests",
    ),
];

/// What a guard guards on Backup vaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    DeleteInstance,
    DeleteProxy,
    ReduceImmutability,
    ReduceSoftDelete,
    ModifyEncryption,
    StopProtection,
    SuspendBackups,
    ModifyPolicy,
    Restore,
}

const OPERATIONS: [Operation; 9] = [
    Operation::DeleteInstance,
    Operation::DeleteProxy,
    Operation::ReduceImmutability,
    Operation::ReduceSoftDelete,
    Operation::ModifyEncryption,
    Operation::StopProtection,
    Operation::SuspendBackups,
    Operation::ModifyPolicy,
    Operation::Restore,
];

impl Operation {
    /// The operation below `Microsoft.DataProtection/backupVaults/`, and the type of its request.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::DeleteInstance => ("backupInstances/delete", "deleteBackupInstanceRequests"),
            Self::DeleteProxy => ("backupResourceGuardProxies/delete", "deleteResourceGuardProxyRequests"),
            Self::ReduceImmutability => {
                ("write#reduceImmutabilityState", "dppReduceImmutabilityStateRequests")
            }
            Self::ReduceSoftDelete => {
                ("write#reduceSoftDeleteSecurity", "dppReduceSoftDeleteSecurityRequests")
            }
            Self::ModifyEncryption => {
                ("write#modifyEncryptionSettings", "dppModifyEncryptionSettingsRequests")
            }
            Self::StopProtection => {
                ("backupInstances/stopProtection/action", "dppDisableStopProtectionRequests")
            }
            Self::SuspendBackups => {
                ("backupInstances/suspendBackups/action", "dppDisableSuspendBackupsRequests")
            }
            Self::ModifyPolicy => ("backupInstances/write", "dppModifyPolicy"),
            Self::Restore => ("backupInstances/restore/action", "dppTriggerRestoreRequests"),
        }
    }

    fn critical(self) -> String {
        format!("{NAMESPACE}/backupVaults/{}", self.words().0)
    }
}

/// A vault's tie to a resource guard.
#[derive(Debug, Clone)]
pub(crate) struct Proxy {
    id: String,
    guard: String,
    updated: Timestamp,
    /// Deletions that are unlocked, by resource, and until when.
    unlocked: Vec<(String, Timestamp)>,
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

    fn request(&self, operation: Operation) -> String {
        format!("{}/{}/default", self.guard, operation.words().1)
    }
}

/// Calls on `resourceGuards`.
pub(crate) fn handle(world: &mut World, call: &Call) -> Answer {
    vault::require_group(world, &call.path)?;
    let id = format!(
        "{}/providers/{NAMESPACE}/resourceGuards/{}",
        call.path.scope,
        call.path.segment(1).unwrap_or_default()
    );
    let found = world.arm.resources.get(&key(&id)).cloned();
    let absent = || ArmError::resource_not_found("Microsoft.DataProtection/resourceGuards", &id);
    match (&call.method, call.path.rest.len()) {
        (&Method::GET, 1) => Ok(list(world, &call.path.scope)),
        (&Method::GET, 2) => Ok(Reply::ok(found.ok_or_else(absent)?)),
        (&Method::PUT, 2) => put(world, call, &id),
        (&Method::DELETE, 2) => {
            let existed = world.arm.resources.remove(&key(&id)).is_some();
            world.touch(&id);
            Ok(Reply::empty(if existed { StatusCode::OK } else { StatusCode::NO_CONTENT }))
        }
        (&Method::GET, 3 | 4) => {
            found.ok_or_else(absent)?;
            requests(call, &id)
        }
        _ => Err(ArmError::method_not_allowed(&call.method)),
    }
}

fn list(world: &World, scope: &str) -> Reply {
    let kind =
        |body: &&Value| body_json::text(body, &["type"]) == Some("Microsoft.DataProtection/resourceGuards");
    let below = |body: &&Value| body_json::text(body, &["id"]).is_some_and(|id| within(id, scope));
    Reply::list(world.arm.resources.values().filter(kind).filter(below).cloned().collect())
}

fn put(world: &mut World, call: &Call, id: &str) -> Answer {
    let location = call.required_location()?;
    let excluded =
        body_json::list(call.object()?, &["properties", "vaultCriticalOperationExclusionList"]).to_vec();
    let shown = |critical: String, request: String| json!({ "vaultCriticalOperation": critical, "requestResourceType": request });
    let older = ON_RECOVERY_SERVICES.iter().map(|(critical, request)| {
        shown(
            format!("Microsoft.RecoveryServices/vaults/{critical}"),
            format!("{NAMESPACE}/resourceGuards/{request}"),
        )
    });
    let ours = OPERATIONS.iter().map(|operation| shown(operation.critical(), operation.critical()));
    // What is excluded is listed as that, and nowhere else (recorded).
    let guarded = |one: &Value| {
        let name = body_json::text(one, &["vaultCriticalOperation"]).unwrap_or_default();
        !excluded.iter().filter_map(Value::as_str).any(|other| other.eq_ignore_ascii_case(name))
    };
    let mut body = json!({
        "location": location,
        "properties": {
            "provisioningState": "Succeeded",
            "resourceGuardOperations": older.chain(ours).filter(guarded).collect::<Vec<_>>(),
            "vaultCriticalOperationExclusionList": excluded,
            "allowAutoApprovals": true,
        },
        "id": id,
        "name": name_of(id),
        "type": "Microsoft.DataProtection/resourceGuards",
    });
    if let Some(tags) = body_json::member(call.object()?, "tags") {
        body_json::set(&mut body, &["tags"], tags.clone());
    }
    world.arm.resources.insert(key(id), body.clone());
    world.touch(id);
    Ok(Reply::ok(body))
}

/// The one request of each type, which stands for the right to do what it is about.
fn requests(call: &Call, guard: &str) -> Answer {
    let kind = call.path.segment(2).unwrap_or_default();
    let known = ON_RECOVERY_SERVICES.iter().map(|(_, request)| *request);
    let mut known = known.chain(OPERATIONS.iter().map(|operation| operation.words().1));
    if !known.any(|known| known.eq_ignore_ascii_case(kind)) {
        return Err(ArmError::unknown_type(NAMESPACE, &format!("resourceGuards/{kind}")));
    }
    let request = json!({
        "id": format!("{guard}/{kind}/default"),
        "name": "default",
        "type": format!("{NAMESPACE}/resourceGuards/{kind}"),
    });
    match call.path.segment(3) {
        None => Ok(Reply::list(vec![request])),
        Some(name) if name.eq_ignore_ascii_case("default") => Ok(Reply::ok(request)),
        Some(_) => Err(generic_not_found()),
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
    let found = State::of_mut(world)
        .vaults
        .get_mut(vault)
        .and_then(|vault| vault.proxies.get_mut(&name.to_ascii_lowercase()));
    let Some(proxy) = found else { return Err(generic_not_found()) };
    let deletions = [Operation::DeleteInstance, Operation::DeleteProxy];
    if !deletions.iter().any(|operation| asked.contains(&key(&proxy.request(*operation)))) {
        return Err(missing());
    }
    let resource = resource.unwrap_or_else(|| key(&proxy.id));
    let guard = proxy.guard.clone();
    proxy.unlocked.push((resource, until));
    permitted(world, call, &guard)?;
    Ok(Reply::ok(json!({ "unlockDeleteExpiryTime": precise(until) })))
}

/// The ids of requests that a body carries, as keys.
fn given(request: &Value) -> Vec<String> {
    let direct = body_json::list(request, &["resourceGuardOperationRequests"]);
    let inside = body_json::list(request, &["properties", "resourceGuardOperationRequests"]);
    direct.iter().chain(inside).filter_map(Value::as_str).map(key).collect()
}

fn missing() -> ArmError {
    let message = "ResourceGuard Operation requestid is either null or empty";
    let action = "Obtain the resource guard's request for this operation and send it along.";
    let error = UserError::new("UserErrorResourceGuardOperationRequestMissing", message, action);
    let mut refusal = error.refusal("00000000-0000-0000-0000-000000000000");
    refusal.status = StatusCode::FORBIDDEN;
    refusal
}

/// Whoever may read the guard may use its requests.
fn permitted(world: &World, call: &Call, guard: &str) -> Result<(), ArmError> {
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
