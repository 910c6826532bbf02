//! The sweep's own blobs and its own queue.

use std::time::Duration;

use async_trait::async_trait;
use holdfast_protection::ports::StorageError;
use holdfast_protection::sweep::{Run, Step, SweepQueue, SweepShelf, Version};

use super::StorageOptions;
use super::blobs::{Blobs, Unless};
use super::queue::Messages;

/// Where the sweep keeps how far it is, and what its runs saw.
pub struct SweepBlobs {
    blobs: Blobs,
}

const RUN: &str = "run.json";
const WHAT: &str = "document of the sweep";

impl SweepBlobs {
    /// The container's name in production.
    pub const NAME: &'static str = "holdfast-sweep";

    /// The container called `name`; it is made when it is first missed.
    ///
    /// # Errors
    ///
    /// When its URL can't be made.
    pub fn new(options: &StorageOptions, name: &str) -> Result<Self, StorageError> {
        Ok(Self { blobs: Blobs::new(options, name)? })
    }
}

fn page_path(run: &str, number: u32) -> String {
    format!("runs/{run}/page-{number:06}.jsonl")
}

#[async_trait]
impl SweepShelf for SweepBlobs {
    async fn run(&self) -> Result<Option<(Run, Version)>, StorageError> {
        let Some((bytes, mark)) = self.blobs.read_marked(WHAT, RUN).await? else { return Ok(None) };
        let run = serde_json::from_slice(&bytes).map_err(|error| StorageError {
            action: format!("read {WHAT} `{RUN}`"),
            detail: format!("{error}; delete the blob, and the sweep begins again"),
        })?;
        Ok(Some((run, Version(mark))))
    }

    async fn put_run(&self, run: &Run, version: Option<&Version>) -> Result<bool, StorageError> {
        let unless = version.map_or(Unless::There, |version| Unless::WrittenSince(&version.0));
        // Text, numbers and flags are always JSON.
        self.blobs.write(WHAT, RUN, unless, serde_json::json!(run).to_string().into_bytes()).await
    }

    async fn put_page(&self, run: &str, number: u32, text: String) -> Result<(), StorageError> {
        let path = page_path(run, number);
        self.blobs.write(WHAT, &path, Unless::Never, text.into_bytes()).await.map(drop)
    }

    async fn page(&self, run: &str, number: u32) -> Result<Option<String>, StorageError> {
        let bytes = self.blobs.read(WHAT, &page_path(run, number)).await?;
        Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    }

    async fn put_summary(&self, run: &str, text: String) -> Result<(), StorageError> {
        let path = format!("runs/{run}/summary.json");
        self.blobs.write(WHAT, &path, Unless::Never, text.into_bytes()).await.map(drop)
    }
}

/// The queue that carries a sweep from step to step.
pub struct StorageSweepQueue(Messages);

impl StorageSweepQueue {
    /// The queue's name in production.
    pub const NAME: &'static str = "holdfast-sweep";

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
impl SweepQueue for StorageSweepQueue {
    async fn put(&self, step: &Step, delay: Duration) -> Result<(), StorageError> {
        self.0.put("a step of the sweep", &step.text(), delay).await
    }
}
