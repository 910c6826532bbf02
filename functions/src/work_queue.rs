//! The work queue, as the functions use it: work that no message can hold is recorded instead of failing for ever.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use holdfast_protection::ledger;
use holdfast_protection::ports::{Ledger, StorageError, WorkQueue};
use holdfast_protection::work::WorkItem;

/// A queue in front of which a ledger takes what is too large for it.
pub(crate) struct RecordingQueue {
    /// The queue itself.
    pub(crate) queue: Arc<dyn WorkQueue>,
    /// Where it is recorded.
    pub(crate) ledger: Arc<dyn Ledger>,
}

#[async_trait]
impl WorkQueue for RecordingQueue {
    async fn put(&self, item: &WorkItem, delay: Duration) -> Result<(), StorageError> {
        match item.message() {
            Ok(_) => self.queue.put(item, delay).await,
            Err(problem) => {
                tracing::error!(problem = %problem, "rejected work that is too large for the queue; the ledger keeps it below `rejected/`, and the next sweep finds its resource");
                let entry = ledger::rejected("message", &problem.text, &problem.to_string());
                self.ledger.append(&entry).await.map(drop)
            }
        }
    }

    async fn waiting(&self) -> Result<u64, StorageError> {
        self.queue.waiting().await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use holdfast_protection::ledger::Entry;
    use holdfast_protection::ports::Written;
    use holdfast_protection::work::{Cause, LARGEST};
    use serde_json::Value;

    use super::*;

    #[derive(Default)]
    struct Seen {
        put: Mutex<Vec<WorkItem>>,
        written: Mutex<Vec<Entry>>,
    }

    #[async_trait]
    impl WorkQueue for Seen {
        async fn put(&self, item: &WorkItem, _: Duration) -> Result<(), StorageError> {
            self.put.lock().unwrap().push(item.clone());
            Ok(())
        }

        async fn waiting(&self) -> Result<u64, StorageError> {
            Ok(self.put.lock().unwrap().len() as u64)
        }
    }

    #[async_trait]
    impl Ledger for Seen {
        async fn append(&self, entry: &Entry) -> Result<Written, StorageError> {
            self.written.lock().unwrap().push(entry.clone());
            Ok(Written::New)
        }

        async fn list(&self, _: &str) -> Result<Vec<String>, StorageError> {
            Ok(Vec::new())
        }

        async fn read(&self, _: &str) -> Result<Option<Value>, StorageError> {
            Ok(None)
        }
    }

    #[tokio::test]
    async fn work_that_no_message_can_hold_is_rejected_with_words() {
        let seen = Arc::new(Seen::default());
        let queue = RecordingQueue { queue: seen.clone(), ledger: seen.clone() };
        let disk = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/disks/d".parse().unwrap();
        let item = WorkItem::new(disk, Cause::Sweep, "2026-01-14T09:26:53Z".parse().unwrap());
        let large = WorkItem { cause: Cause::Event { id: "e".repeat(LARGEST), by: None }, ..item.clone() };
        for item in [&item, &large] {
            queue.put(item, Duration::ZERO).await.unwrap();
        }
        assert_eq!(*seen.put.lock().unwrap(), [item]);
        let written = seen.written.lock().unwrap();
        let [entry] = written.as_slice() else { panic!("{written:?}") };
        assert!(entry.path.starts_with("rejected/message/"), "{}", entry.path);
        assert!(entry.body.contains("has room for 65536"), "{}", entry.body);
    }
}
