//! The rule set of the demo: the app's, but that machines of one region go to vaults that share a tag.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use toml::{Table, Value};

/// A region whose first vault is full.
const REGION: &str = "eastus";

/// Copies the app's rules and their native code below `work`, and lets `placement` choose among tagged vaults in one region;
/// gives the rule set's path. None where the app's rule set has no such rule or has its own word on that region: then it
/// is used as it is.
pub(super) fn over_vaults(app: &Path, work: &Path) -> Result<Option<PathBuf>> {
    let (from, to) = (app.join("rules"), work.join("rules"));
    let Ok(text) = std::fs::read_to_string(from.join("ruleset.toml")) else { return Ok(None) };
    let Some(text) = spread(&text)? else { return Ok(None) };
    copy(&from, &to)?;
    let rule_set = to.join("ruleset.toml");
    std::fs::write(&rule_set, text).with_context(|| format!("write {}", rule_set.display()))?;
    Ok(Some(rule_set))
}

fn spread(text: &str) -> Result<Option<String>> {
    let mut rule_set: Table = toml::from_str(text).context("read the app's rule set")?;
    let Some(place) = place(&mut rule_set) else { return Ok(None) };
    let tags = Table::from_iter([("pool".to_owned(), Value::from(REGION))]);
    place.remove("recovery-services-vault");
    place.insert("recovery-services-vault-tags".to_owned(), Value::Table(tags));
    Ok(Some(toml::to_string(&rule_set).context("write the demo's rule set")?))
}

/// Where `placement` says what holds in the region, begun with what holds in every other one.
fn place(rule_set: &mut Table) -> Option<&mut Table> {
    let rules = rule_set.get_mut("rule")?.as_array_mut()?;
    let is_placement = |rule: &&mut Value| rule.get("id").and_then(Value::as_str) == Some("placement");
    let settings = rules.iter_mut().find(is_placement)?.get_mut("settings")?.as_table_mut()?;
    let default = settings.get("default")?.clone();
    let locations = settings.entry("locations").or_insert_with(|| Value::Table(Table::new()));
    let locations = locations.as_table_mut().filter(|locations| !locations.contains_key(REGION))?;
    locations.entry(REGION).or_insert(default).as_table_mut()
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to).with_context(|| format!("create {}", to.display()))?;
    for entry in std::fs::read_dir(from).with_context(|| format!("list {}", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), &target).with_context(|| format!("write {}", target.display()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_region_chooses_by_tag_and_every_other_one_by_name() {
        let text = spread(include_str!("../../../rules/ruleset.toml")).unwrap().unwrap();
        let mut rule_set: Table = toml::from_str(&text).unwrap();
        assert!(place(&mut rule_set).is_none(), "it has its word on the region now");
        assert!(text.contains("recovery-services-vault = \"rsv-{location}\""));
        assert!(
            text.contains("vault-tags = { pool") || text.contains("vault-tags]\npool = \"eastus\""),
            "{text}"
        );
        assert_eq!(spread("revision = 1\n").unwrap(), None);
    }
}
