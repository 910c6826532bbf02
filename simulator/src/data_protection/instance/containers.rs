//! The containers of a storage account that a vaulted backup copies.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Instance;
use crate::data_protection::readiness::excluded;
use crate::wire::json as body_json;
use crate::wire::path::{key, name_of};
use crate::world::World;

/// The containers that the next backup of `instance` copies: those it lists, or, where they are protected
/// automatically, all that exist and that no rule leaves out.
pub(crate) fn copied(world: &World, instance: &Instance) -> Vec<String> {
    let path = ["policyInfo", "policyParameters", "backupDatasourceParametersList"];
    let parameters = body_json::list(&instance.described, &path);
    let listed = parameters.iter().flat_map(|parameter| body_json::list(parameter, &["containersList"]));
    let mut names: BTreeSet<String> = listed.filter_map(Value::as_str).map(str::to_owned).collect();
    let there = of_account(world, &instance.datasource());
    names.extend(there.into_iter().filter(|name| excluded(parameters, name) == Some(false)));
    names.into_iter().collect()
}

/// The names of the containers of an account.
pub(crate) fn of_account(world: &World, account: &str) -> Vec<String> {
    let prefix = format!("{}/blobservices/default/containers/", key(account));
    let found = world.arm.resources.below(&prefix);
    found.filter_map(|(_, body)| body_json::text(body, &["id"])).map(|id| name_of(id).to_owned()).collect()
}
