//! Files that are written whole or not at all.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use tempfile::NamedTempFile;

/// How the name of a file ends that is not whole yet.
pub(crate) const UNFINISHED: &str = ".part";

/// Writes it aside and gives it its name then: half a file must not pass for a whole one.
pub(crate) fn whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut aside = path.as_os_str().to_owned();
    aside.push(UNFINISHED);
    fs::write(&aside, bytes)?;
    fs::rename(&aside, path)
}

/// Replaces the content of a file that is there, and nothing else of it; of a link, that of the file that it leads to.
pub(crate) fn anew(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let path = fs::canonicalize(path)?;
    let mut aside = NamedTempFile::new_in(path.parent().unwrap_or(Path::new(".")))?;
    aside.write_all(bytes)?;
    aside.as_file().set_permissions(fs::metadata(&path)?.permissions())?;
    aside.as_file().sync_all()?;
    aside.persist(&path)?;
    Ok(())
}
