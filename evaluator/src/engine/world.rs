//! The worlds of the contract: what a module can be.

use serde::{Deserialize, Serialize};

/// What a module judges.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum World {
    /// Resources: the world `rule`, with or without its packed door.
    #[default]
    Rule,
    /// Operations: the world `review`.
    Review,
    /// What was restored: the world `verify`.
    Verify,
}

impl World {
    #[cfg(feature = "compiler")]
    pub(crate) const ALL: [Self; 3] = [Self::Rule, Self::Review, Self::Verify];

    /// As the WIT package calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rule => "rule",
            Self::Review => "review",
            Self::Verify => "verify",
        }
    }

    /// The export that is asked for a judgement.
    pub(crate) fn judge(self) -> &'static str {
        match self {
            Self::Rule => "evaluate",
            Self::Review => "review",
            Self::Verify => "verify",
        }
    }

    #[cfg(feature = "compiler")]
    pub(crate) fn exports(self) -> [&'static str; 3] {
        ["describe", "configure", self.judge()]
    }
}
