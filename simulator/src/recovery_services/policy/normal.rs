//! A policy as the service keeps it: the fields that it knows, instants in one notation, and a count of its own (recorded).

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::wire::json as body_json;

const FIELDS: [&str; 9] = [
    "backupManagementType",
    "policyType",
    "instantRPDetails",
    "schedulePolicy",
    "retentionPolicy",
    "tieringPolicy",
    "instantRpRetentionRangeInDays",
    "timeZone",
    "snapshotConsistencyType",
];

/// What is kept of `properties`.
pub(super) fn kept(properties: &Value) -> Value {
    let mut kept = Map::new();
    for name in FIELDS {
        if let Some(value) = body_json::member(properties, name) {
            kept.insert(name.to_owned(), instants(&body_json::without_nulls(value)));
        }
    }
    kept.insert("protectedItemsCount".to_owned(), json!(0));
    let mut kept = Value::Object(kept);
    if body_json::text(&kept, &["schedulePolicy", "schedulePolicyType"]) == Some("SimpleSchedulePolicy") {
        body_json::set(&mut kept, &["schedulePolicy", "scheduleWeeklyFrequency"], json!(0));
    }
    kept
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
