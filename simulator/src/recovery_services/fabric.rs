//! The fabric of a vault: finding out what could be protected, and listing it.

use axum::http::StatusCode;

use super::filter::Filter;
use super::kind::Kind;
use super::operation::{self, Operation, Subject};
use super::refusal::invalid_input;
use super::{State, machine, page, share, vault};
use crate::wire::{Answer, Call, Reply};
use crate::world::World;

/// Refreshing took about ten polls of one to five seconds when it was recorded.
const REFRESH_SECONDS: f64 = 30.0;

/// `POST {vault}/backupFabrics/{fabric}/refreshContainers`.
pub(super) fn refresh(world: &mut World, call: &Call) -> Answer {
    let vault = vault::named(world, &call.path)?;
    let Some(found) = State::of(world).vaults.get(&vault) else { return Ok(Reply::empty(StatusCode::OK)) };
    let fabric = format!("{}/backupFabrics/{}", found.id, call.path.segment(3).unwrap_or_default());
    let operation = Operation::begun(world, Subject::Fabric, &fabric, REFRESH_SECONDS);
    Ok(operation::announced(world, call, operation))
}

/// `GET {vault}/backupProtectableItems`, which needs a filter (field: for containers).
pub(super) fn protectable(world: &World, call: &Call) -> Answer {
    let vault = vault::named(world, &call.path)?;
    let filter = Filter::of(call, &["backupManagementType", "workloadType"])?;
    let kind = filter.get("backupManagementType").and_then(Kind::managed_by).ok_or_else(invalid_input)?;
    let Some(found) = State::of(world).vaults.get(&vault) else { return Ok(Reply::list(Vec::new())) };
    Ok(page::of(
        call,
        match kind {
            Kind::Machine => machine::protectable::all(world, found),
            Kind::Share => share::protectable::shares(found),
        },
    ))
}
