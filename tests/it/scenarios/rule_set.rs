//! The shipped rule set with what a scenario says otherwise.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use toml::{Table, Value};

/// A copy of the packaged rules with the scenario's `rules.toml` laid over the rule set; none without one.
pub(super) fn changed(scenario: &Path) -> Result<Option<tempfile::TempDir>> {
    let over = scenario.join("rules.toml");
    if !over.exists() {
        return Ok(None);
    }
    let over: Table = fs::read_to_string(&over)?.parse().with_context(|| over.display().to_string())?;
    let folder = tempfile::tempdir()?;
    for entry in fs::read_dir(holdfast_tests::app()?.join("rules"))? {
        let path = entry?.path();
        if path.is_file() {
            fs::copy(&path, folder.path().join(path.file_name().context("no name")?))?;
        }
    }
    let file = folder.path().join("ruleset.toml");
    let shipped: Table = fs::read_to_string(&file)?.parse()?;
    let mut rule_set = merged(shipped, over);
    pin(&mut rule_set);
    fs::write(&file, rule_set.to_string())?;
    Ok(Some(folder))
}

/// A scenario binds shipped modules by name, as it cannot know their digests.
fn pin(rule_set: &mut Table) {
    let rules = || rule_set.get("rule").and_then(Value::as_array).into_iter().flatten();
    let text = |rule: &Value, key: &str| rule.get(key).and_then(Value::as_str).map(str::to_owned);
    let digests: BTreeMap<String, String> =
        rules().filter_map(|rule| Some((text(rule, "module")?, text(rule, "digest")?))).collect();
    for rule in rule_set.get_mut("rule").and_then(Value::as_array_mut).into_iter().flatten() {
        let digest = text(rule, "module").and_then(|module| digests.get(&module).cloned());
        if let (Some(rule), Some(digest)) = (rule.as_table_mut(), digest) {
            rule.entry("digest").or_insert(Value::String(digest));
        }
    }
}

/// The app setting that has the handler use it.
pub(super) fn setting(folder: &tempfile::TempDir) -> (String, String) {
    ("HOLDFAST_RULES".to_owned(), folder.path().join("ruleset.toml").display().to_string())
}

/// Tables are merged, lists grow, anything else is replaced.
fn merged(mut under: Table, over: Table) -> Table {
    for (key, value) in over {
        let value = match (under.remove(&key), value) {
            (Some(Value::Table(under)), Value::Table(over)) => Value::Table(merged(under, over)),
            (Some(Value::Array(under)), Value::Array(over)) => {
                Value::Array(under.into_iter().chain(over).collect())
            }
            (_, over) => over,
        };
        under.insert(key, value);
    }
    under
}
