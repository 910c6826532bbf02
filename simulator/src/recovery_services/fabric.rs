//! The fabric of a vault: finding out what could be protected, and listing it.

use std::convert::identity;

use axum::http::StatusCode;

use super::filter::Filter;
use super::name::Holder;
use super::operation::{self, Operation, Subject};
use super::refusal::invalid_input;
use super::{State, database, machine, page, share, vault};
use crate::wire::{Answer, Call, Reply};
use crate::world::World;

/// Names that protectable items may be filtered by.
const PROTECTABLE: [&str; 4] =
    ["backupManagementType", "workloadType", "containerName", "protectableItemType"];

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

/// `GET {fabric}/protectableContainers`: what could be registered with the vault.
pub(super) fn containers(world: &World, call: &Call) -> Answer {
    let vault = vault::named(world, &call.path)?;
    let filter = Filter::of(call, &["backupManagementType"])?;
    let kind = filter.get("backupManagementType").ok_or_else(invalid_input)?;
    let Some(found) = State::of(world).vaults.get(&vault) else { return Ok(Reply::list(Vec::new())) };
    Ok(page::asked(call)?.by_id(match Holder::managed_by(kind) {
        Some(Holder::Account) => share::protectable::containers(world, found),
        Some(Holder::Server | Holder::Group) => database::protectable::containers(world, found),
        Some(Holder::Machine) | None => Vec::new(),
    }))
}

/// `GET {vault}/backupProtectableItems`, which needs a filter (field: for containers).
pub(super) fn protectable(world: &World, call: &Call) -> Answer {
    let vault = vault::named(world, &call.path)?;
    let filter = Filter::of(call, &PROTECTABLE)?;
    let holder = filter.get("backupManagementType").and_then(Holder::managed_by).ok_or_else(invalid_input)?;
    let Some(found) = State::of(world).vaults.get(&vault) else { return Ok(Reply::list(Vec::new())) };
    let page = page::asked(call)?;
    Ok(match holder {
        Holder::Machine => page.of(machine::protectable::all(world, found, &page), identity),
        Holder::Account => page.by_id(share::protectable::shares(found)),
        Holder::Server | Holder::Group => page.sorted(database::protectable::items(found, &filter), identity),
    })
}
