//! Policies of databases in machines: one part for each kind of backup.

use holdfast_evaluator::PartialKind;
use holdfast_protection::policy::{DatabasePolicy, LogRuns, PartialRuns, Runs, TimeZone};
use holdfast_protection::workload::in_machine::DatabaseKind;
use serde::Deserialize;
use serde_json::{Value, json};

use super::calendar::{DAYS, words};
use super::read::{ScheduleWire, runs};
use super::retention::{self, DurationWire, RetentionWire};
use super::write::{instant, simple};
use crate::arm::wire::or_default;

/// The body of a policy, with the fields that recorded calls have.
pub(super) fn written(policy: &DatabasePolicy) -> Value {
    let full = json!({
        "policyType": "Full",
        "schedulePolicy": simple(&policy.runs),
        "retentionPolicy": retention::written(&policy.kept, Some(instant(policy.runs.at()))),
    });
    let partial = policy.partial.as_ref().map(partial);
    let log = policy.log.map(log);
    let parts: Vec<Value> = std::iter::once(full).chain(partial).chain(log).collect();
    json!({ "properties": {
        "backupManagementType": "AzureWorkload",
        "workLoadType": policy.databases.item_word(),
        "settings": {
            "timeZone": policy.time_zone.as_str(),
            "issqlcompression": policy.compressed,
            "isCompression": policy.compressed,
        },
        "subProtectionPolicy": parts,
    } })
}

fn partial(partial: &PartialRuns) -> Value {
    let word = match partial.kind {
        PartialKind::Differential => "Differential",
        PartialKind::Incremental => "Incremental",
    };
    json!({
        "policyType": word,
        "schedulePolicy": {
            "schedulePolicyType": "SimpleSchedulePolicy",
            "scheduleRunFrequency": "Weekly",
            "scheduleRunDays": words(&DAYS, &partial.days),
            "scheduleRunTimes": [instant(partial.at)],
        },
        "retentionPolicy": days(partial.keep_days),
    })
}

fn log(log: LogRuns) -> Value {
    json!({
        "policyType": "Log",
        "schedulePolicy": {
            "schedulePolicyType": "LogSchedulePolicy",
            "scheduleFrequencyInMins": log.every_minutes,
        },
        "retentionPolicy": days(log.keep_days),
    })
}

fn days(count: u32) -> Value {
    json!({
        "retentionPolicyType": "SimpleRetentionPolicy",
        "retentionDuration": { "count": count, "durationType": "Days" },
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PolicyWire {
    #[serde(rename = "workLoadType", default, deserialize_with = "or_default")]
    workload_type: String,
    #[serde(default, deserialize_with = "or_default")]
    settings: SettingsWire,
    #[serde(default, deserialize_with = "or_default")]
    sub_protection_policy: Vec<PartWire>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct SettingsWire {
    #[serde(deserialize_with = "or_default")]
    time_zone: String,
    #[serde(deserialize_with = "or_default")]
    is_compression: bool,
    #[serde(rename = "issqlcompression", deserialize_with = "or_default")]
    is_sql_compression: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PartWire {
    policy_type: String,
    #[serde(default, deserialize_with = "or_default")]
    schedule_policy: ScheduleWire,
    #[serde(default, deserialize_with = "or_default")]
    retention_policy: KeptWire,
}

/// Both kinds of retention in one.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct KeptWire {
    #[serde(flatten)]
    long: RetentionWire,
    retention_duration: Option<DurationWire>,
}

/// The kind of databases that a policy is for, by its `workLoadType`.
pub(super) fn kind(word: &str) -> Option<DatabaseKind> {
    match word.to_ascii_lowercase().as_str() {
        "sqldatabase" | "sql" => Some(DatabaseKind::Sql),
        "saphanadatabase" | "saphana" => Some(DatabaseKind::Hana),
        _ => None,
    }
}

/// A policy as Azure shows it; what of it is not understood.
pub(super) fn read(properties: Value) -> Result<DatabasePolicy, String> {
    let wire: PolicyWire = serde_json::from_value(properties).map_err(|error| error.to_string())?;
    let databases =
        kind(&wire.workload_type).ok_or_else(|| format!("the workload `{}`", wire.workload_type))?;
    let (mut full, mut partial, mut log) = (None, None, None);
    for part in wire.sub_protection_policy {
        match part.policy_type.as_str() {
            "Full" if full.is_none() => {
                full = Some((runs(part.schedule_policy)?, part.retention_policy.long.kept()?))
            }
            "Differential" if partial.is_none() => partial = Some(part.partial(PartialKind::Differential)?),
            "Incremental" if partial.is_none() => partial = Some(part.partial(PartialKind::Incremental)?),
            "Log" if log.is_none() => log = Some(part.log()?),
            other => return Err(format!("backups of the kind `{other}`")),
        }
    }
    let (runs, kept) = full.ok_or("no full backups")?;
    let SettingsWire { time_zone, is_compression, is_sql_compression } = wire.settings;
    let compressed = is_compression || is_sql_compression;
    let time_zone = TimeZone::named(&time_zone);
    Ok(DatabasePolicy { databases, runs, time_zone, kept, partial, log, compressed })
}

impl PartWire {
    fn partial(self, kind: PartialKind) -> Result<PartialRuns, String> {
        let keep_days = self.retention_policy.days()?;
        match runs(self.schedule_policy)? {
            Runs::Weekly { at, days } => Ok(PartialRuns::new(kind, at, days, keep_days)),
            Runs::Daily { at } => {
                Ok(PartialRuns::new(kind, at, DAYS.map(|(day, _)| day).to_vec(), keep_days))
            }
            Runs::Hourly { .. } => Err("partial backups by the hour".to_owned()),
        }
    }

    fn log(self) -> Result<LogRuns, String> {
        let every_minutes = self.schedule_policy.minutes().ok_or("no minutes between backups of the log")?;
        Ok(LogRuns { every_minutes, keep_days: self.retention_policy.days()? })
    }
}

impl KeptWire {
    fn days(&self) -> Result<u32, String> {
        self.retention_duration.as_ref().ok_or("no retention")?.days()
    }
}

#[cfg(test)]
mod tests {
    use super::super::calendar::values;
    use super::*;

    #[test]
    fn a_policy_is_read_as_it_is_written() {
        for kind in DatabaseKind::ALL {
            let policy = DatabasePolicy {
                databases: kind,
                runs: Runs::weekly(
                    "02:00".to_owned().try_into().unwrap(),
                    values(&DAYS, &["Sunday".to_owned()]).unwrap(),
                ),
                time_zone: TimeZone::named("UTC"),
                kept: holdfast_protection::policy::Kept {
                    weekly: Some(holdfast_protection::policy::Weekly {
                        weeks: 4,
                        on: values(&DAYS, &["Sunday".to_owned()]).unwrap(),
                    }),
                    ..Default::default()
                },
                partial: Some(PartialRuns::new(
                    PartialKind::Differential,
                    "02:00".to_owned().try_into().unwrap(),
                    values(&DAYS, &["Monday".to_owned(), "Thursday".to_owned()]).unwrap(),
                    30,
                )),
                log: Some(LogRuns { every_minutes: 15, keep_days: 15 }),
                compressed: true,
            };
            let body = written(&policy);
            assert_eq!(read(body["properties"].clone()), Ok(policy));
        }
    }
}
