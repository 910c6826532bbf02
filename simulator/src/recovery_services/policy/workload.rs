//! Policies of databases: parts for full, differential or incremental, and log backups (or for snapshots of a HANA system), each
//! with a schedule and a retention of its own.
//!
//! Shapes and words: official; bounds: the validators of the Terraform provider; days: documentation.

use serde_json::Value;

use super::check::{self, Kind};
use super::retention;
use super::schedule::{self, Frequency, Schedule};
use crate::recovery_services::database::BackupType;
use crate::wire::json as body_json;

/// Logs are backed up after so many minutes.
const LOG_MINUTES: [u64; 8] = [15, 30, 60, 120, 240, 480, 720, 1440];

/// For so many days logs and differences are kept.
const DAYS: std::ops::RangeInclusive<u64> = 7..=35;

/// Snapshots are kept for so many days (official).
const SNAPSHOT_DAYS: std::ops::RangeInclusive<u64> = 1..=35;

/// Checks the properties of a policy.
pub(super) fn check(properties: &Value) -> Result<(), String> {
    let workload = body_json::text(properties, &["workLoadType"]).unwrap_or_default();
    let known: &[BackupType] = match workload {
        "SQLDataBase" => &[BackupType::Full, BackupType::Differential, BackupType::Log],
        "SAPHanaDatabase" => {
            &[BackupType::Full, BackupType::Differential, BackupType::Incremental, BackupType::Log]
        }
        "SAPHanaDBInstance" => &[BackupType::SnapshotFull],
        other => return Err(format!("workLoadType '{other}' is not one of databases")),
    };
    settings(properties)?;
    let parts = body_json::list(properties, &["subProtectionPolicy"]);
    let mut found: Vec<(BackupType, Option<Schedule>)> = Vec::new();
    for part in parts {
        let word = body_json::text(part, &["policyType"]).unwrap_or_default();
        let kind = BackupType::parse(word).filter(|kind| known.contains(kind));
        let kind = kind.ok_or_else(|| format!("policyType '{word}' is not known of {workload}"))?;
        if found.iter().any(|(other, _)| *other == kind) {
            return Err(format!("subProtectionPolicy holds two parts '{word}'"));
        }
        let schedule = part_of(part, kind).map_err(|problem| format!("the part '{word}': {problem}"))?;
        found.push((kind, schedule));
    }
    let first = if workload == "SAPHanaDBInstance" { BackupType::SnapshotFull } else { BackupType::Full };
    if !found.iter().any(|(kind, _)| *kind == first) {
        return Err(format!("subProtectionPolicy has no part '{}'", first.word()));
    }
    together(&found, workload)
}

fn settings(properties: &Value) -> Result<(), String> {
    let settings = body_json::member(properties, "settings").ok_or("settings is missing")?;
    check::time_zone(settings)?;
    if body_json::text(settings, &["timeZone"]).is_none() {
        return Err("settings.timeZone is missing".to_owned());
    }
    for name in ["issqlcompression", "isCompression"] {
        if body_json::member(settings, name).is_some_and(|flag| !flag.is_boolean()) {
            return Err(format!("settings.{name} must be true or false"));
        }
    }
    Ok(())
}

/// Checks one part; its schedule, but for logs.
fn part_of(part: &Value, kind: BackupType) -> Result<Option<Schedule>, String> {
    match kind {
        BackupType::Log => log(part).map(|()| None),
        BackupType::Full => {
            let schedule = schedule::read(part, Kind::Databases)?;
            let policy = body_json::member(part, "retentionPolicy").ok_or("retentionPolicy is missing")?;
            retention::check(policy, &schedule, Kind::Databases)
                .map_err(|problem| format!("retentionPolicy.{problem}"))?;
            check::archive(
                part,
                body_json::member(policy, "monthlySchedule").is_some()
                    || body_json::member(policy, "yearlySchedule").is_some(),
            )?;
            Ok(Some(schedule))
        }
        BackupType::SnapshotFull => snapshot(part).map(Some),
        BackupType::Differential | BackupType::Incremental | BackupType::CopyOnlyFull => {
            let schedule = schedule::read(part, Kind::Databases)?;
            if schedule.frequency != Frequency::Weekly {
                return Err("schedulePolicy.scheduleRunFrequency must be 'Weekly'".to_owned());
            }
            simple(part)?;
            Ok(Some(schedule))
        }
    }
}

fn log(part: &Value) -> Result<(), String> {
    let schedule = body_json::member(part, "schedulePolicy").ok_or("schedulePolicy is missing")?;
    if body_json::text(schedule, &["schedulePolicyType"]) != Some("LogSchedulePolicy") {
        return Err("schedulePolicy.schedulePolicyType must be 'LogSchedulePolicy'".to_owned());
    }
    let minutes = body_json::member(schedule, "scheduleFrequencyInMins").and_then(Value::as_u64);
    if !minutes.is_some_and(|minutes| LOG_MINUTES.contains(&minutes)) {
        return Err(format!("scheduleFrequencyInMins must be one of {LOG_MINUTES:?}"));
    }
    simple(part)
}

/// `SimpleRetentionPolicy`.
fn simple(part: &Value) -> Result<(), String> {
    let policy = body_json::member(part, "retentionPolicy").ok_or("retentionPolicy is missing")?;
    if body_json::text(policy, &["retentionPolicyType"]) != Some("SimpleRetentionPolicy") {
        return Err("retentionPolicy.retentionPolicyType must be 'SimpleRetentionPolicy'".to_owned());
    }
    if body_json::text(policy, &["retentionDuration", "durationType"]) != Some("Days") {
        return Err("retentionPolicy.retentionDuration.durationType must be 'Days'".to_owned());
    }
    let days = body_json::reach(policy, &["retentionDuration", "count"]).and_then(Value::as_u64);
    match days.is_some_and(|days| DAYS.contains(&days)) {
        true => Ok(()),
        false => Err(format!("retentionDuration.count must lie between {} and {}", DAYS.start(), DAYS.end())),
    }
}

/// Snapshots of a HANA system: daily, for some days, in a group that an identity may write (official).
fn snapshot(part: &Value) -> Result<Schedule, String> {
    let schedule = schedule::read(part, Kind::Databases)?;
    if schedule.frequency != Frequency::Daily {
        return Err("schedulePolicy.scheduleRunFrequency must be 'Daily'".to_owned());
    }
    let details = body_json::member(part, "snapshotBackupAdditionalDetails");
    let details = details.ok_or("snapshotBackupAdditionalDetails is missing")?;
    let days = body_json::member(details, "instantRpRetentionRangeInDays").and_then(Value::as_u64);
    if !days.is_some_and(|days| SNAPSHOT_DAYS.contains(&days)) {
        return Err("instantRpRetentionRangeInDays must lie between 1 and 35".to_owned());
    }
    match body_json::text(details, &["userAssignedManagedIdentityDetails", "identityArmId"]) {
        Some(_) => Ok(schedule),
        None => Err("userAssignedManagedIdentityDetails.identityArmId is missing".to_owned()),
    }
}

/// Full backups and differences never run on the same day, and SQL Server makes one differential backup a week.
fn together(parts: &[(BackupType, Option<Schedule>)], workload: &str) -> Result<(), String> {
    let schedule = |wanted: BackupType| {
        parts.iter().find(|(kind, _)| *kind == wanted).and_then(|(_, schedule)| schedule.as_ref())
    };
    let between = [BackupType::Differential, BackupType::Incremental];
    let Some(full) = schedule(BackupType::Full) else { return Ok(()) };
    for kind in between {
        let Some(other) = schedule(kind) else { continue };
        let word = kind.word();
        if full.frequency == Frequency::Daily {
            return Err(format!("the part '{word}' does not go with full backups on every day"));
        }
        if let Some(day) = other.days.iter().find(|day| full.days.contains(day)) {
            return Err(format!("the parts 'Full' and '{word}' both run on {day}"));
        }
    }
    let weekly = schedule(BackupType::Differential).filter(|_| workload == "SQLDataBase");
    if weekly.is_some_and(|schedule| schedule.days.len() > 1) {
        return Err("the part 'Differential' must run on one day of the week".to_owned());
    }
    let (some, others) = (schedule(BackupType::Differential), schedule(BackupType::Incremental));
    match some.zip(others).and_then(|(one, two)| one.days.iter().find(|day| two.days.contains(day))) {
        Some(day) => Err(format!("the parts 'Differential' and 'Incremental' both run on {day}")),
        None => Ok(()),
    }
}
