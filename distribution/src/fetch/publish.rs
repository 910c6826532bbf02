//! The reverse of fetching: what is published with a rule set.

use std::path::Path;

use super::cache::Files;
use super::error::FetchError;
use super::fetcher::{gather_compiled, gather_signatures, read_rule_set};
use super::files::Folder;
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
    let (files, source_text) = (Folder(folder), path.display().to_string());
    let (name, ruleset) = read_rule_set(&files, &name, &source_text).await?;
    let mut gathered = Files::new();
    gather_signatures(&files, &name, &mut gathered).await?;
    for module in &rule_set::modules(&ruleset, &source_text)? {
        if let Place::Beside { path, pinned } = &module.place {
            gather_beside(&files, module, path, *pinned, &source_text, &mut gathered).await?;
        }
    }
    gather_compiled(&files, &source_text, &mut gathered).await?;
    let pushed = |(path, bytes): (RelativePath, Vec<u8>)| PushedFile { path: path.to_string(), bytes };
    let first = pushed((name, ruleset));
    Ok(std::iter::once(first).chain(gathered.into_iter().map(pushed)).collect())
}
