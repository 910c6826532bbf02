//! Files that a task writes and others read.

use std::fs;
use std::io;
use std::path::Path;

use anyhow::{Context as _, Result};

/// Writes a file, whole and at once, unless it holds these bytes already: cargo takes a file that was written for one
/// that has changed, and a test may be reading it.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|there| there == bytes) {
        return Ok(());
    }
    replace(path, bytes).with_context(|| format!("could not write {}", path.display()))
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let part = path.with_file_name(name);
    fs::write(&part, bytes)?;
    fs::rename(&part, path)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_has_not_changed_is_left_alone() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("rule.wasm");
        write(&path, b"one")?;
        let long_ago = fs::metadata(&path)?.modified()? - Duration::from_hours(1);
        fs::File::options().append(true).open(&path)?.set_modified(long_ago)?;
        write(&path, b"one")?;
        assert_eq!(fs::metadata(&path)?.modified()?, long_ago);
        write(&path, b"two")?;
        assert_eq!(fs::read(&path)?, b"two");
        assert!(fs::metadata(&path)?.modified()? > long_ago);
        assert_eq!(fs::read_dir(folder.path())?.count(), 1, "nothing is left beside it");
        Ok(())
    }
}
