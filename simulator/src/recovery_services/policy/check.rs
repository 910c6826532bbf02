//! What a policy must satisfy: one of virtual machines, `V1` (standard) or `V2` (enhanced), one of file shares,
//! or one of databases.
//!
//! Shapes and words: official; bounds: the validators of azure-cli and of the Terraform provider; archive and instant restore: field.

use serde_json::Value;

use super::problem::Problem;
use super::retention::{self, Kept};
use super::schedule::{self, Frequency, Schedule};
use super::workload;
use crate::wire::json as body_json;

/// Snapshots are kept for so many days where an enhanced policy does not say (field).
const ENHANCED_INSTANT_DAYS: u64 = 7;

/// Snapshots of a share are kept for at most so many days where the vault keeps copies (support matrix).
const LONGEST_SNAPSHOT_DAYS: u64 = 200;

/// Which kind of policy it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Standard,
    Enhanced,
    Shares,
    /// A part of a policy of databases.
    Databases,
}

/// Checks the properties of a policy.
pub(super) fn check(properties: &Value) -> Result<(), Problem> {
    match body_json::text(properties, &["backupManagementType"]) {
        None | Some("") => Err(Problem::NoKind),
        Some("AzureIaasVM") => machines(properties),
        Some("AzureStorage") => shares(properties).map_err(Problem::Input),
        Some("AzureWorkload") => workload::check(properties).map_err(Problem::Input),
        Some(other) => Err(Problem::Kind(other.to_owned())),
    }
}

fn machines(properties: &Value) -> Result<(), Problem> {
    let kind = match body_json::text(properties, &["policyType"]) {
        None | Some("V1") => Kind::Standard,
        Some("V2") => Kind::Enhanced,
        Some(other) => return Err(Problem::Input(format!("policyType '{other}' is neither V1 nor V2"))),
    };
    let schedule = schedule::read(properties, kind).map_err(Problem::Input)?;
    let kept = long_term(properties, &schedule, kind).map_err(Problem::Input)?;
    time_zone(properties).map_err(Problem::Input)?;
    consistency(properties, kind).map_err(Problem::Input)?;
    archive(properties, kept.is_long).map_err(Problem::Input)?;
    instant_days(properties, kind, &schedule, kept.daily)
}

fn long_term(properties: &Value, schedule: &Schedule, kind: Kind) -> Result<Kept, String> {
    let policy = body_json::member(properties, "retentionPolicy").ok_or("retentionPolicy is missing")?;
    retention::check(policy, schedule, kind).map_err(|problem| format!("retentionPolicy.{problem}"))
}

/// Snapshots alone, or snapshots for some days and copies in the vault.
fn shares(properties: &Value) -> Result<(), String> {
    let workload = body_json::text(properties, &["workLoadType"]).unwrap_or_default();
    if workload != "AzureFileShare" {
        return Err(format!("workLoadType is '{workload}', but must be 'AzureFileShare'"));
    }
    let schedule = schedule::read(properties, Kind::Shares)?;
    time_zone(properties)?;
    let Some(vaulted) = body_json::member(properties, "vaultRetentionPolicy") else {
        return long_term(properties, &schedule, Kind::Shares).map(|_| ());
    };
    if body_json::member(properties, "retentionPolicy").is_some() {
        return Err("retentionPolicy does not go with vaultRetentionPolicy".to_owned());
    }
    let days = body_json::member(vaulted, "snapshotRetentionInDays").and_then(Value::as_u64);
    if !days.is_some_and(|days| (1..=LONGEST_SNAPSHOT_DAYS).contains(&days)) {
        return Err(format!("snapshotRetentionInDays must lie between 1 and {LONGEST_SNAPSHOT_DAYS}"));
    }
    let copies = body_json::member(vaulted, "vaultRetention").ok_or("vaultRetention is missing")?;
    retention::check(copies, &schedule, Kind::Standard).map(|_| ())
}

pub(super) fn time_zone(properties: &Value) -> Result<(), String> {
    if let Some(zone) = body_json::member(properties, "timeZone") {
        let named = zone.as_str().is_some_and(|zone| !zone.is_empty() && !zone.contains('/'));
        if !named {
            return Err(format!("timeZone {zone} is not the name of a time zone of Windows, such as 'UTC'"));
        }
    }
    Ok(())
}

fn consistency(properties: &Value, kind: Kind) -> Result<(), String> {
    let consistency = body_json::text(properties, &["snapshotConsistencyType"]);
    match (consistency, kind) {
        (None, _) | (Some("OnlyCrashConsistent"), Kind::Enhanced) => Ok(()),
        (Some(_), Kind::Standard | Kind::Shares | Kind::Databases) => {
            Err("snapshotConsistencyType needs policyType V2".to_owned())
        }
        (Some(other), _) => Err(format!("snapshotConsistencyType '{other}' is unknown")),
    }
}

fn instant_days(
    properties: &Value,
    kind: Kind,
    schedule: &Schedule,
    daily: Option<u64>,
) -> Result<(), Problem> {
    let asked = body_json::member(properties, "instantRpRetentionRangeInDays");
    let allowed = match (kind, schedule.frequency) {
        (Kind::Standard, Frequency::Weekly) => 5..=5,
        (Kind::Standard | Kind::Shares | Kind::Databases, _) => 1..=5,
        (Kind::Enhanced, _) => 1..=30,
    };
    let days = asked.and_then(Value::as_u64);
    if asked.is_some() && !days.is_some_and(|days| allowed.contains(&days)) {
        let (least, most) = (allowed.start(), allowed.end());
        return Err(Problem::Input(format!(
            "instantRpRetentionRangeInDays must lie between {least} and {most}"
        )));
    }
    let days = days.or((kind == Kind::Enhanced).then_some(ENHANCED_INSTANT_DAYS));
    match (days, daily) {
        (Some(instant), Some(daily)) if instant >= daily => Err(Problem::InstantDays { instant, daily }),
        _ => Ok(()),
    }
}

/// What is archived by age must be kept for months or years.
pub(super) fn archive(properties: &Value, is_long: bool) -> Result<(), String> {
    let Some(tiering) = body_json::reach(properties, &["tieringPolicy", "ArchivedRP"]) else { return Ok(()) };
    let mode = body_json::text(tiering, &["tieringMode"]).unwrap_or_default();
    match mode {
        "DoNotTier" => Ok(()),
        "TierRecommended" | "TierAfter" if !is_long => {
            Err("tieringPolicy.ArchivedRP needs a monthly or yearly retention".to_owned())
        }
        "TierRecommended" => Ok(()),
        "TierAfter" => {
            let months = body_json::member(tiering, "duration").and_then(Value::as_u64);
            let unit = body_json::text(tiering, &["durationType"]);
            let fits = months.is_some_and(|months| months >= 3) && unit == Some("Months");
            if fits {
                Ok(())
            } else {
                Err("tieringPolicy.ArchivedRP.duration must be 3 Months or more".to_owned())
            }
        }
        other => Err(format!("tieringPolicy.ArchivedRP.tieringMode '{other}' is unknown")),
    }
}
