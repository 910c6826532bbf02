//! Rule sets that a command is told to decide with.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use holdfast_distribution::{TrustPolicy, UntrustedRuleSet};
use holdfast_evaluator::{Evaluator, LoadError, PinnedOnly, RuleSet, Trust};

use crate::exit::Unusable;
use crate::progress;

/// File name of a rule set in a folder of its own.
const FILE: &str = "ruleset.toml";

/// Who has to stand behind rule sets and modules, as the handler's HOLDFAST_TRUST says it.
#[derive(Debug, Clone, Args)]
pub(crate) struct Trusting {
    /// Trust policy (trust.toml) that each rule set and its modules have to meet; else their pinned digests
    /// suffice.
    #[arg(long, value_name = "FILE")]
    trust: Option<PathBuf>,
}

impl Trusting {
    /// Reads the policy.
    pub(crate) fn policy(&self) -> Result<Option<TrustPolicy>> {
        let policy = self.trust.as_deref().map(TrustPolicy::load).transpose();
        policy.context("could not use the trust policy").map_err(Unusable::of)
    }
}

/// The rule set in a file, or in a folder that holds `ruleset.toml`, ready to decide.
pub(crate) fn load(path: &Path, trust: Option<&TrustPolicy>) -> Result<Evaluator> {
    let file = if path.is_dir() { path.join(FILE) } else { path.to_owned() };
    load_file(&file, trust).map_err(|error| if is_refused(&error) { error } else { Unusable::of(error) })
}

fn load_file(file: &Path, trust: Option<&TrustPolicy>) -> Result<Evaluator> {
    let _progress = progress::of(format!("making the rules of {} ready", file.display()));
    let rule_set = admitted(file, trust)?;
    Evaluator::new(rule_set).with_context(|| format!("could not make the rule set {} ready", file.display()))
}

/// The rule set in a file, if the policy takes it and its modules.
pub(crate) fn admitted(file: &Path, trust: Option<&TrustPolicy>) -> Result<RuleSet> {
    if let Some(trust) = trust {
        trust.admit_rule_set_file(file, None)?;
    }
    let of_modules: &dyn Trust = trust.map_or(&PinnedOnly, |trust| trust);
    let rule_set = RuleSet::load_with(file, of_modules)
        .with_context(|| format!("could not load the rule set {}", file.display()))?;
    if let Some(trust) = trust {
        trust.admit_rule_set_file(file, Some(rule_set.revision()))?;
    }
    Ok(rule_set)
}

/// Whether a rule set was read, and is not to be trusted.
pub(crate) fn is_refused(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(UntrustedRuleSet::Refused { .. }))
        || matches!(error.downcast_ref(), Some(LoadError::Trust { .. }))
}

/// Every rule set of these files and folders; a folder may hold revisions, as files or in folders of their own.
pub(crate) fn load_all(places: &[PathBuf], trust: Option<&TrustPolicy>) -> Result<Vec<Evaluator>> {
    let mut files = Vec::new();
    for place in places {
        let found = files_of(place)?;
        if found.is_empty() {
            let place = place.display();
            return Err(Unusable::described(format!(
                "there is no rule set in {place}: neither *.toml nor */{FILE}"
            )));
        }
        files.extend(found);
    }
    files.iter().map(|file| load(file, trust)).collect()
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
        let problem = load_all(&[root.join("modules/none.toml")], None).unwrap_err();
        assert!(format!("{problem:#}").contains("none.toml"), "{problem:#}");
        std::fs::remove_file(root.join("modules/x.toml")).unwrap();
        assert!(load_all(&[root.join("modules")], None).unwrap_err().to_string().contains("no rule set"));
    }
}
