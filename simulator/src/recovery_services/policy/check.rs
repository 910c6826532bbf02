//! What a policy of virtual machines must satisfy: `V1` (standard) or `V2` (enhanced).
//!
//! Shapes and words: official; bounds: the validators of azure-cli and of the Terraform provider; archive and instant restore: field.

use serde_json::Value;

use super::problem::Problem;
use super::retention;
use super::schedule::{self, Frequency, Schedule};
use crate::wire::json as body_json;

/// Snapshots are kept for so many days where an enhanced policy does not say (field).
const ENHANCED_INSTANT_DAYS: u64 = 7;

/// Which kind of policy it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Standard,
    Enhanced,
}

/// Checks the properties of a policy.
pub(super) fn check(properties: &Value) -> Result<(), Problem> {
    match body_json::text(properties, &["backupManagementType"]) {
        None | Some("") => return Err(Problem::NoKind),
        Some("AzureIaasVM") => {}
        Some(other) => return Err(Problem::Kind(other.to_owned())),
    }
    let kind = match body_json::text(properties, &["policyType"]) {
        None | Some("V1") => Kind::Standard,
        Some("V2") => Kind::Enhanced,
        Some(other) => return Err(Problem::Input(format!("policyType '{other}' is neither V1 nor V2"))),
    };
    let schedule = schedule::read(properties, kind).map_err(Problem::Input)?;
    let kept = retention::check(properties, &schedule, kind).map_err(Problem::Input)?;
    rest(properties, kind).map_err(Problem::Input)?;
    archive(properties, kept.is_long).map_err(Problem::Input)?;
    instant_days(properties, kind, &schedule, kept.daily)
}

fn rest(properties: &Value, kind: Kind) -> Result<(), String> {
    if let Some(zone) = body_json::member(properties, "timeZone") {
        let named = zone.as_str().is_some_and(|zone| !zone.is_empty() && !zone.contains('/'));
        if !named {
            return Err(format!("timeZone {zone} is not the name of a time zone of Windows, such as 'UTC'"));
        }
    }
    let consistency = body_json::text(properties, &["snapshotConsistencyType"]);
    match (consistency, kind) {
        (None, _) | (Some("OnlyCrashConsistent"), Kind::Enhanced) => Ok(()),
        (Some(_), Kind::Standard) => Err("snapshotConsistencyType needs policyType V2".to_owned()),
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
        (Kind::Standard, _) => 1..=5,
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
fn archive(properties: &Value, is_long: bool) -> Result<(), String> {
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
