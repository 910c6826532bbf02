//! The store of accepted rule sets.

use async_trait::async_trait;

use super::{StorageError, Written};

/// The store of accepted rule sets, so that any instance of the handler can serve any of them again.
///
/// What lies there is data: it is checked like a fresh rule set whenever it is taken into force.
#[async_trait]
pub trait RuleShelf: Send + Sync {
    /// Writes a file, never over an existing one.
    async fn put(&self, path: &str, bytes: Vec<u8>) -> Result<Written, StorageError>;
    /// The file at `path`, or `None`.
    async fn get(&self, path: &str) -> Result<Option<Vec<u8>>, StorageError>;
    /// Paths of all files below `prefix`, in order.
    async fn list(&self, prefix: &str) -> Result<Vec<String>, StorageError>;
}
