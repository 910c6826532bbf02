//! Changes of a backup instance that is there.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ResourceId;
use crate::workload::DiskChoice;
use crate::workload::aks::ClusterParameters;
use crate::workload::postgresql_single::SecretUri;

/// What can be asked of an instance beside being written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Alteration {
    /// No more backups; those there are stay for ever.
    StopProtection,
    /// No more backups; those there are expire by their policy, but for the last.
    SuspendBackups,
    /// Takes back [`Alteration::StopProtection`].
    ResumeProtection,
    /// Takes back [`Alteration::SuspendBackups`].
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
    /// The containers, if others than now are to be copied into the vault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub containers: Option<Vec<String>>,
    /// What of a cluster is backed up, if that is to change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<ClusterParameters>,
    /// The disks of a machine, if others than now are to be backed up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disks: Option<DiskChoice>,
    /// The secret that the datasource is read with, if it is to be another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<SecretUri>,
}

impl PolicyMove {
    /// Has an instance follow a policy, and nothing else.
    pub fn to(instance: ResourceId, policy: ResourceId) -> Self {
        Self { instance, policy, containers: None, cluster: None, disks: None, secret: None }
    }

    /// What changes beside the policy, in words.
    pub fn values(&self) -> Vec<String> {
        let containers = self.containers.iter().map(|names| format!("containers {}", names.join(", ")));
        let cluster = self.cluster.iter().map(ToString::to_string);
        let secret = self.secret.iter().map(|secret| format!("secret {secret}"));
        let disks = self.disks.iter().map(ToString::to_string);
        containers.chain(cluster).chain(disks).chain(secret).collect()
    }
}

impl fmt::Display for Alteration {
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
