//! The policies that a vault is born with (recorded).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::named;
use crate::world::World;

/// The default policies of the vault `id`, by lower-cased name. Backups run in the night after its birth.
pub(in crate::recovery_services) fn all(world: &World, id: &str) -> BTreeMap<String, Value> {
    let time = world.now().strftime("%Y-%m-%dT22:00:00Z").to_string();
    let policies = [("DefaultPolicy", machines(&time)), ("HourlyLogBackup", databases(&time))];
    policies
        .into_iter()
        .map(|(name, properties)| (name.to_ascii_lowercase(), named(id, name, properties)))
        .collect()
}

fn daily(time: &str) -> Value {
    json!({
        "schedulePolicyType": "SimpleSchedulePolicy",
        "scheduleRunFrequency": "Daily",
        "scheduleRunTimes": [time],
        "scheduleWeeklyFrequency": 0,
    })
}

fn for_thirty_days(time: &str) -> Value {
    json!({
        "retentionPolicyType": "LongTermRetentionPolicy",
        "dailySchedule": {
            "retentionTimes": [time],
            "retentionDuration": { "count": 30, "durationType": "Days" },
        },
    })
}

fn machines(time: &str) -> Value {
    json!({
        "backupManagementType": "AzureIaasVM",
        "instantRPDetails": {},
        "schedulePolicy": daily(time),
        "retentionPolicy": for_thirty_days(time),
        "instantRpRetentionRangeInDays": 2,
        "timeZone": "UTC",
        "protectedItemsCount": 0,
    })
}

fn databases(time: &str) -> Value {
    json!({
        "backupManagementType": "AzureWorkload",
        "workLoadType": "SQLDataBase",
        "settings": { "timeZone": "UTC", "issqlcompression": false, "isCompression": false },
        "subProtectionPolicy": [
            { "policyType": "Full", "schedulePolicy": daily(time), "retentionPolicy": for_thirty_days(time) },
            {
                "policyType": "Log",
                "schedulePolicy": { "schedulePolicyType": "LogSchedulePolicy", "scheduleFrequencyInMins": 60 },
                "retentionPolicy": {
                    "retentionPolicyType": "SimpleRetentionPolicy",
                    "retentionDuration": { "count": 30, "durationType": "Days" },
                },
            },
        ],
        "protectedItemsCount": 0,
    })
}
