//! What a datasource's own backup needs to be told, beyond vault and policy.
//!
//! Rules say what is the same for many: stores, containers, databases. What belongs to one resource and has no field in
//! a rule's answer, such as the secret of a database, is a tag of that resource: its owner knows it, and can change it
//! without a new rule set.

use serde::{Deserialize, Serialize};

use super::aks::{ClusterIdentity, ClusterParameters};
use super::azure_vm::DiskChoice;
use super::postgresql_single::SecretUri;

/// What a datasource's own backup needs to be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Details {
    /// Nothing.
    Nothing,
    /// Which containers go into the vault.
    Containers(Containers),
    /// The secret to dump a database with.
    Database {
        /// Where it lies.
        secret: SecretUri,
    },
    /// A cluster's identity, and what of it is backed up.
    Cluster {
        /// Who takes the snapshots.
        identity: ClusterIdentity,
        /// What is backed up.
        parameters: ClusterParameters,
    },
    /// Which disks of a machine are backed up.
    Disks(DiskChoice),
    /// A share of a storage account.
    Share {
        /// Whether Azure may put a lock on the account, so that nobody deletes it.
        lock: bool,
    },
    /// A database in a machine, or the machine: the vault that it is registered with knows all of it.
    InMachine,
}

/// Which containers go into the vault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Containers {
    /// Those that the decision names.
    Named(Vec<String>),
    /// Every one that there is.
    #[serde(rename = "every")]
    All,
}

impl Details {
    /// The secret that the vault reads the datasource with.
    pub fn secret(&self) -> Option<SecretUri> {
        match self {
            Self::Database { secret } => Some(secret.clone()),
            Self::Nothing
            | Self::Containers(_)
            | Self::Cluster { .. }
            | Self::Disks(_)
            | Self::Share { .. }
            | Self::InMachine => None,
        }
    }

    /// Which disks of a machine are backed up.
    pub fn disks(&self) -> Option<&DiskChoice> {
        match self {
            Self::Disks(disks) => Some(disks),
            Self::Nothing
            | Self::Containers(_)
            | Self::Database { .. }
            | Self::Cluster { .. }
            | Self::Share { .. }
            | Self::InMachine => None,
        }
    }
}

#[cfg(test)]
mod tests;
