//! Ending the registration of a storage account (recorded; the refusal is field).

use axum::http::StatusCode;

use super::register::LOCK;
use crate::recovery_services::effect::Effect;
use crate::recovery_services::kind::Kind;
use crate::recovery_services::operation::{self, Operation, Subject};
use crate::recovery_services::refusal::bad_request;
use crate::recovery_services::{State, container, vault};
use crate::resources;
use crate::wire::path::{key, name_of};
use crate::wire::{Answer, Call, Reply};
use crate::world::World;

const SECONDS: f64 = 20.0;

/// `DELETE {fabric}/protectionContainers/{container}`. That of a virtual machine goes with its item alone (field).
pub(in crate::recovery_services) fn delete(world: &mut World, call: &Call) -> Answer {
    let vault = vault::named(world, &call.path)?;
    let name = call.path.segment(5).unwrap_or_default().to_ascii_lowercase();
    let Some(found) = State::of(world).vaults.get(&vault) else {
        return Ok(Reply::empty(StatusCode::NO_CONTENT));
    };
    let own = found.containers.get(&name).filter(|container| container.kind == Kind::Share);
    let Some(container) = own else { return Ok(Reply::empty(StatusCode::NO_CONTENT)) };
    let of_it = |item: &&crate::recovery_services::item::Item| {
        item.container().eq_ignore_ascii_case(name_of(&container.id))
    };
    if found.items.values().any(|item| of_it(&item) && item.deleted.is_none()) {
        let message = "There are backup items associated with the server. Stop protection and delete backups for each of the backup items to delete the server's registration. If the issue persists, contact support. Refer to https://aka.ms/DeleteBackupItems for more info.";
        return Err(bad_request("BMSUserErrorContainerHasDatasources", message));
    }
    let id = container.id.clone();
    let operation = Operation::begun(world, Subject::Unregistration, &id, SECONDS);
    if operation.does_its_work() {
        world.schedule(operation.ends, Effect::Unregistered { vault, container: name });
    }
    Ok(operation::announced(world, call, operation))
}

/// The account is free again, and so is whoever wants to delete it.
pub(in crate::recovery_services) fn happens(world: &mut World, vault: &str, name: &str) {
    let found = State::of(world).vaults.get(vault).and_then(|vault| vault.containers.get(name));
    if let Some(account) = found.map(|found| found.source.clone()) {
        resources::vanish(world, &key(&format!("{account}/providers/Microsoft.Authorization/locks/{LOCK}")));
    }
    container::gone(world, vault, name);
}
