//! The ledger.

use async_trait::async_trait;
use jiff::Timestamp;
use serde::de::DeserializeOwned;

use super::{StorageError, Written};
use crate::ledger::{self, About, Entry, LedgerRecord, Unreadable};

/// The append-only store of decisions and outcomes.
#[async_trait]
pub trait Ledger: Send + Sync {
    /// Writes an entry, never over an existing one.
    async fn append(&self, entry: &Entry) -> Result<Written, StorageError>;
    /// Writes an entry about a target; see [`ledger::about`].
    async fn record(
        &self,
        target: About<'_>,
        cause_at: Timestamp,
        record: &LedgerRecord,
    ) -> Result<Written, StorageError> {
        self.append(&ledger::about(target, cause_at, record)).await
    }
    /// Paths of all entries below `prefix`, in order.
    async fn list(&self, prefix: &str) -> Result<Vec<String>, StorageError>;
    /// The entry at `path`, or `None`.
    async fn read(&self, path: &str) -> Result<Option<serde_json::Value>, StorageError>;
}

impl dyn Ledger + '_ {
    /// The document at `path` in its form, or `None`.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be asked, or the document is none that this version understands.
    pub async fn document<T: DeserializeOwned>(&self, path: &str) -> Result<Option<T>, StorageError> {
        let Some(body) = self.read(path).await? else { return Ok(None) };
        let unreadable =
            |error: Unreadable| StorageError { action: format!("read `{path}`"), detail: error.to_string() };
        ledger::read(body).map(Some).map_err(unreadable)
    }
}
