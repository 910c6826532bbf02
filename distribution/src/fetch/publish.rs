//! The reverse of fetching: what is published with a rule set.

use std::path::Path;

use super::cache::Cache;
use super::error::FetchError;
use super::folder::Folder;
use super::gather::{gather_compiled, gather_rule_set};
use super::modules::gather_beside;
use super::rule_set::{self, Place};
use crate::oci::PushedFile;
use crate::relative::RelativePath;
use crate::source::folder_and_name;

/// The rule set at `path` and then everything that lies beside it and belongs to it: signatures,
/// modules that it names by path, and compiled code. Modules from elsewhere stay there.
///
/// # Errors
///
/// When something is missing, or isn't what the rule set pins.
pub async fn rule_set_files(path: &Path) -> Result<Vec<PushedFile>, FetchError> {
    let (folder, name) = folder_and_name(path);
    let (files, source_text) = (Folder::new(folder), path.display().to_string());
    let missing = || FetchError::NoRuleSet { source_text: source_text.clone(), name: name.clone() };
    let name: RelativePath = name.parse().map_err(|_| missing())?;
    let aside = tempfile::tempdir().map_err(FetchError::file("make", std::env::temp_dir()))?;
    let mut staging = Cache::open(aside.path())?.stage(None)?;
    let ruleset = gather_rule_set(&files, &name, &source_text, &mut staging).await?;
    for module in &rule_set::modules(&ruleset, &source_text)? {
        if let Place::Beside { path, pinned } = &module.place {
            gather_beside(&files, module, path, *pinned, &source_text, &mut staging).await?;
        }
    }
    gather_compiled(&files, &mut staging).await?;
    let mut pushed = vec![PushedFile { path: name.to_string(), bytes: ruleset }];
    for path in staging.files().keys().filter(|path| **path != name) {
        pushed.push(PushedFile { path: path.to_string(), bytes: staging.read(path).await? });
    }
    Ok(pushed)
}
