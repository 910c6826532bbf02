//! Settings: from TOML to JSON, and against the schema that the rule states.

use serde_json::Value;

use super::SettingsIssue;

/// At most this many issues are reported.
const ISSUES: usize = 10;

/// Settings as JSON. Dates become text, since JSON has none.
pub(super) fn to_json(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::String(text),
        toml::Value::Integer(number) => Value::from(number),
        toml::Value::Float(number) => Value::from(number),
        toml::Value::Boolean(truth) => Value::Bool(truth),
        toml::Value::Datetime(date) => Value::String(date.to_string()),
        toml::Value::Array(items) => Value::Array(items.into_iter().map(to_json).collect()),
        toml::Value::Table(table) => {
            Value::Object(table.into_iter().map(|(name, value)| (name, to_json(value))).collect())
        }
    }
}

/// What is wrong with settings by this schema.
///
/// # Errors
///
/// The schema itself is unusable.
pub(super) fn issues(schema: &str, settings: &Value) -> Result<Vec<SettingsIssue>, String> {
    let schema: Value = serde_json::from_str(schema).map_err(|error| error.to_string())?;
    let validator = jsonschema::validator_for(&schema).map_err(|error| error.to_string())?;
    let errors = validator.iter_errors(settings).take(ISSUES);
    Ok(errors
        .map(|error| SettingsIssue { pointer: error.instance_path().to_string(), message: error.to_string() })
        .collect())
}
