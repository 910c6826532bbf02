//! Registering a storage account with a vault, and finding the shares in it (recorded).

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::authorization::permission;
use crate::recovery_services::container::registration::{self, Asked};
use crate::recovery_services::container::{self, Container};
use crate::recovery_services::effect::Effect;
use crate::recovery_services::filter::Filter;
use crate::recovery_services::name::Holder;
use crate::recovery_services::operation::{self, Operation, Subject};
use crate::recovery_services::refusal::{invalid_configuration, invalid_input, no_item};
use crate::recovery_services::trouble::Trouble;
use crate::recovery_services::{State, vault};
use crate::resources;
use crate::wire::call::normalised_location;
use crate::wire::path::key;
use crate::wire::{Answer, ArmError, Call, json as body_json};
use crate::world::World;

/// Between forty and sixty polls of a second and more.
const REGISTER_SECONDS: f64 = 60.0;
const INQUIRE_SECONDS: f64 = 6.0;

/// The lock that the service puts on an account so that nobody deletes it by mistake.
pub(in crate::recovery_services) const LOCK: &str = "AzureBackupProtectionLock";

/// A registration that has begun.
#[derive(Debug, Clone)]
pub(in crate::recovery_services) struct Registration {
    vault: String,
    container: Container,
    operation: String,
}

/// `PUT {fabric}/protectionContainers/{container}`.
pub(in crate::recovery_services) fn put(world: &mut World, call: &Call) -> Answer {
    let asked = Asked::read(world, call)?;
    let account = admitted(world, call, &asked)?;
    let mut extra = json!({});
    if let Some(lock) = body_json::member(&asked.properties, "acquireStorageAccountLock") {
        body_json::set(&mut extra, &["acquireStorageAccountLock"], lock.clone());
    }
    Ok(registration::begun(world, call, &asked, REGISTER_SECONDS, |id, operation| {
        let container = Container { extra, ..Container::new(id, Holder::Account, &account) };
        Effect::Registered(Box::new(Registration { vault: asked.vault.clone(), container, operation }))
    }))
}

/// The account that is to be registered. An account of another region, or registered with another vault, is refused
/// (documentation; the code is the general one).
fn admitted(world: &World, call: &Call, asked: &Asked) -> Result<String, ArmError> {
    let Asked { vault, name, properties } = asked;
    let text = |name: &str| body_json::text(properties, &[name]).unwrap_or_default();
    let account = text("sourceResourceId").trim_end_matches('/');
    let of_storage = name.holder == Holder::Account
        && text("containerType").eq_ignore_ascii_case("StorageContainer")
        && text("backupManagementType").eq_ignore_ascii_case("AzureStorage");
    if !of_storage || !name.is_of(account) {
        return Err(invalid_configuration());
    }
    if !matches!(text("acquireStorageAccountLock"), "" | "Acquire" | "NotAcquire") {
        return Err(invalid_input());
    }
    permission::linked_to(world, call, account, "write")?;
    let region = |body: &Value| body_json::text(body, &["location"]).map(normalised_location);
    let own = State::of(world).vaults.get(vault).and_then(|vault| region(&vault.body));
    let found = world.arm.resources.get(&key(account));
    let far = found.is_some_and(|body| region(body) != own);
    let registered = container::registered_in(world, Holder::Account, account);
    if far || registered.is_some_and(|other| other != *vault) {
        return Err(invalid_input());
    }
    let spelled = found.and_then(|body| body_json::text(body, &["id"]));
    Ok(spelled.unwrap_or(account).to_owned())
}

/// The account is registered, unless it is not there.
pub(in crate::recovery_services) fn registered(
    world: &mut World,
    registration: Registration,
    _at: Timestamp,
) {
    let Registration { vault, container, operation } = registration;
    if !world.arm.resources.contains_key(&key(&container.source)) {
        return operation::fails(world, &operation, Trouble::named("UserErrorStorageAccountNotFound"));
    }
    if body_json::text(&container.extra, &["acquireStorageAccountLock"]) != Some("NotAcquire") {
        let lock = format!("{}/providers/Microsoft.Authorization/locks/{LOCK}", container.source);
        let body = json!({ "properties": { "level": "CanNotDelete", "notes": "Auto-created by Azure Backup for storage accounts registered with a Recovery Services Vault. This lock is intended to guard against deletion of backups due to accidental deletion of the storage account." } });
        resources::write_by_service(world, &lock, body);
    }
    let name = crate::wire::path::name_of(&container.id).to_ascii_lowercase();
    if let Some(vault) = State::of_mut(world).vaults.get_mut(&vault) {
        let known = vault.containers.remove(&name).map(|known| known.shares).unwrap_or_default();
        vault.containers.insert(name, Container { shares: known, ..container });
    }
}

/// `POST {container}/inquire`: a share that came later is found by another inquiry only.
pub(in crate::recovery_services) fn inquire(world: &mut World, call: &Call) -> Answer {
    let vault = vault::named(world, &call.path)?;
    Filter::of(call, &["workloadType", "backupManagementType"])?;
    let name = call.path.segment(5).unwrap_or_default().to_ascii_lowercase();
    let found = State::of(world).vaults.get(&vault).and_then(|vault| vault.containers.get(&name));
    let id = found.map(|found| found.id.clone()).ok_or_else(no_item)?;
    let operation = Operation::begun(world, Subject::Container, &id, INQUIRE_SECONDS);
    if operation.does_its_work() {
        world.schedule(operation.ends, Effect::Inquired { vault, container: name });
    }
    Ok(operation::announced(world, call, operation))
}

/// An inquiry is over: the shares that are there now have system names.
pub(in crate::recovery_services) fn inquired(world: &mut World, vault: &str, name: &str) {
    let found = State::of(world).vaults.get(vault).and_then(|vault| vault.containers.get(name));
    let Some(account) = found.map(|found| found.source.clone()) else { return };
    let there = super::of_account(world, &account);
    let found = State::of(world).vaults.get(vault).and_then(|vault| vault.containers.get(name));
    let known = found.map(|found| found.shares.clone()).unwrap_or_default();
    let mut shares = Vec::new();
    for id in there {
        let before = known.iter().find(|(known, _)| key(known) == key(&id)).map(|(_, system)| system.clone());
        let system = before.unwrap_or_else(|| system_name(world));
        shares.push((id, system));
    }
    if let Some(found) =
        State::of_mut(world).vaults.get_mut(vault).and_then(|vault| vault.containers.get_mut(name))
    {
        found.shares = shares;
    }
}

/// A name of 64 hexadecimal digits, which only the service knows.
fn system_name(world: &mut World) -> String {
    (0..4).map(|_| format!("{:016x}", world.random.next())).collect()
}
