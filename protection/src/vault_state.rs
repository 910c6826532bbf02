//! Vaults as those who answer for them see them: what they are safe against, and what is in the way of their end.

use serde::{Deserialize, Serialize};

use crate::ResourceId;
use crate::vault::Vault;

/// A vault with its settings. A setting that Azure does not show is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VaultState {
    /// What planning sees of it.
    pub vault: Vault,
    /// Azure's word, such as `GeoRedundant`.
    pub redundancy: Option<String>,
    /// Azure's word, such as `AlwaysOn`.
    pub soft_delete: Option<String>,
    /// For how many days what was deleted can be had back.
    pub soft_delete_days: Option<u32>,
    /// Whether it is reached from public networks.
    pub public_access: Option<bool>,
    /// The customer's key that its data is encrypted with.
    pub key: Option<String>,
    /// Whether failed jobs raise alerts of Azure Monitor.
    pub alerts: Option<bool>,
    /// Its private endpoints.
    pub private_endpoints: Vec<String>,
    /// Whether a resource guard guards it, where Azure says so with the vault.
    pub is_guarded: Option<bool>,
}

/// What is in the way of deleting a vault.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Obstacle {
    /// What kind of thing.
    pub kind: ObstacleKind,
    /// Which: an ARM id, or a name where it has no id.
    pub what: String,
}

/// Kinds of what is in the way, in the order in which it is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ObstacleKind {
    /// Something is protected, or its backups are kept.
    Instance,
    /// A storage account or a machine is registered.
    Container,
    /// A private endpoint leads to it.
    PrivateEndpoint,
    /// A lock is on it, or above it.
    Lock,
}

impl ObstacleKind {
    /// A stable word for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::Instance => "BackupsInVault",
            Self::Container => "ContainerRegistered",
            Self::PrivateEndpoint => "PrivateEndpoint",
            Self::Lock => "Locked",
        }
    }

    /// What to do about it.
    pub fn way_out(self) -> &'static str {
        match self {
            Self::Instance => "stop and delete its protection (`holdfast stop RESOURCE --data delete`)",
            Self::Container => "unregister it from the vault, once nothing of it is protected there",
            Self::PrivateEndpoint => "delete the private endpoint",
            Self::Lock => "remove the lock",
        }
    }
}

/// What of an instance is in the way: one that was deleted softly goes with its vault.
pub fn instance_in_the_way(id: &ResourceId) -> Obstacle {
    Obstacle { kind: ObstacleKind::Instance, what: id.to_string() }
}
