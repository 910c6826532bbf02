//! Changes of a backup instance that is there.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ResourceId;
use crate::workload::Restated;

/// What can be asked of an instance beside being written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LifecycleChange {
    /// No more backups; those there are stay for ever.
    StopProtection,
    /// No more backups; those there are expire by their policy, but for the last.
    SuspendBackups,
    /// Takes back [`LifecycleChange::StopProtection`].
    ResumeProtection,
    /// Takes back [`LifecycleChange::SuspendBackups`].
    ResumeBackups,
    /// Instance and backups are deleted, softly where the vault does so.
    Delete,
}

/// An instance that is to follow another policy of its vault, or to be told something else of its datasource; everything
/// else of it stays as Azure shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PolicyMove {
    /// The instance.
    pub instance: ResourceId,
    /// The policy.
    pub policy: ResourceId,
    /// What it is to state otherwise of its datasource.
    #[serde(flatten)]
    pub restated: Restated,
}

impl PolicyMove {
    /// Has an instance follow a policy, and nothing else.
    pub fn to(instance: ResourceId, policy: ResourceId) -> Self {
        Self { instance, policy, restated: Restated::default() }
    }

    /// What changes beside the policy, in words.
    pub fn values(&self) -> Vec<String> {
        self.restated.values()
    }
}

impl fmt::Display for LifecycleChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::StopProtection => "stop the protection of",
            Self::SuspendBackups => "suspend the backups of",
            Self::ResumeProtection => "resume the protection of",
            Self::ResumeBackups => "resume the backups of",
            Self::Delete => "delete",
        })
    }
}
