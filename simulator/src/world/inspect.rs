//! The state as the control surface shows it.

use serde_json::{Value, json};

use super::World;
use crate::clock::precise;
use crate::data_protection::copied_containers;
use crate::wire::path::name_of;

/// Everything that tests and people ask about.
pub(crate) fn state(world: &World) -> Value {
    let now = world.now();
    let assignments: Vec<Value> = world
        .assignments
        .iter()
        .map(|one| {
            json!({
                "id": one.id(),
                "scope": one.scope,
                "principalId": one.principal,
                "roleDefinitionGuid": one.role,
                "effective": one.effective <= now,
                "effectiveAt": precise(one.effective),
            })
        })
        .collect();
    let vaults: Vec<Value> = world
        .vaults
        .values()
        .map(|vault| {
            json!({
                "id": vault.id,
                "principalId": vault.principal(),
                "policies": vault.policies.values().map(|policy| policy.get("name")).collect::<Vec<_>>(),
                "deletedInstances": vault.deleted.keys().collect::<Vec<_>>(),
                "jobs": vault.jobs.len(),
            })
        })
        .collect();
    json!({
        "now": precise(now),
        "speed": world.clock.speed(),
        "resourceGroups": world.groups.values().collect::<Vec<_>>(),
        "resources": world.resources.values().collect::<Vec<_>>(),
        "vaults": vaults,
        "instances": instances(world).get("instances"),
        "restores": world.restores,
        "files": world.files,
        "roleAssignments": assignments,
        "eventSubscriptions": world.events.subscriptions.values().map(|one| &one.id).collect::<Vec<_>>(),
        "events": world.events.summary(),
    })
}

/// Every backup instance with its datasource and state.
pub(crate) fn instances(world: &World) -> Value {
    let instances: Vec<Value> = world
        .vaults
        .values()
        .flat_map(|vault| vault.instances.values().map(move |instance| (vault, instance)))
        .map(|(vault, instance)| {
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
                "containers": copied_containers(world, instance),
            })
        })
        .collect();
    json!({ "instances": instances })
}
