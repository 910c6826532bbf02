//! The properties of an item that protects a share (recorded).

use serde_json::{Value, json};

use crate::clock::precise;
use crate::recovery_services::item::Item;
use crate::recovery_services::machine::item::{deletion, health};
use crate::recovery_services::policy;
use crate::wire::json as body_json;
use crate::world::World;

/// The properties as the older api-versions show them.
pub(in crate::recovery_services) fn properties(world: &World, item: &Item) -> Value {
    let last = item.last_backup.as_ref();
    let word = last.map_or("IRPending", |last| if last.trouble.is_some() { "Failed" } else { "Completed" });
    let healthy = last.is_none_or(|last| last.trouble.is_none());
    let mut properties = json!({
        "kpisHealths": health(item),
        "friendlyName": item.friendly_name,
        "protectionStatus": if healthy { "Healthy" } else { "Unhealthy" },
        "protectionState": item.state.word(),
        "lastBackupStatus": word,
        "protectedItemType": item.kind.item_type(),
        "backupManagementType": item.kind.management(),
        "workloadType": item.kind.workload(),
        "containerName": item.container_shown(),
        // The service spells the namespace of the account in its own way.
        "sourceResourceId": item.source_resource.replace("/Microsoft.Storage/", "/Microsoft.storage/"),
        "isArchiveEnabled": policy::archives(world, item),
    });
    if let Some(policy) = &item.policy {
        body_json::set(&mut properties, &["policyId"], json!(policy));
    }
    if let Some(last) = last {
        body_json::set(&mut properties, &["lastBackupTime"], json!(precise(last.began)));
    }
    deletion(world, item, &mut properties);
    properties
}

/// `extendedInfo`.
pub(in crate::recovery_services) fn extended(world: &World, item: &Item) -> Value {
    json!({
        "recoveryPointCount": item.points.len(),
        "policyState": "Consistent",
        "resourceState": "Active",
        "resourceStateSyncTime": precise(world.now()),
    })
}
