//! The text of each setting, read or refused.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use holdfast_distribution::{Source, SourceError};
use holdfast_evaluator::{CompiledKey, Freshness};
use holdfast_export::Format;
use holdfast_outlets::NotifySettings;
use holdfast_protection::hold::HoldDays;
use holdfast_report::Cadence;
use url::Url;
use uuid::Uuid;

use super::{BadSetting, SETTINGS, Setting};
use crate::settings::table::SECRETS;
use crate::telemetry;

pub(super) fn freshness(value: &str) -> Result<Freshness, BadSetting> {
    match value {
        "on" | "1" => Ok(Freshness::Strict),
        "off" | "0" => Ok(Freshness::Reset),
        other => Err(bad("HOLDFAST_STRICT_FRESH", other, "neither `on` nor `off`")),
    }
}

pub(super) fn hold_days(text: &str) -> Result<HoldDays, BadSetting> {
    text.parse().map_err(|problem: String| bad("HOLDFAST_HOLD_DAYS", text, problem))
}

/// A number within bounds.
pub(super) fn count(
    name: &'static str,
    text: &str,
    bounds: std::ops::RangeInclusive<usize>,
) -> Result<usize, BadSetting> {
    text.parse()
        .ok()
        .filter(|number| bounds.contains(number))
        .ok_or_else(|| bad(name, text, format!("not a number from {} to {}", bounds.start(), bounds.end())))
}

/// How often a digest is told, and from which hour on; none where it is not.
pub(super) fn digest(cadence: &str, hour: &str) -> Result<Option<(Cadence, i8)>, BadSetting> {
    let hour = count("HOLDFAST_DIGEST_HOUR", hour, 0..=23)?;
    if cadence.is_empty() {
        return Ok(None);
    }
    let cadence =
        cadence.parse().map_err(|problem: &str| bad("HOLDFAST_DIGEST", cadence, problem.to_owned()))?;
    Ok(Some((cadence, i8::try_from(hour).unwrap_or_default())))
}

/// The log is written before settings are read; here a wrong format is refused.
pub(super) fn log_format(text: &str) -> Result<(), BadSetting> {
    match telemetry::Format::read(text) {
        Some(_) => Ok(()),
        None => Err(bad("HOLDFAST_LOG_FORMAT", text, "neither `text` nor `json`")),
    }
}

/// A format; none where nothing is exported.
pub(super) fn export(text: &str) -> Result<Option<Format>, BadSetting> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|problem| bad("HOLDFAST_EXPORT", text, problem))
}

pub(super) fn source(setting: &Setting, environment: &BTreeMap<String, String>) -> String {
    match environment.get(setting.name).filter(|value| !value.is_empty()) {
        Some(value) => format!("{} = {} (app setting)", setting.name, shown(setting.name, value)),
        None => format!("{} = {} (default)", setting.name, setting.default),
    }
}

/// A value as people may see it.
fn shown<'a>(name: &str, value: &'a str) -> &'a str {
    if SECRETS.contains(&name) { "(secret)" } else { value }
}

pub(super) fn notify(get: &impl Fn(&str) -> String) -> Result<NotifySettings, BadSetting> {
    NotifySettings::read(get).map_err(|refused| bad(refused.name, &get(refused.name), refused.problem))
}

pub(super) fn with_prefix(
    environment: &BTreeMap<String, String>,
    prefixes: &[&str],
) -> BTreeMap<String, String> {
    environment
        .iter()
        .filter(|(name, _)| prefixes.iter().any(|prefix| name.starts_with(prefix)))
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect()
}

pub(super) fn bad(name: &'static str, value: &str, problem: impl Into<String>) -> BadSetting {
    let meaning = SETTINGS.iter().find(|setting| setting.name == name).map_or("", |setting| setting.meaning);
    BadSetting { name, value: shown(name, value).to_owned(), problem: problem.into(), meaning }
}

pub(super) fn rules(text: &str, root: &Path) -> Result<Source, BadSetting> {
    // A signature gives access to whoever reads it in the log, or in an answer.
    if let Some((plain, _)) = text.split_once('?').filter(|(plain, _)| plain.contains("://")) {
        let problem = "a signed URL is not taken: leave out `?` and what follows, and let the identity of the function app read \
                       the blob";
        return Err(bad("HOLDFAST_RULES", plain, problem));
    }
    let file = root.join(text);
    let place = if text.contains("://") { text.into() } else { file.to_string_lossy() };
    place.parse().map_err(|error: SourceError| bad("HOLDFAST_RULES", text, error.to_string()))
}

pub(super) fn compiled_key(text: &str) -> Result<Option<CompiledKey>, BadSetting> {
    if text.is_empty() {
        return Ok(None);
    }
    let key: Result<CompiledKey, _> = text.parse();
    key.map(Some).map_err(|error| bad("HOLDFAST_COMPILED_KEY", text, error.to_string()))
}

pub(super) fn refresh(text: &str) -> Result<Option<Duration>, BadSetting> {
    let seconds: u32 =
        text.parse().map_err(|_| bad("HOLDFAST_RULES_REFRESH", text, "no whole number of seconds"))?;
    Ok(Some(Duration::from_secs(seconds.into())).filter(|every| !every.is_zero()))
}

pub(super) fn cache(text: &str) -> PathBuf {
    if text.is_empty() { std::env::temp_dir().join("holdfast-rules") } else { PathBuf::from(text) }
}

/// Each once, as Azure writes them: one that is named in two spellings would be looked over twice.
pub(super) fn subscriptions(list: &str) -> Result<Vec<String>, BadSetting> {
    let mut found = Vec::new();
    for text in list.split(',').map(str::trim).filter(|text| !text.is_empty()) {
        let id = Uuid::try_parse(text).map_err(|_| {
            bad("HOLDFAST_SUBSCRIPTIONS", list, format!("`{text}` is not a subscription id (a GUID)"))
        })?;
        let id = id.hyphenated().to_string();
        if !found.contains(&id) {
            found.push(id);
        }
    }
    Ok(found)
}

pub(super) fn arm_endpoint(text: &str) -> Result<Url, BadSetting> {
    let url: Url =
        text.parse().map_err(|error| bad("HOLDFAST_ARM_ENDPOINT", text, format!("no URL: {error}")))?;
    if url.scheme() == "https" {
        Ok(url)
    } else {
        Err(bad("HOLDFAST_ARM_ENDPOINT", text, "tokens are sent over https only"))
    }
}

#[test]
fn a_subscription_is_looked_over_once_however_it_is_spelled() {
    let usual = "5b0f1d3a-6c1e-4b5e-9d53-0d2f7c3e9a10";
    let other = "0b1f6471-1bf0-4dda-aec3-111122223333";
    let list = format!("{}, {other}, {usual},, {}", usual.to_ascii_uppercase(), usual.replace('-', ""));
    assert_eq!(subscriptions(&list).unwrap(), [usual, other]);
    assert!(subscriptions("prod").is_err() && subscriptions(" ").unwrap().is_empty());
}
