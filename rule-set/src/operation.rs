//! What can be done to the protection of a resource.

use serde::{Deserialize, Serialize};

/// What somebody wants to do to the protection of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OperationKind {
    /// Take a backup now.
    Backup,
    /// Restore from a recovery point.
    Restore,
    /// Stop backups; keep what there is.
    StopAndRetain,
    /// Stop backups and delete what there is.
    StopAndDelete,
    /// Stop backups for a while.
    Suspend,
    /// Take backups again.
    Resume,
    /// Move to another backup policy.
    ChangePolicy,
}

impl OperationKind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::Backup,
        Self::Restore,
        Self::StopAndRetain,
        Self::StopAndDelete,
        Self::Suspend,
        Self::Resume,
        Self::ChangePolicy,
    ];

    /// Such as `stop-and-delete`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Backup => "backup",
            Self::Restore => "restore",
            Self::StopAndRetain => "stop-and-retain",
            Self::StopAndDelete => "stop-and-delete",
            Self::Suspend => "suspend",
            Self::Resume => "resume",
            Self::ChangePolicy => "change-policy",
        }
    }
}
