//! Resource guards: who holds one must agree before what it guards is done to a vault.
//!
//! Operations, request types and their order follow recorded traffic (api-version 2024-04-01). Azure's code for a missing
//! request is not documented; its text is ("ResourceGuard Operation requestid is either null or empty").

mod consent;
mod operation;
mod proxy;

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

pub(crate) use consent::{check, weakened};
pub(crate) use operation::Operation;
use operation::{ON_RECOVERY_SERVICES, OPERATIONS};
pub(crate) use proxy::{Proxy, proxies};

use super::user_error::generic_not_found;
use super::{NAMESPACE, vault};
use crate::wire::path::{key, name_of};
use crate::wire::{Answer, ArmError, Call, Reply, json as body_json};
use crate::world::World;

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
    let below = world.arm.resources.within(scope).map(|(_, body)| body);
    Reply::list(below.filter(kind).cloned().collect())
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
