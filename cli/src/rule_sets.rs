//! Rule sets that a command is told to decide with.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use holdfast_evaluator::{Evaluator, RuleSet};

/// File name of a rule set in a folder of its own.
const FILE: &str = "ruleset.toml";

/// The rule set in a file, or in a folder that holds `ruleset.toml`, ready to decide.
pub(crate) fn load(path: &Path) -> Result<Evaluator> {
    let file = if path.is_dir() { path.join(FILE) } else { path.to_owned() };
    let rule_set =
        RuleSet::load(&file).with_context(|| format!("could not load the rule set {}", file.display()))?;
    Evaluator::new(rule_set).with_context(|| format!("could not make the rule set {} ready", file.display()))
}

/// Every rule set of these files and folders; a folder may hold revisions, as files or in folders of their own.
pub(crate) fn load_all(places: &[PathBuf]) -> Result<Vec<Evaluator>> {
    let mut files = Vec::new();
    for place in places {
        let found = files_of(place)?;
        if found.is_empty() {
            bail!("there is no rule set in {}: neither *.toml nor */{FILE}", place.display());
        }
        files.extend(found);
    }
    files.iter().map(|file| load(file)).collect()
}

fn files_of(place: &Path) -> Result<Vec<PathBuf>> {
    if !place.is_dir() {
        return Ok(vec![place.to_owned()]);
    }
    let unreadable = || format!("could not read {}", place.display());
    let mut found = Vec::new();
    for entry in std::fs::read_dir(place).with_context(unreadable)? {
        let path = entry.with_context(unreadable)?.path();
        let inner = path.join(FILE);
        if inner.is_file() {
            found.push(inner);
        } else if path.is_file() && path.extension().is_some_and(|extension| extension == "toml") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// What a person calls a rule set: its revision, and enough of its digest.
pub(crate) fn name(evaluator: &Evaluator) -> String {
    let rule_set = evaluator.rule_set();
    let digest = rule_set.digest().to_string();
    let short: String = digest.chars().take("sha256:".len() + 12).collect();
    format!("revision {} ({short})", rule_set.revision())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_may_hold_files_and_folders() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::fs::create_dir_all(root.join("r2")).unwrap();
        std::fs::create_dir_all(root.join("modules")).unwrap();
        for file in ["r1.toml", "r2/ruleset.toml", "notes.md", "modules/x.toml"] {
            std::fs::write(root.join(file), "").unwrap();
        }
        assert_eq!(files_of(root).unwrap(), [root.join("r1.toml"), root.join("r2/ruleset.toml")]);
        let problem = load_all(&[root.join("modules/none.toml")]).unwrap_err();
        assert!(format!("{problem:#}").contains("none.toml"), "{problem:#}");
        std::fs::remove_file(root.join("modules/x.toml")).unwrap();
        assert!(load_all(&[root.join("modules")]).unwrap_err().to_string().contains("no rule set"));
    }
}
