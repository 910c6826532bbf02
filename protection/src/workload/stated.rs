//! What an instance states of its datasource, and what it is to state otherwise.

use serde::{Deserialize, Serialize};

use super::DiskChoice;
use super::aks::ClusterParameters;
use super::postgresql_single::SecretUri;
use super::storage_account::AutoProtection;

/// What an instance states of its datasource, as Azure shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Stated {
    /// The containers that it lists, for storage accounts that are copied into the vault.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub containers: Vec<String>,
    /// What of a cluster it backs up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<ClusterParameters>,
    /// Which disks of a machine it backs up; none if all, or if it is not of a machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disks: Option<DiskChoice>,
    /// Identifier of the secret that it reads its datasource with, as Azure shows it; never the secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// What Azure protects of it by itself, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auto_protection: Option<AutoProtection>,
}

/// What an instance that is there is to state otherwise; what is not said here stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Restated {
    /// The containers, if others than now are to be copied into the vault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub containers: Option<Vec<String>>,
    /// The containers that the policy which it is moved to copies into the vault, where it lists none as yet. They go
    /// with that policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listed: Option<Vec<String>>,
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

impl Stated {
    /// What Azure does by itself, as a person should know: it is left so.
    pub fn left_to_azure(&self) -> Option<String> {
        self.auto_protection.as_ref().map(|automatic| format!("{automatic}, and is left to"))
    }
}

impl Restated {
    /// What changes, in words.
    pub fn values(&self) -> Vec<String> {
        let containers = self.lists().map(|names| format!("containers {}", names.join(", ")));
        let cluster = self.cluster.iter().map(ToString::to_string);
        let disks = self.disks.iter().map(ToString::to_string);
        let secret = self.secret.iter().map(|secret| format!("secret {secret}"));
        containers.into_iter().chain(cluster).chain(disks).chain(secret).collect()
    }

    /// The containers that it lists then, if others than now.
    pub fn lists(&self) -> Option<&[String]> {
        self.containers.as_deref().or(self.listed.as_deref())
    }
}
