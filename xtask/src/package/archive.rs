//! A folder as a zip archive: what is in it decides every byte, and neither when nor where it was written.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// Names of all files below `folder`, with `/` between their parts, in the order of their bytes.
pub(crate) fn files(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).with_context(|| format!("read {}", next.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            names.push(path.strip_prefix(folder)?.to_string_lossy().replace('\\', "/"));
        }
    }
    names.sort();
    Ok(names)
}

/// Writes `folder` as `archive`. Azure starts a program only if the archive says that it may be executed; what the disk says of
/// a file depends on who built it.
pub(crate) fn write(folder: &Path, archive: &Path, programs: &[&str]) -> Result<()> {
    let file = fs::File::create(archive).with_context(|| format!("create {}", archive.display()))?;
    let mut writer = ZipWriter::new(file);
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default());
    for name in files(folder)? {
        let mode = if programs.contains(&name.as_str()) { 0o755 } else { 0o644 };
        writer.start_file(name.as_str(), options.unix_permissions(mode))?;
        writer.write_all(&fs::read(folder.join(&name))?)?;
    }
    writer.finish().context("finish the archive")?;
    Ok(())
}
