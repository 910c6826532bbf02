//! What parsers are fed with at first.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};

use crate::Target;

/// The files of `fuzz/corpus/<target>`, and of what else the target names, in the order of their names.
pub(crate) fn read(root: &Path, target: &Target) -> Result<Vec<Vec<u8>>> {
    let own = format!("fuzz/corpus/{}", target.name);
    let mut corpus = Vec::new();
    for place in [own.as_str()].into_iter().chain(target.also.iter().copied()) {
        take(&root.join(place), &mut corpus)?;
    }
    ensure!(!corpus.is_empty(), "{own} holds nothing to begin with");
    Ok(corpus)
}

fn take(place: &Path, corpus: &mut Vec<Vec<u8>>) -> Result<()> {
    if place.is_file() {
        corpus.push(fs::read(place).with_context(|| place.display().to_string())?);
        return Ok(());
    }
    if !place.exists() {
        return Ok(());
    }
    let entries = fs::read_dir(place).with_context(|| place.display().to_string())?;
    let mut paths: Vec<_> = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    paths.sort();
    paths.iter().try_for_each(|path| take(path, corpus))
}
