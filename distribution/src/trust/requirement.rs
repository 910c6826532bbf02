//! Whose word is needed.

use std::collections::BTreeSet;
use std::fmt;

/// What a layer, or the rule set file, asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Requirement {
    pub(super) who: Who,
    pub(super) unsigned: Unsigned,
}

/// Names of keys and identities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Who {
    /// One of them suffices.
    AnyOf(BTreeSet<String>),
    /// Each of them is needed.
    AllOf(BTreeSet<String>),
    /// Those whom the policy names.
    Anyone,
}

/// What becomes of a file without any signature.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Unsigned {
    Allow,
    #[default]
    Refuse,
}

impl Who {
    pub(super) fn names(&self) -> impl Iterator<Item = &String> {
        let names = match self {
            Self::AnyOf(names) | Self::AllOf(names) => Some(names),
            Self::Anyone => None,
        };
        names.into_iter().flatten()
    }

    /// Those whose word counts here, if it is enough.
    pub(super) fn satisfied_by(&self, vouching: &BTreeSet<String>) -> Option<Vec<String>> {
        let counting: Vec<String> = match self {
            Self::AnyOf(names) | Self::AllOf(names) => names.intersection(vouching).cloned().collect(),
            Self::Anyone => vouching.iter().cloned().collect(),
        };
        let enough = match self {
            Self::AnyOf(_) | Self::Anyone => !counting.is_empty(),
            Self::AllOf(names) => counting.len() == names.len(),
        };
        enough.then_some(counting)
    }
}

impl fmt::Display for Who {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted: Vec<String> = self.names().map(|name| format!("`{name}`")).collect();
        let how = match self {
            Self::Anyone => "a signature by any key or identity in the trust policy",
            Self::AnyOf(names) if names.len() > 1 => "any of ",
            Self::AllOf(names) if names.len() > 1 => "all of ",
            Self::AnyOf(_) | Self::AllOf(_) => "",
        };
        write!(formatter, "{how}{}", quoted.join(", "))
    }
}
