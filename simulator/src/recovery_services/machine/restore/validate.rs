//! Checking a restore without carrying it out: `backupValidateOperation` at once, `backupTriggerValidateOperation` as an
//! operation (official). A check that finds something succeeds, and holds results that refuse.

use serde_json::{Value, json};

use super::check;
use super::request::Request;
use crate::recovery_services::item::found;
use crate::recovery_services::kind::Kind;
use crate::recovery_services::operation::{self, Operation, Outcome, Subject};
use crate::recovery_services::refusal::{invalid_input, no_item};
use crate::recovery_services::trouble::Trouble;
use crate::recovery_services::{State, vault};
use crate::wire::path::key;
use crate::wire::{Answer, ArmError, Call, Reply, json as body_json};
use crate::world::World;

const SECONDS: f64 = 15.0;

/// `POST {vault}/backupValidateOperation`.
pub(in crate::recovery_services) fn at_once(world: &World, call: &Call) -> Answer {
    let results = results(world, call)?;
    Ok(Reply::ok(json!({ "validateOperationResponse": { "validationResults": results } })))
}

/// `POST {vault}/backupTriggerValidateOperation`.
pub(in crate::recovery_services) fn begin(world: &mut World, call: &Call) -> Answer {
    let results = results(world, call)?;
    let vault = vault::named(world, &call.path)?;
    let id = State::of(world).vaults.get(&vault).map(|vault| vault.id.clone()).unwrap_or_default();
    let told = json!({
        "objectType": "OperationStatusValidateOperationExtendedInfo",
        "validateOperationResponse": { "validationResults": results },
    });
    let operation =
        Operation::begun(world, Subject::Validation, &id, SECONDS).with(Outcome::Properties(told));
    Ok(operation::announced(world, call, operation))
}

fn results(world: &World, call: &Call) -> Result<Vec<Value>, ArmError> {
    let vault = vault::named(world, &call.path)?;
    let body = call.object()?;
    // The 2024 form wraps the request with the id of the point; the older one is the request itself.
    let request = body_json::member(body, "properties").unwrap_or(body);
    if body_json::text(request, &["objectType"]) != Some("ValidateIaasVMRestoreOperationRequest") {
        return Err(invalid_input());
    }
    let restore = body_json::member(request, "restoreRequest").ok_or_else(invalid_input)?;
    let source = body_json::text(restore, &["sourceResourceId"]).unwrap_or_default();
    let mut items =
        State::of(world).vaults.get(&vault).into_iter().flat_map(|vault| vault.items.about(source));
    let item = items
        .find(|item| item.kind == Kind::Machine && key(&item.source) == key(source))
        .ok_or_else(no_item)?;
    let item = found(world, &vault, &item.key()).ok_or_else(no_item)?;
    let wanted = body_json::text(restore, &["recoveryPointId"]).unwrap_or_default();
    let point = item.points.iter().find(|point| point.name == wanted).ok_or_else(invalid_input)?;
    let parsed = Request::read(restore, item, point).ok_or_else(invalid_input)?;
    check::admitted(world, call, &vault, item, point, &parsed, &check::region_of(world, &vault))?;
    Ok(check::obstacle(world, item, &parsed).map(|trouble| shown(&trouble)).into_iter().collect())
}

fn shown(trouble: &Trouble) -> Value {
    let status = trouble.in_status();
    json!({ "code": status.get("code"), "message": status.get("message"), "recommendations": status.get("recommendations") })
}
