//! The ledger as news passes through it: what is to be told is in an outbox before it is recorded.

use std::sync::Arc;

use async_trait::async_trait;
use holdfast_protection::ledger::{About, Entry, LedgerRecord};
use holdfast_protection::ports::{Ledger, StorageError, Written};
use jiff::Timestamp;
use serde_json::Value;

use crate::{Announcer, operations, records};

/// A ledger whose news is announced.
///
/// The news is durable first. Whoever dies between the two is offered the same work again, and records what was announced
/// already, which is told once.
pub struct AnnouncingLedger {
    /// The ledger itself.
    pub ledger: Arc<dyn Ledger>,
    /// Who announces.
    pub announcer: Arc<Announcer>,
}

#[async_trait]
impl Ledger for AnnouncingLedger {
    async fn append(&self, entry: &Entry) -> Result<Written, StorageError> {
        if let Some(change) = operations::change(self.ledger.as_ref(), entry).await? {
            self.announcer.announce(&change).await?;
        }
        self.ledger.append(entry).await
    }

    async fn record(
        &self,
        target: About<'_>,
        cause_at: Timestamp,
        record: &LedgerRecord,
    ) -> Result<Written, StorageError> {
        for change in records::changes(target, cause_at, record) {
            self.announcer.announce(&change).await?;
        }
        self.ledger.record(target, cause_at, record).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, StorageError> {
        self.ledger.list(prefix).await
    }

    async fn read(&self, path: &str) -> Result<Option<Value>, StorageError> {
        self.ledger.read(path).await
    }
}
