//! Disks as somebody protects them by hand.

use serde_json::{Value, json};

/// Properties of a policy: each day at two, kept for so many days. With fourteen it is the one that the shipped rules lead to.
pub fn daily(days: u32) -> Value {
    let store = json!({ "objectType": "DataStoreInfoBase", "dataStoreType": "OperationalStore" });
    let tag = json!({ "tagName": "Default", "id": "Default_" });
    json!({ "objectType": "BackupPolicy", "datasourceTypes": ["Microsoft.Compute/disks"], "policyRules": [
        { "objectType": "AzureBackupRule", "name": "BackupDaily", "dataStore": store,
          "backupParameters": { "objectType": "AzureBackupParams", "backupType": "Incremental" },
          "trigger": { "objectType": "ScheduleBasedTriggerContext",
            "schedule": { "repeatingTimeIntervals": ["R/2024-01-07T02:00:00+00:00/P1D"], "timeZone": "UTC" },
            "taggingCriteria": [{ "isDefault": true, "taggingPriority": 99, "tagInfo": tag }] } },
        { "objectType": "AzureRetentionRule", "name": "Default", "isDefault": true, "lifecycles": [
            { "deleteAfter": { "objectType": "AbsoluteDeleteOption", "duration": format!("P{days}D") },
              "sourceDataStore": store, "targetDataStoreCopySettings": [] }] } ] })
}

/// The backup instance of `disk` under `policy`, with its snapshots in the resource group `snapshots`; all three are ids.
pub fn instance(disk: &str, policy: &str, snapshots: &str) -> Value {
    let name = disk.rsplit('/').next().unwrap_or_default();
    let info = json!({ "objectType": "Datasource", "resourceID": disk, "resourceName": name, "resourceUri": disk,
        "resourceType": "Microsoft.Compute/disks", "datasourceType": "Microsoft.Compute/disks", "resourceLocation": "westeurope" });
    let store = json!({ "objectType": "AzureOperationalStoreParameters", "dataStoreType": "OperationalStore",
        "resourceGroupId": snapshots });
    json!({ "properties": { "objectType": "BackupInstance", "friendlyName": name, "dataSourceInfo": info,
        "policyInfo": { "policyId": policy, "policyParameters": { "dataStoreParametersList": [store] } } } })
}
