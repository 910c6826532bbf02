//! Checksums in the form that `sha256sum --check` reads.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::digest;

/// Name of the file that holds them.
pub(crate) const NAME: &str = "SHA256SUMS";

/// A line for each of these files of `folder`.
pub(crate) fn of<'a>(folder: &Path, names: impl IntoIterator<Item = &'a str>) -> Result<String> {
    let mut lines = String::new();
    for name in names {
        let path = folder.join(name);
        let bytes = fs::read(&path).with_context(|| format!("read {}", path.display()))?;
        lines.push_str(&format!("{}  {name}\n", digest::of(&bytes)));
    }
    Ok(lines)
}
