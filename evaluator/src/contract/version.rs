//! The versions of the contract that are hosted, each for ever.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A version of the package `holdfast:rule`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ContractVersion {
    /// Knows resources only, and the workloads of Backup vaults.
    #[default]
    #[serde(rename = "1.0.0")]
    V1_0,
    /// Knows workloads, labels, what Recovery Services can do, and verifications.
    #[serde(rename = "1.1.0")]
    V1_1,
}

impl ContractVersion {
    /// Such as `1.1.0`.
    pub fn number(self) -> &'static str {
        match self {
            Self::V1_0 => "1.0.0",
            Self::V1_1 => "1.1.0",
        }
    }

    pub(crate) fn is_first(&self) -> bool {
        *self == Self::V1_0
    }
}

/// Such as `holdfast:rule@1.1.0`.
impl fmt::Display for ContractVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "holdfast:rule@{}", self.number())
    }
}
