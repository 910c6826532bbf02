//! The properties of an item that protects a virtual machine (recorded; newer members official).

use serde_json::{Value, json};

use crate::clock::precise;
use crate::recovery_services::item::{Item, Last};
use crate::recovery_services::trouble::Trouble;
use crate::recovery_services::{policy, vault};
use crate::wire::json as body_json;
use crate::wire::path::name_of;
use crate::world::World;

/// From this api-version on an item names its vault.
pub(in crate::recovery_services) const VAULT_SHOWN_SINCE: &str = "2023-01-01";

/// Of an item that never had a backup.
const NEVER: &str = "2001-01-01T00:00:00Z";

/// The properties as the older api-versions show them.
pub(in crate::recovery_services) fn properties(world: &World, item: &Item) -> Value {
    let trouble = item.last_backup.as_ref().and_then(|last| last.trouble.as_ref());
    let lasting = trouble.filter(|trouble| trouble.code == "UserErrorVmNotFoundV2");
    let mut properties = json!({
        "kpisHealths": health(item),
        "friendlyName": item.friendly_name,
        "virtualMachineId": item.source,
        "protectionStatus": if trouble.is_some() { "Unhealthy" } else { "Healthy" },
        "protectionState": item.state.word(),
        "healthStatus": if lasting.is_some() { "ActionRequired" } else { "Passed" },
        "lastBackupStatus": item.last_backup.as_ref().map_or("", |last| if last.trouble.is_some() { "Failed" } else { "Completed" }),
        "lastBackupTime": item.last_backup.as_ref().map_or(NEVER.to_owned(), |last| precise(last.began)),
        "protectedItemDataId": item.data_id.to_string(),
        "protectedItemType": item.kind.item_type(),
        "backupManagementType": item.kind.management(),
        "workloadType": item.kind.workload(),
        "containerName": item.container_shown(),
        "sourceResourceId": item.source_resource,
        "policyId": item.policy.as_deref().unwrap_or_default(),
        "policyName": item.policy.as_deref().map(name_of).unwrap_or_default(),
        "isArchiveEnabled": policy::archives(world, item),
    });
    if item.last_backup.is_some() {
        let details = lasting.map_or_else(green, Trouble::in_health);
        body_json::set(&mut properties, &["healthDetails"], json!([details]));
    }
    if let Some(newest) = item.points.iter().map(|point| point.time).max() {
        body_json::set(&mut properties, &["lastRecoveryPoint"], json!(precise(newest)));
    }
    if let Some(disks) = &item.disks {
        body_json::set(&mut properties, &["extendedProperties"], json!({ "diskExclusionProperties": disks }));
    }
    deletion(world, item, &mut properties);
    properties
}

/// What a soft-deleted item shows, the time left as .NET writes it (recorded).
pub(in crate::recovery_services) fn deletion(world: &World, item: &Item, properties: &mut Value) {
    let Some(since) = item.deleted else { return };
    let days = vault::soft_delete_days(world, &item.id);
    let left = days * 86_400.0 - world.now().duration_since(since).as_secs_f64() * world.clock.speed();
    let shown = json!({
        "deferredDeleteTimeInUTC": precise(since),
        "isScheduledForDeferredDelete": true,
        "deferredDeleteTimeRemaining": net_span(left.max(0.0)),
    });
    body_json::merge(properties, &shown);
}

/// A span such as `13.23:59:44.8580975`.
fn net_span(seconds: f64) -> String {
    let ticks = (seconds * 1e7).round() as u64;
    let (whole, rest) = (ticks / 10_000_000, ticks % 10_000_000);
    let (days, hours, minutes, seconds) = (whole / 86_400, whole / 3600 % 24, whole / 60 % 60, whole % 60);
    format!("{days}.{hours:02}:{minutes:02}:{seconds:02}.{rest:07}")
}

fn green() -> Value {
    json!({
        "code": 400_239,
        "title": "IaasVmHealthGreenDefault",
        "message": "Backup pre-check status of this virtual machine is OK.",
        "recommendations": [],
    })
}

/// `kpisHealths`: how the last backup and the last restore went.
pub(in crate::recovery_services) fn health(item: &Item) -> Value {
    let mut kpis = json!({});
    let kinds =
        [("BackupOperationStatusKPI", &item.last_backup), ("RestoreOperationStatusKPI", &item.last_restore)];
    for (name, last) in kinds {
        if let Some(last) = last {
            body_json::set(&mut kpis, &[name], indicator(last));
        }
    }
    kpis
}

/// Degraded is the customer's affair, unhealthy the service's.
fn indicator(last: &Last) -> Value {
    let Some(trouble) = &last.trouble else {
        let success = json!({ "code": 0, "title": "Success", "message": "", "recommendations": [] });
        return json!({ "resourceHealthStatus": "Healthy", "resourceHealthDetails": [success] });
    };
    let word = if trouble.is_users() { "TransientDegraded" } else { "TransientUnhealthy" };
    json!({ "resourceHealthStatus": word, "resourceHealthDetails": [trouble.in_health()] })
}

/// `extendedInfo` (official).
pub(in crate::recovery_services) fn extended(item: &Item) -> Value {
    let mut info = json!({ "recoveryPointCount": item.points.len(), "policyInconsistent": false });
    if let Some(oldest) = item.points.iter().map(|point| point.time).min() {
        body_json::set(&mut info, &["oldestRecoveryPoint"], json!(precise(oldest)));
    }
    info
}

#[test]
fn time_left_is_written_as_recorded() {
    assert_eq!(net_span(14.0 * 86_400.0 - 15.141_902_5), "13.23:59:44.8580975");
}
