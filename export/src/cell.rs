//! Values and columns.

use jiff::Timestamp;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// A point in time.
    Time,
    /// A whole number.
    Number,
}

/// A column of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its name, with underscores.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
}

/// One value; it has the kind of its column, or there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// No value.
    Nothing,
    /// Text.
    Text(String),
    /// A point in time.
    Time(Timestamp),
    /// A whole number.
    Number(i64),
}

impl Cell {
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub(crate) fn maybe(text: Option<impl Into<String>>) -> Self {
        text.map_or(Self::Nothing, Self::text)
    }

    /// A text that is a value only where it is not empty.
    pub(crate) fn filled(text: impl Into<String>) -> Self {
        Self::maybe(Some(text.into()).filter(|text| !text.is_empty()))
    }

    /// A time as Azure writes it, where it is one.
    pub(crate) fn moment(text: Option<&str>) -> Self {
        text.and_then(|text| text.parse().ok()).map_or(Self::Nothing, Self::Time)
    }

    pub(crate) fn count(count: Option<u64>) -> Self {
        count.map_or(Self::Nothing, |count| Self::Number(i64::try_from(count).unwrap_or(i64::MAX)))
    }
}
