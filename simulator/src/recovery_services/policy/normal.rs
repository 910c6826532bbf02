//! A policy as the service keeps it: the fields that it knows, instants in one notation, and a count of its own (recorded).

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::schedule::hourly_section;
use crate::wire::json as body_json;

const FIELDS: [&str; 13] = [
    "backupManagementType",
    "workLoadType",
    "settings",
    "subProtectionPolicy",
    "policyType",
    "instantRPDetails",
    "schedulePolicy",
    "retentionPolicy",
    "vaultRetentionPolicy",
    "tieringPolicy",
    "instantRpRetentionRangeInDays",
    "timeZone",
    "snapshotConsistencyType",
];

/// What is kept of `properties`.
pub(super) fn kept(properties: &Value) -> Value {
    let mut kept = Map::new();
    // Policies of shares do not show what they are for (recorded).
    let of_databases = body_json::text(properties, &["backupManagementType"]) == Some("AzureWorkload");
    for name in FIELDS.into_iter().filter(|name| of_databases || *name != "workLoadType") {
        if let Some(value) = body_json::member(properties, name) {
            kept.insert(name.to_owned(), instants(&body_json::without_nulls(value)));
        }
    }
    kept.insert("protectedItemsCount".to_owned(), json!(0));
    let mut kept = Value::Object(kept);
    if body_json::text(&kept, &["schedulePolicy", "schedulePolicyType"]) == Some("SimpleSchedulePolicy") {
        body_json::set(&mut kept, &["schedulePolicy", "scheduleWeeklyFrequency"], json!(0));
        name_retention_times(&mut kept);
    }
    let parts = kept.get_mut("subProtectionPolicy").and_then(Value::as_array_mut);
    for part in parts.into_iter().flatten() {
        if body_json::text(part, &["schedulePolicy", "schedulePolicyType"]) == Some("SimpleSchedulePolicy") {
            body_json::set(part, &["schedulePolicy", "scheduleWeeklyFrequency"], json!(0));
        }
    }
    kept
}

/// What shares keep by the hour is the last backup of its day (official).
fn name_retention_times(policy: &mut Value) {
    let hourly = body_json::member(policy, "schedulePolicy").and_then(hourly_section);
    let last = hourly.and_then(|hourly| {
        let number = |name: &str| body_json::member(hourly, name).and_then(Value::as_i64);
        let (interval, window) = (number("interval")?, number("scheduleWindowDuration")?);
        let start: Timestamp = body_json::text(hourly, &["scheduleWindowStartTime"])?.parse().ok()?;
        start.checked_add(SignedDuration::from_hours(window / interval * interval)).ok()
    });
    let Some(last) = last else { return };
    let sections = policy.pointer_mut("/retentionPolicy").and_then(Value::as_object_mut);
    for section in sections.into_iter().flat_map(Map::values_mut).filter(|section| section.is_object()) {
        body_json::set(section, &["retentionTimes"], json!([crate::clock::whole_seconds(last)]));
    }
}

/// `value` with every instant in whole seconds of UTC.
fn instants(value: &Value) -> Value {
    match value {
        Value::String(text) => match text.parse::<Timestamp>() {
            Ok(instant) => json!(crate::clock::whole_seconds(instant)),
            Err(_) => value.clone(),
        },
        Value::Array(items) => Value::Array(items.iter().map(instants).collect()),
        Value::Object(map) => {
            Value::Object(map.iter().map(|(name, inner)| (name.clone(), instants(inner))).collect())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}
