//! From a path below Microsoft.RecoveryServices to what answers it.

use axum::http::Method;

use super::backup::request;
use super::machine::restore::validate;
use super::machine::{archive, files};
use super::name::{ContainerName, Holder};
use super::refusal::invalid_input;
use super::vault::{config, encryption, storage};
use super::{
    NAMESPACE, abroad, container, database, fabric, guard, intent, item, job, operation, point, policy,
    region, restore, share, vault,
};
use crate::wire::{Answer, ArmError, Call};
use crate::world::World;

/// Answers a call whose namespace is Microsoft.RecoveryServices.
pub(super) fn handle(world: &mut World, call: &Call) -> Answer {
    let words: Vec<String> = call.path.rest.iter().step_by(2).map(|word| word.to_ascii_lowercase()).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let get = call.method == Method::GET;
    let post = call.method == Method::POST;
    if words.get(1) == Some(&"backupfabrics")
        && call.path.segment(3).is_some_and(|fabric| !fabric.eq_ignore_ascii_case("Azure"))
    {
        // There is one fabric (official); what another one is refused with is not written down.
        return Err(invalid_input());
    }
    match (words.as_slice(), call.path.rest.len()) {
        (["vaults"], 1) if get => vault::list(world, call),
        (["vaults"], 2) => vault::handle(world, call),
        (["locations", noun, ..], _) if noun.starts_with("backupcr") || noun.starts_with("backupaad") => {
            abroad::act(world, call)
        }
        (["locations", _], 3) => region::act(world, call),
        (["vaults", "operationstatus"], 4) if get => operation::status(world, call),
        (["vaults", "operationresults"], 4) if get => operation::result(world, call),
        (["vaults", "backupconfig"], 4) if call.path.is(3, "vaultconfig") => config::handle(world, call),
        (["vaults", "backupstorageconfig"], 4) if call.path.is(3, "vaultstorageconfig") => {
            storage::handle(world, call)
        }
        (["vaults", "backupencryptionconfigs"], 4) if get => encryption::get(world, call),
        (["vaults", "backupresourceguardproxies", ..], _) => guard::handle(world, call),
        (["vaults", "backupfabrics", "refreshcontainers"], 5) if call.method == Method::POST => {
            fabric::refresh(world, call)
        }
        (["vaults", "backupfabrics", "operationsstatus"], 6) if get => operation::status(world, call),
        (["vaults", "backupfabrics", "operationresults"], 6) if get => operation::result(world, call),
        (["vaults", "backupprotectableitems"], 3) if get => fabric::protectable(world, call),
        (["vaults", "backupoperations"], 4) if get => operation::status(world, call),
        (["vaults", "backupoperationresults"], 4) if get => operation::result(world, call),
        (["vaults", "backupprotecteditems"], 3) if get => item::read::list(world, call),
        (["vaults", "backupprotectioncontainers"], 3) if get => container::list::list(world, call),
        (["vaults", "backupvalidateoperation"], 3) if post => validate::at_once(world, call),
        (["vaults", "backuptriggervalidateoperation"], 3) if post => validate::begin(world, call),
        (["vaults", "backupvalidateoperationsstatuses"], 4) if get => operation::status(world, call),
        (["vaults", "backupvalidateoperationresults"], 4) if get => operation::result(world, call),
        (["vaults", "backupjobsexport"], 3) if post => job::export::export(world, call),
        (["vaults", "backupjobs", ..], _) => job_call(world, call, &words),
        (["vaults", "backupprotectionintents"], 3) if get => intent::list(world, call),
        (["vaults", "backupfabrics", "backupprotectionintent"], 6) => intent::handle(world, call),
        (["vaults", "backupfabrics", "protectablecontainers"], 5) if get => fabric::containers(world, call),
        (["vaults", "backupfabrics", "protectioncontainers", ..], 6..) => in_container(world, call, &words),
        (["vaults", "backuppolicies"], 3) if get => policy::list(world, call),
        (["vaults", "backuppolicies"], 4) => policy::handle(world, call),
        (["vaults", "backuppolicies", "operations"], 6) if get => operation::status(world, call),
        (["vaults", "backuppolicies", "operationresults"], 6) if get => operation::result(world, call),
        _ => Err(ArmError::unknown_type(NAMESPACE, &words.join("/"))),
    }
}

fn job_call(world: &mut World, call: &Call, words: &[&str]) -> Answer {
    match (words, call.path.rest.len(), &call.method) {
        (["vaults", "backupjobs"], 3, &Method::GET) => job::list::list(world, call),
        // `backupJobs/operationResults/{operation}`, whose noun stands where a job has its name.
        (["vaults", "backupjobs", _], 5, &Method::GET) => operation::result(world, call),
        (["vaults", "backupjobs"], 4, &Method::GET) => job::list::get(world, call),
        (["vaults", "backupjobs", "cancel"], 5, &Method::POST) => job::cancel::cancel(world, call),
        (["vaults", "backupjobs", "operationsstatus"], 6, &Method::GET) => operation::status(world, call),
        (["vaults", "backupjobs", "operationresults"], 6, &Method::GET) => operation::result(world, call),
        _ => Err(ArmError::unknown_type(NAMESPACE, &words.join("/"))),
    }
}

/// Calls on a container and on what lies in it.
fn in_container(world: &mut World, call: &Call, words: &[&str]) -> Answer {
    let below = words.get(3..).unwrap_or_default();
    let of_databases = ContainerName::parse(call.path.segment(5).unwrap_or_default())
        .is_some_and(|name| matches!(name.holder, Holder::Server | Holder::Group));
    match (below, call.path.rest.len(), &call.method) {
        ([], 6, &Method::GET) => container::list::get(world, call),
        ([], 6, &Method::PUT) if of_databases => database::register::put(world, call),
        ([], 6, &Method::PUT) => share::register::put(world, call),
        ([], 6, &Method::DELETE) => container::unregister::delete(world, call),
        (["inquire"], 7, &Method::POST) if of_databases => database::inquire::begin(world, call),
        (["inquire"], 7, &Method::POST) => share::register::inquire(world, call),
        (["items"], 7, &Method::GET) => database::protectable::workload_items(world, call),
        (["operationsstatus"], 8, &Method::GET) => operation::status(world, call),
        (["operationresults"], 8, &Method::GET) => operation::result(world, call),
        (["protecteditems"], 8, _) => item::read::handle(world, call),
        (["protecteditems", "operationsstatus"], 10, &Method::GET) => operation::status(world, call),
        (["protecteditems", "operationresults"], 10, &Method::GET) => operation::result(world, call),
        (["protecteditems", "backup"], 9, &Method::POST) => request::backup(world, call),
        (["protecteditems", "recoverypoints"], 9, &Method::GET) if abroad::is_meant(call) => {
            abroad::points(world, call)
        }
        (["protecteditems", "recoverypoints", "accesstoken"], 11, &Method::POST) => {
            abroad::token(world, call)
        }
        (["protecteditems", "recoverypoints"], 9, &Method::GET) => point::read::list(world, call),
        (["protecteditems", "recoverypoints"], 10, &Method::GET) => point::read::get(world, call),
        (["protecteditems", "recoverypoints", "restore"], 11, &Method::POST) => restore::begin(world, call),
        (["protecteditems", "recoverypointsrecommendedformove"], 9, &Method::POST) => {
            archive::recommended(world, call)
        }
        (["protecteditems", "recoverypoints", "move"], 11, &Method::POST) => archive::begin(world, call),
        (["protecteditems", "recoverypoints", "provisioninstantitemrecovery"], 11, &Method::POST) => {
            files::provision(world, call)
        }
        (["protecteditems", "recoverypoints", "revokeinstantitemrecovery"], 11, &Method::POST) => {
            files::revoke(world, call)
        }
        (
            ["protecteditems", "recoverypoints", "listinstantitemrecoveryoperationresult"],
            11,
            &Method::POST,
        ) => files::result(world, call),
        _ => Err(ArmError::unknown_type(NAMESPACE, &words.join("/"))),
    }
}
