//! The one door to YAML: bounded input, and errors with file, line and column.

use std::path::Path;

use anyhow::anyhow;
use serde::de::DeserializeOwned;
use serde_saphyr::options;

pub(crate) use serde_saphyr::Spanned;

/// Reads a document. `off`, `no` and `yes` are text, as the tags of a resource want them.
///
/// # Errors
///
/// Says file, line, column, and what is wrong there.
pub(crate) fn read<T: DeserializeOwned>(path: &Path, text: &str) -> anyhow::Result<T> {
    let options = options! { strict_booleans: true };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let place = match error.location() {
            Some(at) => format!("{}:{}:{}", path.display(), at.line(), at.column()),
            None => path.display().to_string(),
        };
        let plain = error.without_snippet();
        anyhow!("{place}: {plain}")
    })
}

/// Line and column, both from 1, where a value begins.
pub(crate) fn place<T>(spanned: &Spanned<T>) -> (usize, usize) {
    let number = |number: u64| usize::try_from(number).unwrap_or(usize::MAX).max(1);
    (number(spanned.referenced.line()), number(spanned.referenced.column()))
}
