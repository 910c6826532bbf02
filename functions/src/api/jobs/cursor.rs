//! Where a page of the jobs of all vaults begins.

use std::fmt;
use std::str::FromStr;

/// A chunk of subscriptions, and Azure's token in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct JobCursor {
    /// How many chunks are done.
    pub(super) chunk: usize,
    /// Azure's token; from the beginning of the chunk without one.
    pub(super) after: Option<String>,
}

impl fmt::Display for JobCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "j{}:{}", self.chunk, self.after.as_deref().unwrap_or_default())
    }
}

impl FromStr for JobCursor {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (chunk, after) = text.strip_prefix('j').and_then(|rest| rest.split_once(':')).ok_or(())?;
        let after = Some(after.to_owned()).filter(|after| !after.is_empty());
        Ok(Self { chunk: chunk.parse().map_err(|_| ())?, after })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_is_written() {
        for after in [None, Some("ey=:x/".to_owned())] {
            let cursor = JobCursor { chunk: 3, after };
            assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }
        for text in ["", "j", "j:", "i1:", "jobs 2026"] {
            assert_eq!(text.parse::<JobCursor>(), Err(()), "{text}");
        }
    }
}
