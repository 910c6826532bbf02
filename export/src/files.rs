//! Where files go.

use async_trait::async_trait;
use holdfast_protection::ports::StorageError;

/// Where files go.
#[async_trait]
pub trait Files: Send + Sync {
    /// The file called `name`, or `None`.
    async fn read(&self, name: &str) -> Result<Option<Vec<u8>>, StorageError>;
    /// Writes a file, whole or not at all, over one that is there.
    async fn write(&self, name: &str, bytes: Vec<u8>) -> Result<(), StorageError>;
    /// The same if the file still is `before`; whether it was.
    async fn replace(&self, name: &str, before: Option<&[u8]>, bytes: Vec<u8>) -> Result<bool, StorageError>;
}
