//! The body of a job that has just begun, and what depends on the kind of its datasource.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::notation::etag;
use crate::clock::precise;
use crate::data_protection::instance::Instance;
use crate::wire::json as body_json;
use crate::wire::path::{group_of, name_of, subscription_of};

pub(super) fn begun(vault: &str, activity: &str, instance: &Instance, tag: &str, now: Timestamp) -> Value {
    let text = |names: &[&str]| body_json::reach(&instance.described, names).cloned().unwrap_or_default();
    let source = body_json::text(&instance.described, &["dataSourceInfo", "resourceID"]).unwrap_or_default();
    let subscription = subscription_of(source);
    json!({
        "activityID": activity,
        "subscriptionId": subscription_of(vault),
        "backupInstanceId": instance.id,
        "policyId": instance.policy_id(),
        "dataSourceId": source,
        "vaultName": name_of(vault),
        "backupInstanceFriendlyName": instance.friendly_name(),
        "policyName": name_of(instance.policy_id()),
        "sourceResourceGroup": group_of(source),
        "dataSourceSetName": text(&["dataSourceSetInfo", "resourceName"]),
        "dataSourceName": text(&["dataSourceInfo", "resourceName"]),
        "sourceDataStoreName": null,
        "sourceDataStoreType": null,
        "destinationDataStoreName": null,
        "progressEnabled": is_database(instance.datasource_type()),
        "etag": etag(now),
        "sourceSubscriptionID": subscription,
        "dataSourceLocation": text(&["dataSourceInfo", "resourceLocation"]),
        "startTime": precise(now),
        "endTime": null,
        "dataSourceType": instance.datasource_type(),
        "operationCategory": "Backup",
        "operation": "Backup",
        "status": "InProgress",
        "restoreType": null,
        "isUserTriggered": true,
        "rehydrationPriority": null,
        "supportedActions": [""],
        "duration": "PT0S",
        "progressUrl": null,
        "isCrossRegionRestore": null,
        "errorDetails": null,
        "extendedInfo": {
            "backupInstanceState": null,
            "dataTransferredInBytes": null,
            "targetRecoverPoint": null,
            "sourceRecoverPoint": null,
            "recoveryDestination": null,
            "subTasks": [sub_task("InProgress", Value::Null)],
            "additionalDetails": { "RetentionTag": tag },
            "warningDetails": null,
        },
    })
}

fn is_database(datasource_type: &str) -> bool {
    datasource_type.to_ascii_lowercase().starts_with("microsoft.dbfor")
}

/// Where a backup has gone, as its job says (recorded for disks, blobs, databases and clusters).
pub(super) fn destination(datasource_type: &str, vaulted: bool) -> Value {
    match datasource_type {
        "Microsoft.DBforPostgreSQL/servers/databases" | "Microsoft.ContainerService/managedClusters" => {
            Value::Null
        }
        _ if vaulted => json!("VaultStore"),
        _ => json!("OperationalTierStore"),
    }
}

/// How much was copied, as a job says that copies (recorded for the same).
pub(super) fn transferred(datasource_type: &str) -> Value {
    match datasource_type {
        "Microsoft.Compute/disks" | "Microsoft.ContainerService/managedClusters" => Value::Null,
        _ => json!(2063.0),
    }
}

pub(super) fn sub_task(status: &str, details: Value) -> Value {
    json!({ "taskId": 1, "taskName": "Trigger Backup", "taskStatus": status, "taskProgress": null, "additionalDetails": details })
}
