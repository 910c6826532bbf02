//! Exported files in a folder.

use std::io;
use std::path::PathBuf;

use async_trait::async_trait;
use holdfast_export::Files;
use holdfast_protection::ports::StorageError;

use crate::written;

/// A folder for exported files.
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    fn failed(&self, what: &str, name: &str, error: &io::Error) -> StorageError {
        StorageError { action: format!("{what} {}", self.0.join(name).display()), detail: error.to_string() }
    }
}

#[async_trait]
impl Files for Folder {
    async fn read(&self, name: &str) -> Result<Option<Vec<u8>>, StorageError> {
        match std::fs::read(self.0.join(name)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.failed("read", name, &error)),
        }
    }

    async fn write(&self, name: &str, bytes: Vec<u8>) -> Result<(), StorageError> {
        written::whole(&self.0.join(name), &bytes).map_err(|error| self.failed("write", name, &error))
    }

    async fn replace(&self, name: &str, before: Option<&[u8]>, bytes: Vec<u8>) -> Result<bool, StorageError> {
        if self.read(name).await?.as_deref() != before {
            return Ok(false);
        }
        self.write(name, bytes).await.map(|()| true)
    }
}
