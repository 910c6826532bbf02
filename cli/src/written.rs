//! Files that are written whole or not at all.

use std::path::Path;
use std::{fs, io};

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
