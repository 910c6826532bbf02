//! Layers: groups of rules of equal authority.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A group of rules of equal authority.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Layer {
    /// Such as `platform`.
    pub name: String,
    /// How its rules agree on whether a resource is protected.
    #[serde(default)]
    pub algorithm: Algorithm,
}

/// How the rules of a layer agree on whether a resource is protected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Algorithm {
    /// One rule that protects suffices.
    #[default]
    ProtectOverrides,
    /// One rule that excludes suffices.
    ExcludeOverrides,
    /// The rules with the highest priority alone count.
    HighestPriority,
}

impl fmt::Display for Algorithm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::ProtectOverrides => "protect-overrides",
            Self::ExcludeOverrides => "exclude-overrides",
            Self::HighestPriority => "highest-priority",
        })
    }
}
