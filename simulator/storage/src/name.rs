//! Names of queues and containers.

use std::borrow::Borrow;
use std::fmt;

use crate::error::{Code, StorageError};

/// A queue's or container's name: 3 to 63 lower-case letters, digits and single hyphens, no hyphen at either end.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ResourceName(String);

impl ResourceName {
    pub(crate) fn parse(text: &str) -> Result<Self, StorageError> {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let valid = (3..=63).contains(&text.len())
            && text.chars().all(allowed)
            && !text.starts_with('-')
            && !text.ends_with('-')
            && !text.contains("--");
        if valid { Ok(Self(text.to_owned())) } else { Err(Code::InvalidResourceName.because(text)) }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Names are ordered as their texts are, so that a map of them can be asked for a text.
impl Borrow<str> for ResourceName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ResourceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_azures_rules() {
        for good in ["abc", "work-poison", "a1-b2-c3"] {
            assert!(ResourceName::parse(good).is_ok(), "{good}");
        }
        for bad in ["ab", "Work", "a--b", "-abc", "abc-", "a_b", &"a".repeat(64)] {
            assert!(ResourceName::parse(bad).is_err(), "{bad}");
        }
    }
}
