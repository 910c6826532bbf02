//! Where a page of targets ended: a section of the list, a part of it, and the place in it.

use std::fmt;
use std::str::FromStr;

/// A section of the list of targets, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Section {
    /// What has an instance.
    WithInstance,
    /// What was deleted softly.
    SoftDeleted,
    /// What has no instance.
    WithoutInstance,
}

impl Section {
    const ALL: [Self; 3] = [Self::WithInstance, Self::SoftDeleted, Self::WithoutInstance];

    fn letter(self) -> char {
        match self {
            Self::WithInstance => 'i',
            Self::SoftDeleted => 'd',
            Self::WithoutInstance => 'u',
        }
    }
}

/// Where the next page begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    pub(super) section: Section,
    /// How many chunks of subscriptions are done.
    pub(super) chunk: usize,
    /// In a chunk: Azure's token, or the key of the last vault; from its beginning without one.
    pub(super) after: Option<String>,
}

impl Cursor {
    /// The beginning of a section.
    pub(super) fn at(section: Section) -> Self {
        Self { section, chunk: 0, after: None }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}:{}", self.section.letter(), self.chunk, self.after.as_deref().unwrap_or_default())
    }
}

/// The text is not a cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it does not say where a page of targets begins")]
pub struct BadCursor;

impl FromStr for Cursor {
    type Err = BadCursor;

    fn from_str(text: &str) -> Result<Self, BadCursor> {
        let (place, after) = text.split_once(':').ok_or(BadCursor)?;
        let mut letters = place.chars();
        let letter = letters.next();
        let section = Section::ALL.into_iter().find(|section| Some(section.letter()) == letter);
        Ok(Self {
            section: section.ok_or(BadCursor)?,
            chunk: letters.as_str().parse().map_err(|_| BadCursor)?,
            after: Some(after.to_owned()).filter(|after| !after.is_empty()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_is_written() {
        for section in Section::ALL {
            for after in [None, Some("ey=:x/".to_owned())] {
                let cursor = Cursor { section, chunk: 12, after };
                assert_eq!(cursor.to_string().parse(), Ok(cursor));
            }
        }
        for text in ["", "i", "x1:", "i-1:", "iii:"] {
            assert_eq!(text.parse::<Cursor>(), Err(BadCursor), "{text}");
        }
    }
}
