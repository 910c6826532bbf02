//! Long-running operations on vaults: `operationStatus` and `operationResults` below the vault (official).

use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::json;

use super::State;
use super::refusal::refusal;
use crate::clock::{precise, whole_seconds};
use crate::wire::{Answer, ArmError, Call, Reply};
use crate::world::World;

/// Clients are asked to look again after this many seconds (official example).
const RETRY_SECONDS: f64 = 10.0;

/// A long-running operation on a vault.
#[derive(Debug, Clone, Copy)]
pub(super) struct Operation {
    started: Timestamp,
    ends: Timestamp,
}

/// Begins an operation on the vault `id` that takes `seconds` of Azure's time, and announces it.
pub(super) fn announced(world: &mut World, call: &Call, id: &str, seconds: f64) -> Reply {
    let name = world.guid();
    let operation = Operation { started: world.now(), ends: world.after(seconds) };
    State::of_mut(world).operations.insert(name.clone(), operation);
    let url = |noun: &str| format!("{}{id}/{noun}/{name}?api-version={}", call.base, call.api_version());
    Reply::empty(StatusCode::ACCEPTED)
        .with_header("azure-asyncoperation", url("operationStatus"))
        .with_header("location", url("operationResults"))
        .with_header("retry-after", world.clock.retry_after(RETRY_SECONDS))
}

fn found(world: &World, call: &Call) -> Result<Operation, ArmError> {
    let name = call.path.segment(3).unwrap_or_default();
    let operation = State::of(world).operations.get(name).copied();
    operation.ok_or_else(|| {
        let message = format!("The operation '{name}' could not be found.");
        refusal(StatusCode::NOT_FOUND, "ResourceNotFound", &message)
    })
}

/// `GET {vault}/operationStatus/{name}`.
pub(super) fn status(world: &World, call: &Call) -> Answer {
    let operation = found(world, call)?;
    let running = operation.ends > world.now();
    let end = if running { "0001-01-01T00:00:00Z".to_owned() } else { whole_seconds(operation.ends) };
    let reply = Reply::ok(json!({
        "id": call.raw_path,
        "name": call.path.segment(3),
        "status": if running { "InProgress" } else { "Succeeded" },
        "startTime": precise(operation.started),
        "endTime": end,
    }));
    Ok(match running {
        true => reply.with_header("retry-after", world.clock.retry_after(RETRY_SECONDS)),
        false => reply,
    })
}

/// `GET {vault}/operationResults/{name}`.
pub(super) fn result(world: &World, call: &Call) -> Answer {
    let operation = found(world, call)?;
    if operation.ends <= world.now() {
        return Ok(Reply::empty(StatusCode::OK));
    }
    let url = format!("{}{}?api-version={}", call.base, call.raw_path, call.api_version());
    Ok(Reply::empty(StatusCode::ACCEPTED)
        .with_header("location", url)
        .with_header("retry-after", world.clock.retry_after(RETRY_SECONDS)))
}
