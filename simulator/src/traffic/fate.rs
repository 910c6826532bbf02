//! What becomes of a long-running operation that a fault has struck.

use serde::{Deserialize, Serialize};

/// An end other than the usual one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Fate {
    /// Its work is done, but it never says so.
    Hang,
    /// Neither does it do its work nor does it end.
    Stall,
    /// Its work is done, but whoever polls is told that it does not exist.
    Vanish,
    /// The first poll tells of another URL, and only that one answers afterwards.
    Move,
    /// It ends failed with this code and does nothing.
    Fail(String),
}

impl Fate {
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Hang => "hangs",
            Self::Stall => "stalls",
            Self::Vanish => "vanishes",
            Self::Move => "moves",
            Self::Fail(_) => "fails",
        }
    }
}
