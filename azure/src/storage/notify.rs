//! Notifications on Azure Storage: outboxes as blobs, the queue that says which have something to send, and a queue as an
//! outlet.

use std::time::Duration;

use async_trait::async_trait;
use holdfast_notify::ports::{NoticeQueue, Outboxes, Outlet, SendError, Version};
use holdfast_notify::{Event, Mode, Outbox, OutboxKey, Wire};
use holdfast_protection::ports::StorageError;

use super::StorageOptions;
use super::blobs::{Blobs, Unless};
use super::queue::Messages;

/// Where outboxes and dead letters lie.
pub struct OutboxBlobs {
    blobs: Blobs,
}

const OUTBOX: &str = "outbox";
const DEAD_LETTER: &str = "dead letter";

impl OutboxBlobs {
    /// The container's name in production.
    pub const NAME: &'static str = "holdfast-notify";

    /// The container called `name`; it is made when it is first missed.
    ///
    /// # Errors
    ///
    /// When its URL can't be made.
    pub fn new(options: &StorageOptions, name: &str) -> Result<Self, StorageError> {
        Ok(Self { blobs: Blobs::new(options, name)? })
    }
}

fn path(key: &OutboxKey) -> String {
    format!("outboxes/{key}.json")
}

#[async_trait]
impl Outboxes for OutboxBlobs {
    async fn outbox(&self, key: &OutboxKey) -> Result<Option<(Outbox, Version)>, StorageError> {
        let path = path(key);
        let Some((bytes, mark)) = self.blobs.read_marked(OUTBOX, &path).await? else { return Ok(None) };
        let outbox = serde_json::from_slice(&bytes).map_err(|error| StorageError {
            action: format!("read {OUTBOX} `{path}`"),
            detail: format!("{error}; delete the blob, and what it is about is told anew"),
        })?;
        Ok(Some((outbox, Version(mark))))
    }

    async fn put_outbox(
        &self,
        key: &OutboxKey,
        outbox: &Outbox,
        version: Option<&Version>,
    ) -> Result<bool, StorageError> {
        let unless = version.map_or(Unless::There, |version| Unless::WrittenSince(&version.0));
        let path = path(key);
        let bytes = serde_json::to_vec(outbox).map_err(|error| StorageError {
            action: format!("write {OUTBOX} `{path}`"),
            detail: error.to_string(),
        })?;
        self.blobs.write(OUTBOX, &path, unless, bytes).await
    }

    async fn put_dead_letter(&self, path: &str, text: String) -> Result<(), StorageError> {
        self.blobs.write_over(DEAD_LETTER, path, text.into_bytes()).await
    }
}

/// The queue that says which outboxes have something to send.
pub struct StorageNoticeQueue(Messages);

impl StorageNoticeQueue {
    /// The queue's name in production.
    pub const NAME: &'static str = "holdfast-notify";

    /// The queue called `name`; it is made when it is first missed.
    ///
    /// # Errors
    ///
    /// When its URL can't be made.
    pub fn new(options: &StorageOptions, name: &str) -> Result<Self, StorageError> {
        Messages::new(options, name).map(Self)
    }
}

#[async_trait]
impl NoticeQueue for StorageNoticeQueue {
    async fn put(&self, key: &OutboxKey, delay: Duration) -> Result<(), StorageError> {
        self.0.put("word of a notification", &key.message(), delay).await
    }
}

/// A queue from which somebody else takes events, one in each message, as JSON.
pub struct QueueOutlet(Messages);

impl QueueOutlet {
    /// The queue called `name`; it is made when it is first missed.
    ///
    /// # Errors
    ///
    /// When its URL can't be made.
    pub fn new(options: &StorageOptions, name: &str) -> Result<Self, StorageError> {
        Messages::new(options, name).map(Self)
    }
}

#[async_trait]
impl Outlet for QueueOutlet {
    async fn send(&self, event: &Event) -> Result<(), SendError> {
        let Wire { body, .. } = Wire::of(event, Mode::Structured).map_err(SendError::later)?;
        let text = String::from_utf8_lossy(&body).into_owned();
        let put = self.0.put("an event", &text, Duration::ZERO).await;
        put.map_err(|error| SendError::later(error.to_string()))
    }
}
