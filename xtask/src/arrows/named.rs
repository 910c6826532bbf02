//! Files and tests that documents name: each is there, so that walks lead somewhere and proofs prove something.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

const DOCUMENTS: &[&str] = &["ARCHITECTURE.md", "docs/deploy.md", "docs/disaster.md", "docs/security.md"];

/// Folders that hold no source of ours.
const SKIPPED: &[&str] = &["target", ".git", "node_modules"];

/// Every name of a Rust file to which no file leads, and of a test (`file.rs::name`) that its file does not have.
pub(super) fn wrong(root: &Path) -> Result<Vec<String>> {
    let mut files = Vec::new();
    collect(root, root, &mut files)?;
    let mut wrong = Vec::new();
    for document in DOCUMENTS {
        let text = fs::read_to_string(root.join(document)).with_context(|| format!("read {document}"))?;
        let tests = |file: &str| fs::read_to_string(root.join(file)).unwrap_or_default();
        wrong
            .extend(missing(&text, &files, tests).into_iter().map(|what| format!("{document} names {what}")));
    }
    Ok(wrong)
}

fn missing(text: &str, files: &[String], read: impl Fn(&str) -> String) -> Vec<String> {
    let mut missing = Vec::new();
    for name in text.split('`').skip(1).step_by(2) {
        let (file, test) = name.split_once("::").map_or((name, None), |(file, test)| (file, Some(test)));
        if !file.ends_with(".rs") {
            continue;
        }
        match (files.iter().find(|path| ends_in(path, file)), test) {
            (None, _) => missing.push(format!("`{file}`, and no file is called so")),
            (Some(path), Some(test)) if !read(path).contains(&format!("fn {test}(")) => {
                missing.push(format!("`{test}`, and {path} has no such test"));
            }
            (Some(_), _) => {}
        }
    }
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

    const PLAN: &str = "protection/src/plan.rs";

    fn planted(text: &str) -> Vec<String> {
        let files = [PLAN.to_owned(), "protection/src/plan/step.rs".to_owned()];
        missing(text, &files, |path| if path == PLAN { "fn it_holds() {}".to_owned() } else { String::new() })
    }

    #[test]
    fn a_file_that_is_not_there_is_named_and_a_part_of_a_name_is_none() {
        assert_eq!(planted("`plan/step.rs` and `plan.rs`, in `protection/src/plan.rs`"), [""; 0]);
        let found = planted("`plan.rs`, then `an.rs`, then `plan/steps.rs`");
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].contains("`an.rs`") && found[1].contains("`plan/steps.rs`"), "{found:?}");
    }

    #[test]
    fn a_test_that_its_file_does_not_have_is_named() {
        assert_eq!(planted("`plan.rs::it_holds`"), [""; 0]);
        let found = planted("`plan.rs::it_hold`, `step.rs::it_holds`, `Outcome::Gone`");
        assert_eq!(found.len(), 2, "{found:?}");
    }
}
