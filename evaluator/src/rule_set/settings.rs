//! Settings: from TOML to JSON, and against the schema that the rule states.

#[cfg(feature = "compiler")]
mod effort;
#[cfg(feature = "compiler")]
mod texts;

#[cfg(feature = "compiler")]
use holdfast_rule_set::Visible;
#[cfg(feature = "compiler")]
use jsonschema::PatternOptions;
use serde_json::Value;

#[cfg(feature = "compiler")]
use self::texts::Texts;
#[cfg(feature = "compiler")]
use super::SettingsIssue;

/// At most this many issues are reported.
#[cfg(feature = "compiler")]
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

/// Bytes of settings as JSON.
#[cfg(feature = "compiler")]
const BYTES: usize = 256 << 10;
/// Steps back that matching a text against a pattern may take, and bytes of a compiled pattern.
#[cfg(feature = "compiler")]
const BACKTRACKS: usize = 10_000;
#[cfg(feature = "compiler")]
const PATTERN_BYTES: usize = 256 << 10;

/// Characters of what is wrong, and of where.
#[cfg(feature = "compiler")]
const MESSAGE: usize = 500;
#[cfg(feature = "compiler")]
const POINTER: usize = 200;

/// What a module says is wrong with its settings, bounded, and without the texts in the settings, which
/// may be secret.
#[cfg(feature = "compiler")]
pub(super) fn said_by_module(issues: Vec<(String, String)>, settings: &Value) -> Vec<SettingsIssue> {
    let texts = Texts::of(settings);
    let issues = issues.into_iter().take(ISSUES);
    issues
        .map(|(pointer, message)| SettingsIssue {
            pointer: bounded(&pointer, POINTER),
            message: texts.left_out_of(&message, MESSAGE),
        })
        .collect()
}

#[cfg(feature = "compiler")]
fn bounded(text: &str, most: usize) -> String {
    Visible::within(text, most).to_string()
}

/// What is wrong with settings by this schema.
///
/// # Errors
///
/// The schema itself is unusable, or makes too much work.
#[cfg(feature = "compiler")]
pub(super) fn issues(schema: &str, settings: &Value) -> Result<Vec<SettingsIssue>, String> {
    let bytes = settings.to_string().len();
    if bytes > BYTES {
        let message = format!("they have {bytes} bytes as JSON: the limit is {BYTES}");
        return Ok(vec![SettingsIssue { pointer: String::new(), message }]);
    }
    let schema: Value = serde_json::from_str(schema).map_err(|error| error.to_string())?;
    effort::check(&schema, settings)?;
    let patterns = PatternOptions::fancy_regex().backtrack_limit(BACKTRACKS).size_limit(PATTERN_BYTES);
    let validator = jsonschema::options()
        .with_pattern_options(patterns)
        .build(&schema)
        .map_err(|error| bounded(&error.to_string(), MESSAGE))?;
    let errors = validator.iter_errors(settings).take(ISSUES);
    Ok(errors
        .map(|error| {
            // Settings may be secret: what is wrong is said without them.
            let message = error.masked_with("the value").to_string();
            SettingsIssue { pointer: error.instance_path().to_string(), message: bounded(&message, MESSAGE) }
        })
        .collect())
}
