//! What the control surface shows of vaults and what lies in them, and what a test has happen to it.

use serde_json::{Value, json};

use super::item::{Item, Last, Protection, found_mut};
use super::trouble::Trouble;
use super::vault::Vault;
use super::{State, database};
use crate::backup::identity::principal;
use crate::wire::path::{key, name_of};
use crate::world::World;

/// Vaults and items.
pub(super) fn shown(world: &World) -> Value {
    let vaults = State::of(world).vaults.values();
    let items = vaults.clone().flat_map(|vault| vault.items.values().map(|item| item_shown(vault, item)));
    json!({
        "recoveryServicesVaults": vaults.clone().map(vault_shown).collect::<Vec<_>>(),
        "recoveryServicesItems": items.collect::<Vec<_>>(),
        "shareFiles": State::of(world).files,
        "databaseServers": database::guest::shown(world),
        "recoveryServicesSecrets": secrets(world),
    })
}

/// All that was handed out and must not be written down: tokens for the paired region, and what opens recovery points.
fn secrets(world: &World) -> Vec<&str> {
    let state = State::of(world);
    let scripts = state.scripts.values().filter_map(Value::as_array).flatten();
    let suffixes = scripts.filter_map(|script| script.get("scriptNameSuffix")?.as_str());
    state.tokens.keys().map(String::as_str).chain(suffixes).collect()
}

fn vault_shown(vault: &Vault) -> Value {
    json!({
        "id": vault.id,
        "principalId": principal(&vault.body),
        "policies": vault.policies.values().map(|policy| policy.get("name")).collect::<Vec<_>>(),
        "containers": vault.containers.values().map(|container| name_of(&container.id)).collect::<Vec<_>>(),
        "jobs": vault.jobs.len(),
    })
}

fn item_shown(vault: &Vault, item: &Item) -> Value {
    json!({
        "id": item.id,
        "name": name_of(&item.id),
        "vault": vault.id,
        "dataSourceId": item.source,
        "datasourceType": item.kind.source_type(),
        "policyId": item.policy,
        "currentProtectionState": item.state.word(),
        "softDeleted": item.deleted.is_some(),
        "error": item.last_backup.as_ref().and_then(|last| last.trouble.as_ref()).map(|trouble| &trouble.code),
        "recoveryPoints": item.points.len(),
    })
}

/// The vault and the key of the item with this id.
fn place(id: &str) -> Option<(String, String)> {
    let id = key(id);
    let vault = id.split_once("/backupfabrics/")?.0.to_owned();
    Some((vault, id))
}

/// The protection of an item ends in an error.
pub(super) fn break_protection(world: &mut World, id: &str, code: &str) -> bool {
    let now = world.now();
    let Some((vault, id)) = place(id) else { return false };
    let Some(item) = found_mut(world, &vault, &id) else { return false };
    item.state = Protection::Error;
    item.last_backup = Some(Last { began: now, trouble: Some(Trouble::named(code)) });
    world.touch(&id);
    true
}

/// The next backup of an item fails with this code.
pub(super) fn fail_next_backup(world: &mut World, id: &str, code: &str) -> bool {
    let Some((vault, id)) = place(id) else { return false };
    let Some(item) = found_mut(world, &vault, &id) else { return false };
    item.next_failure = Some(code.to_owned());
    true
}
