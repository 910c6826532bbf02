//! Files that ARCHITECTURE.md names: each is there, so that the walks in it lead somewhere.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

const DOCUMENT: &str = "ARCHITECTURE.md";

/// Folders that hold no source of ours.
const SKIPPED: &[&str] = &["target", ".git", "node_modules"];

/// Every name of a Rust file to which no file leads.
pub(super) fn wrong(root: &Path) -> Result<Vec<String>> {
    let text = fs::read_to_string(root.join(DOCUMENT)).with_context(|| format!("read {DOCUMENT}"))?;
    let mut files = Vec::new();
    collect(root, root, &mut files)?;
    Ok(missing(&text, &files))
}

fn missing(text: &str, files: &[String]) -> Vec<String> {
    let named = text.split('`').skip(1).step_by(2).filter(|name| name.ends_with(".rs"));
    let is_there = |name: &str| files.iter().any(|file| ends_in(file, name));
    let mut missing: Vec<String> = named
        .filter(|name| !is_there(name))
        .map(|name| format!("{DOCUMENT} names `{name}`, and no file is called so"))
        .collect();
    missing.sort();
    missing.dedup();
    missing
}

/// Whether a path ends in these folders and this name, each of them whole.
fn ends_in(file: &str, name: &str) -> bool {
    file.strip_suffix(name).is_some_and(|before| before.is_empty() || before.ends_with('/'))
}

/// Paths of all Rust files below a folder, from the root on.
fn collect(root: &Path, folder: &Path, files: &mut Vec<String>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        if entry.file_type()?.is_dir() {
            if !SKIPPED.contains(&name.as_ref()) {
                collect(root, &path, files)?;
            }
        } else if name.ends_with(".rs") {
            files.push(path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_not_there_is_named_and_a_part_of_a_name_is_none() {
        let files = ["protection/src/plan.rs".to_owned(), "protection/src/plan/step.rs".to_owned()];
        assert_eq!(missing("`plan/step.rs` and `plan.rs`, in `protection/src/plan.rs`", &files), [""; 0]);
        let planted = missing("`plan.rs`, then `an.rs`, then `plan/steps.rs`", &files);
        assert_eq!(planted.len(), 2, "{planted:?}");
        assert!(planted[0].contains("`an.rs`") && planted[1].contains("`plan/steps.rs`"), "{planted:?}");
    }
}
