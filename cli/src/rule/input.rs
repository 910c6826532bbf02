//! Files that a command is given beside the module: settings, facts, one resource.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, anyhow};
use holdfast_evaluator::{Fact, Resource};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::cases::CaseFact;
use super::resource::{self, CaseResource};
use super::yaml;

/// The time that rules are told in a case that gives none: a case has to end the same way tomorrow.
pub(crate) const CASE_TIME: &str = "2026-01-01T00:00:00Z";

/// Settings from a file (JSON, YAML, or TOML), or none at all.
///
/// # Errors
///
/// Says where the file is not what it should be.
pub(crate) fn settings(path: Option<&Path>) -> anyhow::Result<Value> {
    match path {
        Some(path) => read(path),
        None => Ok(Value::Object(Map::new())),
    }
}

/// Facts about a resource from a file: a list like `facts` in a test case.
///
/// # Errors
///
/// Says where the file is not what it should be.
pub(crate) fn facts(path: Option<&Path>, resource: &Resource) -> anyhow::Result<Vec<Fact>> {
    let Some(path) = path else { return Ok(Vec::new()) };
    let facts: Vec<CaseFact> = read(path)?;
    Ok(facts.into_iter().map(|fact| fact.about(resource)).collect())
}

/// A resource from a file: an ARM body in JSON, or a case's `resource` in YAML.
///
/// # Errors
///
/// Says where the file is not what it should be.
pub(crate) fn resource(path: &Path) -> anyhow::Result<Resource> {
    let resource = if is(path, "json") {
        resource::of_body(read(path)?)
    } else {
        read::<CaseResource>(path)?.complete()
    };
    resource.with_context(|| format!("{} is not a resource", path.display()))
}

/// A time as rules are told it.
///
/// # Errors
///
/// The text is not an RFC 3339 time.
pub(crate) fn event_time(text: &str) -> anyhow::Result<String> {
    let time: Timestamp =
        text.parse().map_err(|_| anyhow!("`{text}` is not a valid time; use the form {CASE_TIME}"))?;
    Ok(time.to_string())
}

/// The time that a person gives, or else now, to the second.
///
/// # Errors
///
/// The text is not an RFC 3339 time.
pub(crate) fn time_or_now(text: Option<&str>) -> anyhow::Result<String> {
    match text {
        Some(text) => event_time(text),
        None => Ok(Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()),
    }
}

/// Reads a file of the form that its name says.
fn read<T: DeserializeOwned>(path: &Path) -> anyhow::Result<T> {
    let text = text(path)?;
    let place = path.display();
    if is(path, "json") {
        return serde_json::from_str(&text)
            .map_err(|error| anyhow!("{place}:{}:{}: {error}", error.line(), error.column()));
    }
    if is(path, "toml") {
        return toml::from_str(&text).map_err(|error| anyhow!("{place}: {}", error.to_string().trim_end()));
    }
    yaml::read(path, &text)
}

/// Reads a text file.
pub(crate) fn text(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path).with_context(|| format!("could not read {}", path.display()))
}

fn is(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|found| found.eq_ignore_ascii_case(extension))
}
