//! The policies that recorded instances name.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::recordings::read::{head, text};

pub(super) fn policies(instances: &[Value]) -> Vec<Value> {
    let mut found: BTreeMap<String, Value> = BTreeMap::new();
    for instance in instances {
        let Some(id) = text(instance, &["policyInfo", "policyId"]) else { continue };
        let kind = text(instance, &["dataSourceInfo", "datasourceType"]).unwrap_or_default();
        let containers = instance
            .pointer("/policyInfo/policyParameters/backupDatasourceParametersList")
            .is_some_and(Value::is_array);
        let vaulted = kind.contains("PostgreSQL") || containers;
        let (vault, name) = (head(id, 8).unwrap_or_default(), id.rsplit('/').next().unwrap_or_default());
        let entry = json!({ "vault": vault, "name": name, "properties": policy(kind, vaulted) });
        if vaulted || !found.contains_key(id) {
            found.insert(id.to_owned(), entry);
        }
    }
    found.into_values().collect()
}

fn policy(kind: &str, vaulted: bool) -> Value {
    let store = if vaulted { "VaultStore" } else { "OperationalStore" };
    let (rule, period, backup) =
        if vaulted { ("BackupWeekly", "P1W", "Full") } else { ("BackupHourly", "PT4H", "Incremental") };
    let retention = json!({
        "objectType": "AzureRetentionRule", "name": "Default", "isDefault": true,
        "lifecycles": [{ "deleteAfter": { "objectType": "AbsoluteDeleteOption", "duration": "P7D" },
                         "sourceDataStore": { "dataStoreType": store, "objectType": "DataStoreInfoBase" } }],
    });
    let schedule = json!({
        "objectType": "AzureBackupRule", "name": rule,
        "backupParameters": { "objectType": "AzureBackupParams", "backupType": backup },
        "dataStore": { "dataStoreType": store, "objectType": "DataStoreInfoBase" },
        "trigger": { "objectType": "ScheduleBasedTriggerContext",
                     "schedule": { "repeatingTimeIntervals": [format!("R/2024-01-01T00:00:00+00:00/{period}")] },
                     "taggingCriteria": [{ "isDefault": true, "taggingPriority": 99, "tagInfo": { "tagName": "Default", "id": "Default_" } }] },
    });
    let operational_blob = kind.ends_with("blobServices") && !vaulted;
    let rules = if operational_blob { vec![retention] } else { vec![schedule, retention] };
    json!({ "objectType": "BackupPolicy", "datasourceTypes": [kind], "policyRules": rules })
}
