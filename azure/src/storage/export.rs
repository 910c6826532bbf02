//! Exported files as blobs.

use async_trait::async_trait;
use holdfast_export::Files;
use holdfast_protection::ports::StorageError;

use super::StorageOptions;
use super::blobs::{Blobs, Unless};

/// A container of exported files.
pub struct ExportBlobs {
    blobs: Blobs,
}

const WHAT: &str = "exported file";

impl ExportBlobs {
    /// The container's name in production.
    pub const NAME: &'static str = "holdfast-export";

    /// The container called `name`; it is made when it is first missed.
    ///
    /// # Errors
    ///
    /// When its URL can't be made.
    pub fn new(options: &StorageOptions, name: &str) -> Result<Self, StorageError> {
        Ok(Self { blobs: Blobs::new(options, name)? })
    }
}

#[async_trait]
impl Files for ExportBlobs {
    async fn read(&self, name: &str) -> Result<Option<Vec<u8>>, StorageError> {
        self.blobs.read(WHAT, name).await
    }

    async fn write(&self, name: &str, bytes: Vec<u8>) -> Result<(), StorageError> {
        self.blobs.write_over(WHAT, name, bytes).await
    }

    async fn replace(&self, name: &str, before: Option<&[u8]>, bytes: Vec<u8>) -> Result<bool, StorageError> {
        match (self.blobs.read_marked(WHAT, name).await?, before) {
            (None, None) => self.blobs.write(WHAT, name, Unless::There, bytes).await,
            (Some((there, mark)), Some(before)) if there == before => {
                self.blobs.write(WHAT, name, Unless::WrittenSince(&mark), bytes).await
            }
            _ => Ok(false),
        }
    }
}
