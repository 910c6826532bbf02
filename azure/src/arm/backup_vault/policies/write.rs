//! The body of a backup policy, exactly as Azure's own tools send it.

use holdfast_protection::schedule::{Frequency, RetentionTag};

use holdfast_protection::policy::{RetentionSpec, RuleSpec, ScheduledBackup};
use holdfast_protection::tier::DataStore;
use serde_json::{Value, json};

/// A Sunday in the past: the day on which weekly schedules run.
const FIRST_RUN: &str = "2024-01-07";

/// The body of a `PUT`.
pub(super) fn body(spec: &RuleSpec) -> Value {
    let backup = spec.backup.map(|backup| backup_rule(spec, backup));
    let retention = spec.retention.iter().map(|keep| retention_rule(spec, *keep));
    json!({ "properties": {
        "objectType": "BackupPolicy",
        "datasourceTypes": [spec.workload.datasource_type()],
        "policyRules": backup.into_iter().chain(retention).collect::<Vec<Value>>(),
    } })
}

fn backup_rule(spec: &RuleSpec, backup: ScheduledBackup) -> Value {
    let ScheduledBackup { schedule, store } = backup;
    let name = match schedule.every {
        Frequency::Hours(_) => "BackupHourly",
        Frequency::Day => "BackupDaily",
        Frequency::Week => "BackupWeekly",
    };
    let kept = spec.retention.iter().filter(|keep| keep.store == store);
    json!({
        "objectType": "AzureBackupRule",
        "name": name,
        "backupParameters": {
            "objectType": "AzureBackupParams",
            "backupType": spec.workload.manifest().backup_type,
        },
        "dataStore": data_store(store),
        "trigger": {
            "objectType": "ScheduleBasedTriggerContext",
            "schedule": {
                "repeatingTimeIntervals": [format!("R/{FIRST_RUN}T{}:00+00:00/{}", schedule.at, schedule.every)],
                "timeZone": "UTC",
            },
            "taggingCriteria": kept.map(|keep| tagging(keep.tag)).collect::<Vec<Value>>(),
        },
    })
}

fn tagging(tag: RetentionTag) -> Value {
    let info = json!({ "id": format!("{}_", tag.name()), "tagName": tag.name() });
    match tag.criterion() {
        None => json!({ "isDefault": true, "tagInfo": info, "taggingPriority": tag.priority() }),
        Some(word) => json!({
            "isDefault": false,
            "tagInfo": info,
            "taggingPriority": tag.priority(),
            "criteria": [ { "objectType": "ScheduleBasedBackupCriteria", "absoluteCriteria": [word] } ],
        }),
    }
}

fn retention_rule(spec: &RuleSpec, keep: RetentionSpec) -> Value {
    json!({
        "objectType": "AzureRetentionRule",
        "name": spec.rule_name(keep),
        "isDefault": keep.tag == RetentionTag::Default,
        "lifecycles": [ {
            "deleteAfter": { "objectType": "AbsoluteDeleteOption", "duration": keep.period },
            "sourceDataStore": data_store(keep.store),
            "targetDataStoreCopySettings": [],
        } ],
    })
}

fn data_store(store: DataStore) -> Value {
    json!({ "objectType": "DataStoreInfoBase", "dataStoreType": store.as_str() })
}
