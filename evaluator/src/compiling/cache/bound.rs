//! Keeps the folder within its bound: what was used longest ago goes first.

use std::fs;
use std::io;
use std::path::Path;

/// Removes files until all together have at most so many bytes. What another process removes meanwhile is gone as well.
pub(super) fn keep_within(folder: &Path, most: u64) -> io::Result<()> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)?.flatten() {
        let Ok(known) = entry.metadata() else { continue };
        if known.is_file() {
            files.push((known.modified()?, known.len(), entry.path()));
        }
    }
    let mut total: u64 = files.iter().map(|(_, bytes, _)| bytes).sum();
    files.sort();
    for (_, bytes, path) in files {
        if total <= most {
            break;
        }
        let _ = fs::remove_file(path);
        total = total.saturating_sub(bytes);
    }
    Ok(())
}
