//! Files out of a recovery point of a virtual machine: a session that scripts mount, until it is revoked or its time is over
//! (official; documentation: twelve hours, and not for encrypted machines; azure-cli: where the password is).

use serde_json::{Value, json};

use crate::recovery_services::effect::Effect;
use crate::recovery_services::item::found_mut;
use crate::recovery_services::item::write::Place;
use crate::recovery_services::kind::Kind;
use crate::recovery_services::operation::{self, Operation, Outcome, Subject};
use crate::recovery_services::point::Point;
use crate::recovery_services::point::read::named;
use crate::recovery_services::refusal::{bad_request, invalid_input};
use crate::recovery_services::{NAMESPACE, State};
use crate::wire::path::key;
use crate::wire::{Answer, ArmError, Call, Reply, json as body_json};
use crate::world::World;

const SECONDS: f64 = 60.0;

/// A session ends by itself after twelve hours.
const SESSION_SECONDS: f64 = 12.0 * 3600.0;

/// From this api-version on the scripts are fetched by a call of their own.
const FETCHED_SINCE: &str = "2026-08-01";

/// `POST {point}/provisionInstantItemRecovery`.
pub(in crate::recovery_services) fn provision(world: &mut World, call: &Call) -> Answer {
    let (place, item, point) = named(world, call)?;
    item.brought_back()?;
    let properties = body_json::member(call.object()?, "properties").ok_or_else(invalid_input)?;
    let text = |name: &str| body_json::text(properties, &[name]).unwrap_or_default();
    let fits = item.kind == Kind::Machine
        && text("objectType") == "IaasVMILRRegistrationRequest"
        && text("recoveryPointId") == point.name
        && key(text("virtualMachineId")) == key(&item.source);
    let renews =
        body_json::member(properties, "renewExistingRegistration").and_then(Value::as_bool) == Some(true);
    if !fits {
        return Err(invalid_input());
    }
    possible(point, renews)?;
    let (name, source) = (point.name.clone(), point.source.clone());
    let machine = item.friendly_name.clone();
    let operation = Operation::begun(world, Subject::Item, &place.called, SECONDS);
    let scripts = scripts(world, &machine, &source);
    let told = match call.api_version() >= FETCHED_SINCE {
        true => json!({ "objectType": "OperationStatusProvisionILRExtendedInfo" }),
        false => {
            json!({ "objectType": "OperationStatusProvisionILRExtendedInfo", "recoveryTarget": { "clientScripts": scripts } })
        }
    };
    let operation = operation.with(Outcome::Properties(told));
    if operation.does_its_work() {
        State::of_mut(world).scripts.insert(operation.name.clone(), scripts);
        let (until, ends) = (world.after(SECONDS + SESSION_SECONDS), operation.ends);
        let effect =
            |open| Effect::SessionChanges { place: Box::new(place.clone()), point: name.clone(), open };
        world.schedule(ends, effect(true));
        world.schedule(until, effect(false));
    }
    Ok(operation::announced(world, call, operation))
}

/// A session that is open is renewed, or it must be revoked first (documentation; codes are the general one and the documented).
fn possible(point: &Point, renews: bool) -> Result<(), ArmError> {
    let encrypted =
        body_json::member(&point.source, "isSourceVMEncrypted").and_then(Value::as_bool) == Some(true);
    if encrypted {
        let message = "File recovery is not supported for encrypted virtual machines.";
        return Err(bad_request("UserErrorILRNotSupportedForEncryptedVM", message));
    }
    if point.session_open && !renews { Err(invalid_input()) } else { Ok(()) }
}

/// One script for each system, that of Linux first. The end of the suffix holds the password: 15 characters, 33 after the last `_`.
fn scripts(world: &mut World, machine: &str, source: &Value) -> Value {
    let password: String = world.random.guid().simple().to_string().chars().take(15).collect();
    let filler: String = world.random.guid().simple().to_string();
    let suffix = format!("{machine}_{}_{filler}{password}", "we");
    let os = body_json::text(source, &["osType"]).unwrap_or("Windows");
    let linux = json!({
        "scriptContent": "IyEvdXNyL2Jpbi9lbnYgcHl0aG9uMwo=",
        "scriptExtension": ".py",
        "osType": "Linux",
        "scriptNameSuffix": suffix,
    });
    let windows = json!({
        "scriptExtension": ".exe",
        "osType": "Windows",
        "url": "https://download.microsoft.com/download/IaaSVMILRExeForWindows.exe",
        "scriptNameSuffix": suffix,
    });
    match os {
        "Linux" => json!([linux]),
        _ => json!([linux, windows]),
    }
}

/// `POST {point}/revokeInstantItemRecovery`: only while a session is open.
pub(in crate::recovery_services) fn revoke(world: &mut World, call: &Call) -> Answer {
    let (place, _, point) = named(world, call)?;
    if !point.session_open {
        return Err(invalid_input());
    }
    let name = point.name.clone();
    let operation = Operation::begun(world, Subject::Item, &place.called, SECONDS);
    if operation.does_its_work() {
        let effect = Effect::SessionChanges { place: Box::new(place), point: name, open: false };
        world.schedule(operation.ends, effect);
    }
    Ok(operation::announced(world, call, operation))
}

/// `POST {point}/listInstantItemRecoveryOperationResult`.
pub(in crate::recovery_services) fn result(world: &World, call: &Call) -> Answer {
    if call.api_version() < FETCHED_SINCE {
        let noun = "vaults/listInstantItemRecoveryOperationResult";
        return Err(ArmError::unknown_type(NAMESPACE, noun));
    }
    named(world, call)?;
    let operation =
        body_json::text(call.object()?, &["provisionInstantItemRecoveryOperationId"]).or_else(|| {
            body_json::text(call.object().ok()?, &["properties", "provisionInstantItemRecoveryOperationId"])
        });
    let state = State::of(world);
    let over =
        operation.filter(|name| state.operations.get(*name).is_some_and(|one| one.ends <= world.now()));
    let scripts = over.and_then(|name| state.scripts.get(name)).ok_or_else(invalid_input)?;
    Ok(Reply::ok(json!({ "recoveryTarget": { "clientScripts": scripts } })))
}

/// A session opens or closes.
pub(in crate::recovery_services) fn changes(world: &mut World, place: &Place, point: &str, open: bool) {
    let item = found_mut(world, &place.vault, &place.key());
    for point in item.into_iter().flat_map(|item| item.points.iter_mut()).filter(|one| one.name == point) {
        point.session_open = open;
    }
}
