//! Where recovery points are kept.

use serde::{Deserialize, Serialize};

/// Data store of the backups, in Azure's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
pub enum DataStore {
    /// Snapshots beside the resource.
    OperationalStore,
    /// Copies in the vault.
    VaultStore,
    /// Copies in the vault's archive tier.
    ArchiveStore,
}

impl DataStore {
    /// Every store.
    pub const ALL: [Self; 3] = [Self::OperationalStore, Self::VaultStore, Self::ArchiveStore];

    /// The wire word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OperationalStore => "OperationalStore",
            Self::VaultStore => "VaultStore",
            Self::ArchiveStore => "ArchiveStore",
        }
    }
}
