//! Backup rules: when, how, and under which tags.

use serde_json::Value;

use super::bounds::Bounds;
use super::days;
use crate::wire::json as body_json;

pub(super) fn tag_names(rule: &Value) -> impl Iterator<Item = String> {
    let criteria = body_json::list(rule, &["trigger", "taggingCriteria"]);
    criteria
        .iter()
        .filter_map(|criterion| body_json::text(criterion, &["tagInfo", "tagName"]))
        .map(str::to_owned)
}

/// Checks one backup rule and returns its shortest period in days.
pub(super) fn backup_rule(rule: &Value, bounds: &Bounds) -> Result<f64, String> {
    if body_json::text(rule, &["name"]).is_none_or(str::is_empty) {
        return Err("name is missing".into());
    }
    if body_json::text(rule, &["backupParameters", "backupType"]).is_none() {
        return Err("backupParameters.backupType is missing".into());
    }
    let store = body_json::text(rule, &["dataStore", "dataStoreType"]).unwrap_or_default();
    if store != bounds.store {
        return Err(format!(
            "dataStore.dataStoreType is '{store}', but {} needs '{}'",
            bounds.datasource_type, bounds.store
        ));
    }
    tagging(rule)?;
    let intervals = body_json::list(rule, &["trigger", "schedule", "repeatingTimeIntervals"]);
    if intervals.is_empty() {
        return Err("trigger.schedule.repeatingTimeIntervals is empty".into());
    }
    intervals
        .iter()
        .map(|interval| interval_days(interval.as_str().unwrap_or_default(), bounds))
        .try_fold(f64::INFINITY, |shortest, period| period.map(|period| shortest.min(period)))
}

fn interval_days(interval: &str, bounds: &Bounds) -> Result<f64, String> {
    let parts: Vec<&str> = interval.split('/').collect();
    let ["R", start, period] = parts.as_slice() else {
        return Err(format!(
            "trigger.schedule.repeatingTimeIntervals '{interval}' is not of the form R/<start>/<period>"
        ));
    };
    if start.parse::<jiff::Timestamp>().is_err() && start.parse::<jiff::civil::DateTime>().is_err() {
        return Err(format!("trigger.schedule.repeatingTimeIntervals '{interval}' starts at no instant"));
    }
    if !bounds.periods.contains(period) {
        let allowed = bounds.periods.join(", ");
        return Err(format!(
            "trigger.schedule.repeatingTimeIntervals repeats every '{period}', but {} allows {allowed}",
            bounds.datasource_type
        ));
    }
    Ok(period_hours(interval).unwrap_or(24.0) / 24.0)
}

/// The hours between two occurrences of an interval such as `R/2024-01-01T02:00:00+00:00/PT4H`.
pub(crate) fn period_hours(interval: &str) -> Option<f64> {
    let (_, period) = interval.rsplit_once('/')?;
    match period.strip_prefix("PT").and_then(|hours| hours.strip_suffix('H')) {
        Some(hours) => hours.parse().ok(),
        None => days(period).map(|days| days as f64 * 24.0),
    }
}

fn tagging(rule: &Value) -> Result<(), String> {
    let criteria = body_json::list(rule, &["trigger", "taggingCriteria"]);
    let is_default =
        |criterion: &&Value| body_json::member(criterion, "isDefault").and_then(Value::as_bool) == Some(true);
    let defaults: Vec<&Value> = criteria.iter().filter(is_default).collect();
    let [default] = defaults.as_slice() else {
        return Err(format!(
            "trigger.taggingCriteria must hold exactly one default tag, but holds {}",
            defaults.len()
        ));
    };
    let priority =
        |criterion: &Value| body_json::member(criterion, "taggingPriority").and_then(Value::as_f64);
    let mut seen = Vec::new();
    for criterion in criteria {
        let tag = body_json::text(criterion, &["tagInfo", "tagName"]).unwrap_or_default();
        let Some(own) = priority(criterion) else {
            return Err(format!("trigger.taggingCriteria '{tag}' has no taggingPriority"));
        };
        if seen.contains(&own) {
            return Err(format!("trigger.taggingCriteria '{tag}' repeats the taggingPriority {own}"));
        }
        if priority(default).is_some_and(|last| own > last) {
            return Err(format!("trigger.taggingCriteria '{tag}' ranks behind the default tag"));
        }
        seen.push(own);
    }
    Ok(())
}
