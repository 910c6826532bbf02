//! Checksums in the form that `sha256sum --check` reads.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use sha2::{Digest as _, Sha256};

/// Name of the file that holds them.
pub(crate) const NAME: &str = "SHA256SUMS";

/// A line for each of these files of `folder`.
pub(crate) fn of<'a>(folder: &Path, names: impl IntoIterator<Item = &'a str>) -> Result<String> {
    let mut lines = String::new();
    for name in names {
        let path = folder.join(name);
        let bytes = fs::read(&path).with_context(|| format!("read {}", path.display()))?;
        lines.push_str(&format!("{}  {name}\n", hex(&bytes)));
    }
    Ok(lines)
}

/// The digest of these bytes.
pub(crate) fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
