//! What all storage has in common.

use crate::AzureError;

/// A store or queue that could not be reached, or refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("could not {action}: {detail}")]
pub struct StorageError {
    /// Completes "could not …".
    pub action: String,
    /// Storage's code and words.
    pub detail: String,
}

/// The ledger is on Azure Storage: what it does not answer now, it may answer later.
impl From<StorageError> for AzureError {
    fn from(StorageError { action, detail }: StorageError) -> Self {
        Self::Unavailable { action, detail, retry_after: None }
    }
}

/// Whether an entry was new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// It is in the ledger now.
    New,
    /// An entry of this path was there before and stays as it was.
    AlreadyThere,
}
