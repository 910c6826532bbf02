//! Time zones of schedules.

use serde::{Deserialize, Serialize};

use crate::impossible::Impossible;

/// A time zone by its Windows name, compared without case.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TimeZone(String);

impl TimeZone {
    /// From Azure's word; an empty one is UTC.
    pub fn named(name: &str) -> Self {
        match name.trim() {
            "" => Self::default(),
            name => Self(name.to_owned()),
        }
    }

    /// The Windows name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is UTC.
    pub fn is_utc(&self) -> bool {
        self.0.eq_ignore_ascii_case("UTC")
    }

    /// What a decision says of it. Azure knows no other names, and says of a wrong one only that something is wrong.
    pub(super) fn decided(name: Option<&str>) -> Result<Self, Impossible> {
        let Some(name) = name else { return Ok(Self::default()) };
        let legal = |character: char| character.is_ascii_alphanumeric() || " .()+-".contains(character);
        if name.trim().is_empty() || name.len() > 64 || !name.chars().all(legal) {
            return Err(Impossible::new(
                "ScheduleBound",
                format!("`{name}` is not the Windows name of a time zone"),
                "let the rules state `time-zone` as Windows names it, such as `W. Europe Standard Time`, or leave it out for UTC",
            ));
        }
        Ok(Self::named(name))
    }
}

impl Default for TimeZone {
    fn default() -> Self {
        Self("UTC".to_owned())
    }
}

impl PartialEq for TimeZone {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for TimeZone {}
