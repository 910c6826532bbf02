//! From a path below Microsoft.RecoveryServices to what answers it.

use axum::http::Method;

use super::vault::{config, storage};
use super::{NAMESPACE, fabric, operation, policy, vault};
use crate::wire::{Answer, ArmError, Call};
use crate::world::World;

/// Answers a call whose namespace is Microsoft.RecoveryServices.
pub(super) fn handle(world: &mut World, call: &Call) -> Answer {
    let words: Vec<String> = call.path.rest.iter().step_by(2).map(|word| word.to_ascii_lowercase()).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let get = call.method == Method::GET;
    match (words.as_slice(), call.path.rest.len()) {
        (["vaults"], 1) if get => vault::list(world, call),
        (["vaults"], 2) => vault::handle(world, call),
        (["vaults", "operationstatus"], 4) if get => operation::status(world, call),
        (["vaults", "operationresults"], 4) if get => operation::result(world, call),
        (["vaults", "backupconfig"], 4) if call.path.is(3, "vaultconfig") => config::handle(world, call),
        (["vaults", "backupstorageconfig"], 4) if call.path.is(3, "vaultstorageconfig") => {
            storage::handle(world, call)
        }
        (["vaults", "backupfabrics", "refreshcontainers"], 5) if call.method == Method::POST => {
            fabric::refresh(world, call)
        }
        (["vaults", "backupfabrics", "operationsstatus"], 6) if get => operation::status(world, call),
        (["vaults", "backupfabrics", "operationresults"], 6) if get => operation::result(world, call),
        (["vaults", "backupprotectableitems"], 3) if get => fabric::protectable(world, call),
        (["vaults", "backuppolicies"], 3) if get => policy::list(world, call),
        (["vaults", "backuppolicies"], 4) => policy::handle(world, call),
        _ => Err(ArmError::unknown_type(NAMESPACE, &words.join("/"))),
    }
}
