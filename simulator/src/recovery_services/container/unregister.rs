//! Ending the registration of a storage account or of a database server (recorded; the refusal is field).

use axum::http::StatusCode;

use super::gone;
use crate::recovery_services::effect::Effect;
use crate::recovery_services::name::Holder;
use crate::recovery_services::operation::{self, Operation, Subject};
use crate::recovery_services::refusal::{bad_request, busy};
use crate::recovery_services::share::register::LOCK;
use crate::recovery_services::{State, vault};
use crate::resources;
use crate::wire::path::key;
use crate::wire::{Answer, Call, Reply};
use crate::world::World;

const ACCOUNT_SECONDS: f64 = 20.0;

/// Between three and nine minutes.
const SERVER_SECONDS: f64 = 180.0;

/// `DELETE {fabric}/protectionContainers/{container}`. That of a virtual machine goes with its item alone (field), that of an
/// availability group with its last node.
pub(in crate::recovery_services) fn delete(world: &mut World, call: &Call) -> Answer {
    let vault = vault::named(world, &call.path)?;
    let name = call.path.segment(5).unwrap_or_default().to_ascii_lowercase();
    let Some(found) = State::of(world).vaults.get(&vault) else {
        return Ok(Reply::empty(StatusCode::NO_CONTENT));
    };
    let own = found
        .containers
        .get(&name)
        .filter(|container| matches!(container.holder, Holder::Account | Holder::Server));
    let Some(container) = own else { return Ok(Reply::empty(StatusCode::NO_CONTENT)) };
    if found.items.within(&container.id).any(|item| item.deleted.is_none()) {
        let message = "There are backup items associated with the server. Stop protection and delete backups for each of the backup items to delete the server's registration. If the issue persists, contact support. Refer to https://aka.ms/DeleteBackupItems for more info.";
        return Err(bad_request("BMSUserErrorContainerHasDatasources", message));
    }
    let below = format!("{}/", key(&container.id));
    if found.changing.keys().any(|item| item.starts_with(&below)) {
        return Err(busy());
    }
    let (id, holder) = (container.id.clone(), container.holder);
    let seconds = if holder == Holder::Account { ACCOUNT_SECONDS } else { SERVER_SECONDS };
    let operation = Operation::begun(world, Subject::Unregistration, &id, seconds);
    if operation.does_its_work() {
        world.schedule(operation.ends, Effect::Unregistered { vault, container: name });
    }
    Ok(operation::announced(world, call, operation))
}

/// The account or the server is free again, and so is whoever wants to delete an account.
pub(in crate::recovery_services) fn happens(world: &mut World, vault: &str, name: &str) {
    let Some(found) = super::found(world, vault, name) else { return };
    let (holder, source) = (found.holder, found.source.clone());
    if holder == Holder::Account {
        resources::vanish(world, &key(&format!("{source}/providers/Microsoft.Authorization/locks/{LOCK}")));
    }
    gone(world, vault, name);
    if holder == Holder::Server {
        crate::recovery_services::database::group::server_gone(world, vault, &source);
        crate::recovery_services::intent::container_gone(world, vault, name);
    }
}
