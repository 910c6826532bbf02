//! From a path below Microsoft.DataProtection to what answers it.

use axum::http::Method;
use serde_json::Value;

use super::State;
use super::instance::deletion::DeletedInstance;
use super::instance::protection::Change;
use super::instance::{self, configure, protection, validate};
use super::job::{self, backup};
use super::point::{self, rehydration, time_range};
use super::user_error::generic_not_found;
use super::{NAMESPACE, guard, location, operation, page, policy, restore, vault};
use crate::wire::path::key;
use crate::wire::{Answer, ArmError, Call, Reply};
use crate::world::World;

/// Answers a call whose namespace is Microsoft.DataProtection.
pub(crate) fn handle(world: &mut World, call: &Call) -> Answer {
    let words: Vec<String> = call.path.rest.iter().step_by(2).map(|word| word.to_ascii_lowercase()).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let get = call.method == Method::GET;
    match (words.as_slice(), call.path.rest.len()) {
        (["backupvaults"], 1) if get => vault::list(world, call),
        (["resourceguards", ..], _) => guard::handle(world, call),
        (["backupvaults"], 2) => vault::handle(world, call),
        (["backupinstances"], 1) if get => Ok(of_resource(world, call)),
        (["operationstatus"], 2) if get => operation::status(world, call, last(call)),
        (["locations", "operationstatus"], 4) if get => operation::status(world, call, last(call)),
        (["locations", "operationresults"], 4) if get => operation::result(world, call, last(call)),
        (["locations", "deletedvaults"], 3 | 4) if get && since(call, vault::deletion::SINCE) => {
            vault::deletion::read(world, call)
        }
        (["locations", action], 3) if call.method == Method::POST => location::act(world, call, action),
        (["backupvaults", rest @ ..], length) => in_vault(world, call, rest, length),
        _ => Err(unknown(call)),
    }
}

fn in_vault(world: &mut World, call: &Call, words: &[&str], length: usize) -> Answer {
    let get = call.method == Method::GET;
    let post = call.method == Method::POST;
    match (words, length) {
        (["validateforbackup"], 3) if post => validate::for_backup(world, call),
        (["operationstatus"], 4) if get => operation::status(world, call, last(call)),
        (["operationresults"], 4) if get => operation::result(world, call, last(call)),
        (["backuppolicies"], 3) if get => policy::handle(world, call),
        (["backuppolicies"], 4) => policy::handle(world, call),
        (["backupresourceguardproxies", ..], _) => guard::proxies(world, call),
        (["backupjobs"], 3 | 4) if get => job::read(world, call),
        (["backupinstances"], 3) if get => instances(world, call),
        (["backupinstances"], 4) => configure::handle(world, call),
        (["backupinstances", "recoverypoints"], 5 | 6) if get => point::list::read(world, call),
        (["backupinstances", "operationresults"], 6) if get => operation::result(world, call, last(call)),
        (["backupinstances", action], 5) if post => on_instance(world, call, action),
        (["deletedbackupinstances"], 3 | 4) if get => deleted(world, call),
        (["deletedbackupinstances", "undelete"], 5) if post => protection::undelete(world, call),
        _ => Err(unknown(call)),
    }
}

fn on_instance(world: &mut World, call: &Call, action: &str) -> Answer {
    if let Some(change) = Change::named(action) {
        return protection::change(world, call, change);
    }
    match action {
        "backup" => backup::start(world, call),
        "restore" => restore::trigger(world, call),
        "validaterestore" => restore::validate(world, call),
        "rehydrate" => rehydration::start(world, call),
        "sync" => protection::sync(world, call),
        "validateformodifybackup" if since(call, "2025-01-01") => validate::for_modification(world, call),
        "findrestorabletimeranges" => time_range::find(world, call),
        _ => Err(unknown(call)),
    }
}

/// Whether the api-version of the call has what came with `version` (official); versions are dates.
fn since(call: &Call, version: &str) -> bool {
    call.api_version() >= version
}

fn last(call: &Call) -> &str {
    call.path.rest.last().map(String::as_str).unwrap_or_default()
}

fn unknown(call: &Call) -> ArmError {
    let words: Vec<&str> = call.path.rest.iter().step_by(2).map(String::as_str).collect();
    ArmError::unknown_type(NAMESPACE, &words.join("/"))
}

/// `GET {vault}/backupInstances`.
fn instances(world: &World, call: &Call) -> Answer {
    let vault = vault::named(world, &call.path)?;
    let page = page::asked(call)?;
    let vault = State::of(world).vaults.get(&vault);
    let instances = vault.into_iter().flat_map(|vault| page.rest(&vault.instances));
    Ok(page.of(instances, |one| instance::seen_in(one.body(), call.api_version())))
}

/// `GET {resource}/providers/Microsoft.DataProtection/backupInstances`: the instances of one datasource, in any vault.
fn of_resource(world: &World, call: &Call) -> Reply {
    let datasource = key(&call.path.scope);
    let bodies: Vec<Value> = instance::of_datasource(world, &datasource)
        .map(|(_, one)| instance::seen_in(one.body(), call.api_version()))
        .collect();
    Reply::list(bodies)
}

/// `GET {vault}/deletedBackupInstances[/{name}]`.
fn deleted(world: &World, call: &Call) -> Answer {
    let vault = vault::named(world, &call.path)?;
    let Some(vault) = State::of(world).vaults.get(&vault) else { return Err(generic_not_found()) };
    match call.path.segment(3) {
        Some(name) => {
            let found = vault.deleted.get(&name.to_ascii_lowercase()).ok_or_else(generic_not_found)?;
            Ok(Reply::ok(found.body()))
        }
        None => {
            let page = page::asked(call)?;
            Ok(page.of(page.rest(&vault.deleted), DeletedInstance::body))
        }
    }
}
