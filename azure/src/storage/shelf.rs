//! The shelf: every rule set that was ever accepted, as blobs.

use async_trait::async_trait;
use holdfast_protection::ports::{RuleShelf, StorageError, Written};

use super::StorageOptions;
use super::blobs::Blobs;

/// The shelf on Azure Storage.
pub struct BlobShelf {
    blobs: Blobs,
}

impl BlobShelf {
    /// The container's name in production.
    pub const NAME: &'static str = "holdfast-rules";

    /// The shelf in the container called `name`; it is made when it is first missed.
    pub fn new(options: &StorageOptions, name: &str) -> Result<Self, StorageError> {
        Ok(Self { blobs: Blobs::new(options, name)? })
    }
}

#[async_trait]
impl RuleShelf for BlobShelf {
    async fn put(&self, path: &str, bytes: Vec<u8>) -> Result<Written, StorageError> {
        self.blobs.write_new("file of a rule set", path, "application/octet-stream", bytes).await
    }

    async fn get(&self, path: &str) -> Result<Option<Vec<u8>>, StorageError> {
        self.blobs.read("file of a rule set", path).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, StorageError> {
        self.blobs.list("rule sets", prefix).await
    }
}
