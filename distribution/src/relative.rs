//! Paths that stay where they are put.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// A path below a folder: no root, no `..`, `/` between its parts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RelativePath(String);

/// The path leads elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a path within the rule set's folder")]
pub struct RelativePathError(String);

impl FromStr for RelativePath {
    type Err = RelativePathError;

    fn from_str(text: &str) -> Result<Self, RelativePathError> {
        let text = text.strip_prefix("./").unwrap_or(text);
        let tidy = |part: &str| {
            !matches!(part, "" | "." | "..")
                && !part.contains(['\\', ':'])
                && !part.contains(char::is_control)
        };
        let fits = text.len() <= 1024 && text.split('/').all(tidy);
        if fits { Ok(Self(text.to_owned())) } else { Err(RelativePathError(text.escape_debug().collect())) }
    }
}

impl RelativePath {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn below(&self, folder: &Path) -> PathBuf {
        self.0.split('/').fold(folder.to_owned(), |path, part| path.join(part))
    }

    /// The same path with `ending` after it.
    pub(crate) fn with(&self, ending: &str) -> Self {
        Self(format!("{}{ending}", self.0))
    }
}

impl fmt::Display for RelativePath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_leads_out_of_its_folder() {
        for text in ["a.wasm", "a/b.wasm", "./a", "..a", "a..b"] {
            let path: RelativePath = text.parse().unwrap();
            assert!(path.below(Path::new("/f")).starts_with("/f"), "{text}");
        }
        for text in ["", ".", "..", "/a", "a/", "a//b", "../a", "a/../../b", "a\\..\\b", "C:a", "a\0", "a/.."]
        {
            assert!(text.parse::<RelativePath>().is_err(), "{text}");
        }
    }
}
