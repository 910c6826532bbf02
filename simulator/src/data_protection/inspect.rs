//! What the control surface shows of vaults and what lies in them.

use serde_json::{Value, json};

use super::State;
use super::instance::{Instance, containers};
use super::vault::Vault;
use crate::wire::path::{key, name_of};
use crate::world::World;

/// Has the next backup of the instance with this id fail; whether it exists.
pub(super) fn fail_next_backup(world: &mut World, id: &str, code: &str) -> bool {
    let id = key(id);
    let exists = State::of(world).vaults.values().any(|vault| vault.instances.with_key(&id).is_some());
    if exists {
        State::of_mut(world).next_failures.insert(id, code.to_owned());
    }
    exists
}

/// Vaults, instances, and what restores have left.
pub(super) fn shown(world: &World) -> Value {
    let state = State::of(world);
    let instances = state.vaults.values().flat_map(|vault| {
        vault.instances.values().map(move |instance| instance_shown(world, vault, instance))
    });
    json!({
        "vaults": state.vaults.values().map(vault_shown).collect::<Vec<_>>(),
        "instances": instances.collect::<Vec<_>>(),
        "restores": state.restores,
        "files": state.files,
    })
}

fn vault_shown(vault: &Vault) -> Value {
    json!({
        "id": vault.id,
        "principalId": vault.principal(),
        "policies": vault.policies.values().map(|policy| policy.get("name")).collect::<Vec<_>>(),
        "deletedInstances": vault.deleted.keys().collect::<Vec<_>>(),
        "jobs": vault.jobs.len(),
    })
}

/// A backup instance with its datasource and state.
fn instance_shown(world: &World, vault: &Vault, instance: &Instance) -> Value {
    json!({
        "id": instance.id,
        "name": name_of(&instance.id),
        "vault": vault.id,
        "dataSourceId": instance.described.pointer("/dataSourceInfo/resourceID"),
        "datasourceType": instance.datasource_type(),
        "policyId": instance.policy_id(),
        "currentProtectionState": instance.state.word(),
        "error": instance.error,
        "recoveryPoints": instance.points.len(),
        "containers": containers::copied(world, instance),
    })
}
