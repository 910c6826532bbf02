//! A policy as Azure shows it. What is not understood of it makes it one that only a name can choose.

use holdfast_evaluator::Consistency;
use holdfast_protection::ResourceId;
use holdfast_protection::policy::{
    FilesPolicy, OtherPolicy, Policy, PolicyBody, Runs, ShareBackups, SnapshotGroups, Tiering, TimeZone,
    VmPolicy, VmPolicyKind,
};
use holdfast_protection::schedule::TimeOfDay;
use jiff::Timestamp;
use jiff::tz;
use serde::Deserialize;

use super::calendar::{DAYS, values};
use super::databases;
use super::retention::{DurationWire, RetentionWire};
use crate::arm::wire::or_default;

#[derive(Deserialize)]
pub(super) struct PolicyWire {
    id: ResourceId,
    #[serde(default, deserialize_with = "or_default")]
    properties: serde_json::Value,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct PropertiesWire {
    #[serde(deserialize_with = "or_default")]
    backup_management_type: String,
    #[serde(deserialize_with = "or_default")]
    policy_type: String,
    #[serde(rename = "instantRPDetails", deserialize_with = "or_default")]
    instant_rp_details: GroupsWire,
    instant_rp_retention_range_in_days: Option<u32>,
    #[serde(deserialize_with = "or_default")]
    schedule_policy: ScheduleWire,
    retention_policy: Option<RetentionWire>,
    vault_retention_policy: Option<VaultRetentionWire>,
    #[serde(deserialize_with = "or_default")]
    tiering_policy: TieringWire,
    #[serde(deserialize_with = "or_default")]
    time_zone: String,
    #[serde(deserialize_with = "or_default")]
    snapshot_consistency_type: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct GroupsWire {
    #[serde(rename = "azureBackupRGNamePrefix", deserialize_with = "or_default")]
    prefix: String,
    #[serde(rename = "azureBackupRGNameSuffix", deserialize_with = "or_default")]
    suffix: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ScheduleWire {
    #[serde(deserialize_with = "or_default")]
    schedule_policy_type: String,
    #[serde(deserialize_with = "or_default")]
    schedule_run_frequency: String,
    #[serde(flatten)]
    plain: TimesWire,
    hourly_schedule: Option<HourlyWire>,
    daily_schedule: Option<TimesWire>,
    weekly_schedule: Option<TimesWire>,
    schedule_frequency_in_mins: Option<u32>,
}

impl ScheduleWire {
    /// Minutes between two backups of the log.
    pub(super) fn minutes(&self) -> Option<u32> {
        self.schedule_frequency_in_mins
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct TimesWire {
    #[serde(deserialize_with = "or_default")]
    schedule_run_times: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    schedule_run_days: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct HourlyWire {
    interval: u32,
    schedule_window_start_time: String,
    schedule_window_duration: u32,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct VaultRetentionWire {
    snapshot_retention_in_days: u32,
    vault_retention: RetentionWire,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct TieringWire {
    #[serde(rename = "ArchivedRP")]
    archived: Option<ArchivedWire>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ArchivedWire {
    tiering_mode: String,
    #[serde(default)]
    duration: Option<u32>,
    #[serde(default, deserialize_with = "or_default")]
    duration_type: String,
}

impl From<PolicyWire> for Policy {
    fn from(wire: PolicyWire) -> Self {
        let text =
            |name: &str| wire.properties.get(name).and_then(serde_json::Value::as_str).unwrap_or_default();
        let kind = match databases::kind(text("workLoadType")) {
            Some(kind) => kind.datasource_type().to_owned(),
            None => served(text("backupManagementType")),
        };
        let count = wire.properties.get("protectedItemsCount").and_then(serde_json::Value::as_u64);
        let items = count.and_then(|count| u32::try_from(count).ok());
        let body = read(wire.properties);
        let body =
            body.unwrap_or_else(|unread| PolicyBody::Other(OtherPolicy { serves: vec![kind], unread }));
        Self { name: wire.id.name().to_owned(), items, body }
    }
}

fn read(properties: serde_json::Value) -> Result<PolicyBody, String> {
    let kind = properties.get("backupManagementType").and_then(serde_json::Value::as_str);
    if kind == Some("AzureWorkload") {
        return databases::read(properties).map(PolicyBody::Databases);
    }
    serde_json::from_value(properties).map_err(|error| error.to_string()).and_then(body)
}

/// What a policy of this `backupManagementType` is for; Azure's own word where we do not protect that.
fn served(kind: &str) -> String {
    match kind {
        "AzureIaasVM" => VmPolicy::DATASOURCE_TYPE.to_owned(),
        "AzureStorage" => FilesPolicy::DATASOURCE_TYPE.to_owned(),
        other => other.to_owned(),
    }
}

fn body(wire: PropertiesWire) -> Result<PolicyBody, String> {
    match wire.backup_management_type.as_str() {
        "AzureIaasVM" => of_machines(wire).map(PolicyBody::Vm),
        "AzureStorage" => of_shares(wire).map(PolicyBody::Files),
        other => Err(format!("policies of `{other}`")),
    }
}

fn of_machines(wire: PropertiesWire) -> Result<VmPolicy, String> {
    let kind = match wire.policy_type.to_ascii_uppercase().as_str() {
        // Older versions and policies do not say (recorded).
        "" | "V1" => VmPolicyKind::Standard,
        "V2" => VmPolicyKind::Enhanced,
        other => return Err(format!("the kind `{other}`")),
    };
    let runs = runs(wire.schedule_policy)?;
    let instant_days = wire
        .instant_rp_retention_range_in_days
        .filter(|days| *days > 0)
        .unwrap_or_else(|| kind.usual_instant_days(&runs));
    let GroupsWire { prefix, suffix } = wire.instant_rp_details;
    let consistency = match wire.snapshot_consistency_type.as_str() {
        "" => Consistency::Application,
        "OnlyCrashConsistent" => Consistency::Crash,
        other => return Err(format!("the consistency `{other}`")),
    };
    Ok(VmPolicy {
        kind,
        runs,
        time_zone: TimeZone::named(&wire.time_zone),
        kept: wire.retention_policy.ok_or("no retention")?.kept()?,
        instant_days,
        snapshot_groups: (!prefix.is_empty()).then_some(SnapshotGroups { prefix, suffix }),
        consistency,
        tiering: wire.tiering_policy.archived.map_or(Ok(Tiering::Never), tiering)?,
    })
}

fn of_shares(wire: PropertiesWire) -> Result<FilesPolicy, String> {
    let backups = match (wire.vault_retention_policy, wire.retention_policy) {
        (Some(vault), _) => ShareBackups::Vault {
            snapshot_days: vault.snapshot_retention_in_days,
            kept: vault.vault_retention.kept()?,
        },
        (None, Some(kept)) => ShareBackups::Snapshots { kept: kept.kept()? },
        (None, None) => return Err("no retention".to_owned()),
    };
    Ok(FilesPolicy {
        runs: runs(wire.schedule_policy)?,
        time_zone: TimeZone::named(&wire.time_zone),
        backups,
    })
}

pub(super) fn runs(wire: ScheduleWire) -> Result<Runs, String> {
    let is_plain = match wire.schedule_policy_type.as_str() {
        "SimpleSchedulePolicy" => true,
        "SimpleSchedulePolicyV2" => false,
        other => return Err(format!("schedules of the kind `{other}`")),
    };
    let missing = || format!("no `{}` schedule", wire.schedule_run_frequency);
    match wire.schedule_run_frequency.as_str() {
        "Hourly" => {
            let hourly = wire.hourly_schedule.as_ref().ok_or_else(missing)?;
            let at = time_of_day(&hourly.schedule_window_start_time)?;
            Ok(Runs::hourly(hourly.interval, at, hourly.schedule_window_duration))
        }
        "Daily" => {
            let times = if is_plain { Some(&wire.plain) } else { wire.daily_schedule.as_ref() };
            Ok(Runs::Daily { at: times.ok_or_else(missing)?.at()? })
        }
        "Weekly" => {
            let times = if is_plain { Some(&wire.plain) } else { wire.weekly_schedule.as_ref() };
            let times = times.ok_or_else(missing)?;
            Ok(Runs::weekly(times.at()?, values(&DAYS, &times.schedule_run_days)?))
        }
        other => Err(format!("backups by `{other}`")),
    }
}

impl TimesWire {
    fn at(&self) -> Result<TimeOfDay, String> {
        match self.schedule_run_times.as_slice() {
            [only] => time_of_day(only),
            times => Err(format!("backups at {} times", times.len())),
        }
    }
}

/// The hour and minute of an instant: in the policy's own zone, whatever the instant says.
fn time_of_day(text: &str) -> Result<TimeOfDay, String> {
    let at: Timestamp = text.parse().map_err(|_| format!("the time `{text}`"))?;
    let time = at.to_zoned(tz::TimeZone::UTC);
    let minutes = i32::from(time.hour()) * 60 + i32::from(time.minute());
    Ok(TimeOfDay::from_minutes(minutes.unsigned_abs()))
}

fn tiering(wire: ArchivedWire) -> Result<Tiering, String> {
    match wire.tiering_mode.as_str() {
        "DoNotTier" | "Invalid" => Ok(Tiering::Never),
        "TierRecommended" => Ok(Tiering::Recommended),
        "TierAfter" => {
            let duration = DurationWire::new(wire.duration.unwrap_or_default(), wire.duration_type);
            duration.period().map(Tiering::After)
        }
        other => Err(format!("archiving by `{other}`")),
    }
}
