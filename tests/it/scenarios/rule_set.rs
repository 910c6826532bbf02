//! The shipped rule set with what a scenario says otherwise.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use anyhow::{Context, Result};
use holdfast_evaluator::Digest;
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
        let here = folder.path().join(path.file_name().context("no name")?);
        if path.is_file() {
            fs::copy(&path, here)?;
        } else {
            // The native code of rules that the scenario leaves as they are.
            symlink(&path, here)?;
        }
    }
    let file = folder.path().join("ruleset.toml");
    let shipped: Table = fs::read_to_string(&file)?.parse()?;
    let mut rule_set = merged(shipped, over);
    pin(&mut rule_set, folder.path())?;
    fs::write(&file, rule_set.to_string())?;
    Ok(Some(folder))
}

/// A scenario binds shipped modules by name, as it cannot know their digests.
fn pin(rule_set: &mut Table, folder: &Path) -> Result<()> {
    for rule in rule_set.get_mut("rule").and_then(Value::as_array_mut).into_iter().flatten() {
        let Some(rule) = rule.as_table_mut().filter(|rule| !rule.contains_key("digest")) else { continue };
        let module = rule.get("module").and_then(Value::as_str).context("a rule without module")?;
        let bytes = fs::read(folder.join(module)).with_context(|| format!("module {module}"))?;
        rule.insert("digest".to_owned(), Value::String(Digest::of(&bytes).to_string()));
    }
    Ok(())
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
