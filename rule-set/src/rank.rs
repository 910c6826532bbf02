//! What the rule set says of a rule, as far as composing opinions heeds it.

use std::cmp::Reverse;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Name under which the rule set's defaults win a field; no rule may have it.
pub const DEFAULTS: &str = "defaults";

/// Whether a rule's opinion is heeded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Heeded.
    #[default]
    Enforce,
    /// Asked and recorded only.
    Shadow,
}

/// What a rule has a say in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decides {
    /// Whether a resource is protected, and how.
    #[default]
    WhetherAndHow,
    /// Only how; its `protect` is not a vote.
    How,
}

/// What the failure of a rule means.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnError {
    /// Protect with what others and the defaults say.
    #[default]
    ProtectWithDefault,
    /// Wait for a person.
    Hold,
    /// As if it had not been asked; for shadow rules only.
    Ignore,
}

/// What the rule set says of a rule, as far as composition heeds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rank {
    /// Id of the binding.
    pub id: Arc<str>,
    /// Index of the layer; 0 has the most authority.
    pub layer: usize,
    /// Higher wins within the layer.
    pub priority: i32,
    /// Whether the rule is heeded.
    pub mode: Mode,
    /// What it has a say in.
    pub decides: Decides,
    /// What its failure means.
    pub on_error: OnError,
}

impl Rank {
    /// Authority first: layer, then priority, then the tie-break by id.
    pub fn order(&self) -> (usize, Reverse<i32>, &str) {
        (self.layer, Reverse(self.priority), &self.id)
    }

    /// Whether neither has more authority than the other.
    pub fn equals(&self, other: &Self) -> bool {
        (self.layer, self.priority) == (other.layer, other.priority)
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Enforce => "enforce",
            Self::Shadow => "shadow",
        })
    }
}
