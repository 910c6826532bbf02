//! What an instance states of its datasource.

use serde::{Deserialize, Serialize};

use super::aks::ClusterParameters;
use super::azure_vm::DiskChoice;

/// What of a datasource is backed up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum BackupParameters {
    /// Blob containers that are copied into the vault.
    Containers(Vec<String>),
    /// Parts of a Kubernetes cluster.
    Cluster(ClusterParameters),
    /// Disks of a machine.
    Disks(DiskChoice),
}
