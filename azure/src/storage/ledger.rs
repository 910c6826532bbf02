//! The ledger: one blob per entry, written once and never over another.

use async_trait::async_trait;
use futures::Stream;
use holdfast_protection::ledger::Entry;
use holdfast_protection::ports::{Ledger, StorageError, Written};

use super::StorageOptions;
use super::blobs::Blobs;

/// The ledger on Azure Storage.
pub struct BlobLedger {
    blobs: Blobs,
}

/// How errors name a blob of this container.
const ENTRY: &str = "ledger entry";

impl BlobLedger {
    /// The container's name in production.
    pub const NAME: &'static str = "holdfast-ledger";

    /// The ledger in the container called `name`; it is made when it is first missed.
    pub fn new(options: &StorageOptions, name: &str) -> Result<Self, StorageError> {
        Ok(Self { blobs: Blobs::new(options, name)? })
    }

    /// Lists in pages of so many entries instead of Storage's 5,000.
    #[must_use]
    pub fn with_page(mut self, entries: i32) -> Self {
        self.blobs.set_page(entries);
        self
    }

    /// Paths of the entries below `prefix`, in order, a page of Storage's at a time.
    ///
    /// Unlike [`Ledger::list`], a container that does not exist is an error: a reader of history must not
    /// take a wrong name for an empty one.
    pub fn pages(
        &self,
        prefix: &str,
    ) -> impl Stream<Item = Result<Vec<String>, StorageError>> + Send + use<> {
        self.blobs.pages("ledger entries", prefix)
    }

    /// The text of the entry at `path` as it lies there, or `None`.
    ///
    /// # Errors
    ///
    /// When Storage cannot be reached or refuses, and when there is no container.
    pub async fn text(&self, path: &str) -> Result<Option<Vec<u8>>, StorageError> {
        self.blobs.read_existing(ENTRY, path).await
    }
}

#[async_trait]
impl Ledger for BlobLedger {
    async fn append(&self, entry: &Entry) -> Result<Written, StorageError> {
        let body = entry.body.clone().into_bytes();
        self.blobs.write_new(ENTRY, &entry.path, "application/json", body).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, StorageError> {
        self.blobs.list("ledger entries", prefix).await
    }

    async fn read(&self, path: &str) -> Result<Option<serde_json::Value>, StorageError> {
        let Some(body) = self.blobs.read(ENTRY, path).await? else { return Ok(None) };
        let read = serde_json::from_slice(&body);
        read.map(Some).map_err(|error| StorageError {
            action: format!("read {ENTRY} `{path}`"),
            detail: format!("it is not JSON: {error}"),
        })
    }
}
