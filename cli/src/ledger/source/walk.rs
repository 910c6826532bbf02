//! The files of an exported ledger, in the order in which Storage lists them, one folder at a time in memory.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::exit::Unusable;
use crate::written::UNFINISHED;

/// Paths relative to the exported folder, with slashes.
pub(super) struct Walk {
    root: PathBuf,
    /// What is still to be looked at, the next one last; a folder's name ends with a slash.
    waiting: Vec<String>,
}

impl Walk {
    pub(super) fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), waiting: vec![super::RESOURCES.to_owned()] }
    }

    fn open(&mut self, folder: &str) -> Result<()> {
        let path = self.root.join(folder);
        let unreadable = || {
            format!("could not read {}; is it a folder that `holdfast ledger export` wrote?", path.display())
        };
        let mut found = Vec::new();
        let entries = std::fs::read_dir(&path).with_context(unreadable).map_err(Unusable::of)?;
        for entry in entries {
            let entry = entry.with_context(unreadable)?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            let is_folder = entry.file_type().with_context(unreadable)?.is_dir();
            if !is_folder && name.ends_with(UNFINISHED) {
                continue;
            }
            found.push(format!("{folder}{name}{}", if is_folder { "/" } else { "" }));
        }
        // As Storage sorts: by the whole path.
        found.sort_by(|one, other| other.cmp(one));
        self.waiting.extend(found);
        Ok(())
    }
}

impl Iterator for Walk {
    type Item = Result<String>;

    fn next(&mut self) -> Option<Result<String>> {
        loop {
            let next = self.waiting.pop()?;
            if !next.ends_with('/') {
                return Some(Ok(next));
            }
            if let Err(error) = self.open(&next) {
                self.waiting.clear();
                return Some(Err(error));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_come_in_the_order_of_their_paths() {
        let folder = tempfile::tempdir().unwrap();
        let mut paths =
            ["resources/a/b/1.json", "resources/a/1.json", "resources/a-b/1.json", "resources/a/2.json"];
        for path in paths {
            let file = folder.path().join(path);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, "{}").unwrap();
        }
        std::fs::write(folder.path().join("resources/a/3.json.part"), "{").unwrap();
        let walked: Vec<String> = Walk::new(folder.path()).map(Result::unwrap).collect();
        paths.sort_unstable();
        assert_eq!(walked, paths);
        let nothing: Vec<_> = Walk::new(&folder.path().join("nowhere")).collect();
        assert!(matches!(nothing.as_slice(), [Err(_)]));
    }
}
