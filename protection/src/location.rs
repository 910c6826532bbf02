//! Azure regions, spelled one way.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A region: lower case, without blanks.
///
/// Azure answers `West Europe`, `westeurope` and `WestEurope` for the same region.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Location(String);

impl Location {
    /// The normalised name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Location {
    fn from(text: &str) -> Self {
        Self(text.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect())
    }
}

impl From<String> for Location {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<Location> for String {
    fn from(location: Location) -> Self {
        location.0
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Location;

    #[test]
    fn spellings_of_one_region_are_equal() {
        assert_eq!(Location::from("West Europe"), Location::from("westeurope"));
    }
}
