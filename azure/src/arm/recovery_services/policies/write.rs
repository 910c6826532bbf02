//! The body of a policy, as Azure's own tools send it.

use holdfast_evaluator::Consistency;
use holdfast_protection::policy::{FilesPolicy, Runs, ShareBackups, Tiering, VmPolicy, VmPolicyKind};
use holdfast_protection::schedule::TimeOfDay;
use serde_json::{Value, json};

use super::calendar::{DAYS, words};
use super::retention;

/// The body of a policy of machines.
pub(super) fn of_machines(policy: &VmPolicy) -> Value {
    let (kind, schedule) = match policy.kind {
        VmPolicyKind::Standard => ("V1", simple(&policy.runs)),
        VmPolicyKind::Enhanced => ("V2", enhanced(&policy.runs)),
    };
    let groups = policy.snapshot_groups.as_ref().map_or_else(
        || json!({}),
        |groups| json!({ "azureBackupRGNamePrefix": groups.prefix, "azureBackupRGNameSuffix": groups.suffix }),
    );
    let mut properties = json!({
        "backupManagementType": "AzureIaasVM",
        "policyType": kind,
        "instantRPDetails": groups,
        "instantRpRetentionRangeInDays": policy.instant_days,
        "schedulePolicy": schedule,
        "retentionPolicy": retention::written(&policy.kept, Some(instant(policy.runs.at()))),
        "timeZone": policy.time_zone.as_str(),
    });
    if let Some(properties) = properties.as_object_mut() {
        if policy.consistency == Consistency::Crash {
            properties.insert("snapshotConsistencyType".to_owned(), json!("OnlyCrashConsistent"));
        }
        if let Some(tiering) = tiering(policy.tiering) {
            properties.insert("tieringPolicy".to_owned(), json!({ "ArchivedRP": tiering }));
        }
    }
    json!({ "properties": properties })
}

/// The body of a policy of shares.
pub(super) fn of_shares(policy: &FilesPolicy) -> Value {
    // Of several backups a day, Azure itself knows the last (official).
    let time = match policy.runs {
        Runs::Hourly { .. } => None,
        Runs::Daily { .. } | Runs::Weekly { .. } => Some(instant(policy.runs.at())),
    };
    let kept = retention::written(policy.kept(), time);
    let (name, kept) = match policy.backups {
        ShareBackups::Snapshots { .. } => ("retentionPolicy", kept),
        ShareBackups::Vault { snapshot_days, .. } => (
            "vaultRetentionPolicy",
            json!({ "snapshotRetentionInDays": snapshot_days, "vaultRetention": kept }),
        ),
    };
    json!({ "properties": {
        "backupManagementType": "AzureStorage",
        "workLoadType": "AzureFileShare",
        "schedulePolicy": simple(&policy.runs),
        "timeZone": policy.time_zone.as_str(),
        name: kept,
    } })
}

/// A time of day as Azure wants it: on some date.
pub(super) fn instant(at: TimeOfDay) -> String {
    format!("2024-01-07T{at}:00Z")
}

pub(super) fn simple(runs: &Runs) -> Value {
    let kind = "SimpleSchedulePolicy";
    let times = [instant(runs.at())];
    match runs {
        Runs::Hourly { every, at, window } => json!({
            "schedulePolicyType": kind,
            "scheduleRunFrequency": "Hourly",
            "hourlySchedule": hourly(*every, *at, *window),
        }),
        Runs::Daily { .. } => json!({
            "schedulePolicyType": kind,
            "scheduleRunFrequency": "Daily",
            "scheduleRunTimes": times,
        }),
        Runs::Weekly { days, .. } => json!({
            "schedulePolicyType": kind,
            "scheduleRunFrequency": "Weekly",
            "scheduleRunDays": words(&DAYS, days),
            "scheduleRunTimes": times,
        }),
    }
}

fn enhanced(runs: &Runs) -> Value {
    let kind = "SimpleSchedulePolicyV2";
    let times = [instant(runs.at())];
    match runs {
        Runs::Hourly { every, at, window } => json!({
            "schedulePolicyType": kind,
            "scheduleRunFrequency": "Hourly",
            "hourlySchedule": hourly(*every, *at, *window),
        }),
        Runs::Daily { .. } => json!({
            "schedulePolicyType": kind,
            "scheduleRunFrequency": "Daily",
            "dailySchedule": { "scheduleRunTimes": times },
        }),
        Runs::Weekly { days, .. } => json!({
            "schedulePolicyType": kind,
            "scheduleRunFrequency": "Weekly",
            "weeklySchedule": { "scheduleRunDays": words(&DAYS, days), "scheduleRunTimes": times },
        }),
    }
}

fn hourly(every: u32, at: TimeOfDay, window: u32) -> Value {
    json!({
        "interval": every,
        "scheduleWindowStartTime": instant(at),
        "scheduleWindowDuration": window,
    })
}

/// None leaves recovery points where they are.
fn tiering(tiering: Tiering) -> Option<Value> {
    match tiering {
        Tiering::Never => None,
        Tiering::Recommended => Some(json!({ "tieringMode": "TierRecommended" })),
        Tiering::After(period) => {
            let (duration, unit) = (period.count(), retention::unit(period));
            Some(json!({ "tieringMode": "TierAfter", "duration": duration, "durationType": unit }))
        }
    }
}
