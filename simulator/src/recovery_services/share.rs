//! What is particular about file shares.

pub(super) mod files;
pub(super) mod item;
pub(super) mod job;
pub(super) mod point;
pub(super) mod protectable;
pub(super) mod readiness;
pub(super) mod register;
pub(super) mod restore;

use super::State;
use super::item::write::Source;
use super::name::ContainerName;
use crate::wire::json as body_json;
use crate::wire::path::{key, name_of};
use crate::world::World;

/// The type of a share as ARM spells it.
const TYPE: &str = "Microsoft.Storage/storageAccounts/fileServices/shares";

/// The ids of the shares of an account.
pub(super) fn of_account(world: &World, account: &str) -> Vec<String> {
    let below = format!("{}/fileservices/default/shares/", key(account));
    let found = world.arm.resources.below(&below);
    let shares = found.filter(|(_, body)| {
        body_json::text(body, &["type"]).is_some_and(|kind| kind.eq_ignore_ascii_case(TYPE))
    });
    shares.filter_map(|(_, body)| body_json::text(body, &["id"]).map(str::to_owned)).collect()
}

/// The share whose system name in a container is `system`; nothing is known of others.
pub(super) fn source(
    world: &World,
    vault: &str,
    container: &ContainerName,
    account: &str,
    system: &str,
) -> Source {
    let found = State::of(world).vaults.get(vault);
    let found = found.and_then(|vault| vault.containers.get(&container.key()));
    let share =
        found.and_then(|found| found.shares.iter().find(|(_, known)| known.eq_ignore_ascii_case(system)));
    let account = account.trim_end_matches('/');
    let (id, name) = match share {
        Some((id, _)) => (id.clone(), name_of(id).to_owned()),
        None => (String::new(), String::new()),
    };
    Source { id, resource: account.to_owned(), name, address: None }
}
