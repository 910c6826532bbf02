//! The sweep's own blobs and its own queue.

use std::time::Duration;

use async_trait::async_trait;
use futures::{StreamExt, TryStreamExt, stream};
use holdfast_evaluator::Digest;
use holdfast_protection::ports::StorageError;
use holdfast_protection::sweep::{
    Arrival, Line, ReportShelf, Run, Step, Summary, SweepQueue, SweepShelf, Version,
};
use jiff::Timestamp;

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

    async fn delete_all(&self, paths: Vec<String>) -> Result<(), StorageError> {
        let deleted = stream::iter(paths).map(|path| async move { self.blobs.delete(WHAT, &path).await });
        deleted.buffer_unordered(AT_ONCE).try_collect().await
    }
}

/// Blobs of the sweep that are read or deleted at the same time.
const AT_ONCE: usize = 16;
/// Where the ends of work are written.
const ENDED: &str = "ended/";
/// Where, in an hour, lies what was newly protected.
const ARRIVAL: &str = "arrival/";
/// Where what runs came to is written.
const FINISHED: &str = "finished/";

fn summary_path(run: &str) -> String {
    format!("{FINISHED}{run}.json")
}

/// Where the ends of work of an hour lie.
fn hour(at: Timestamp) -> String {
    format!("{ENDED}{}/", at.strftime("%Y%m%dT%H"))
}

/// The last end of an hour counts: one blob for each target.
fn name_of(line: &Line) -> String {
    let target = format!("{} {}", line.workload, line.resource.key());
    Digest::of(target.as_bytes()).digits().chars().take(32).collect()
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
        self.blobs.write_over(WHAT, &path, text.into_bytes()).await
    }

    async fn page(&self, run: &str, number: u32) -> Result<Option<String>, StorageError> {
        let bytes = self.blobs.read(WHAT, &page_path(run, number)).await?;
        Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    }

    async fn put_summary(&self, summary: &Summary) -> Result<(), StorageError> {
        // Text and numbers are always JSON.
        let text = serde_json::json!(summary).to_string();
        self.blobs.write_over(WHAT, &summary_path(&summary.run), text.into_bytes()).await
    }

    async fn summary(&self, run: &str) -> Result<Option<Summary>, StorageError> {
        let bytes = self.blobs.read(WHAT, &summary_path(run)).await?;
        // One that another version wrote otherwise is as good as none.
        Ok(bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
    }

    async fn finished(&self) -> Result<Vec<String>, StorageError> {
        let paths = self.blobs.list(WHAT, FINISHED).await?;
        let run = |path: &String| Some(path.strip_prefix(FINISHED)?.strip_suffix(".json")?.to_owned());
        Ok(paths.iter().filter_map(run).collect())
    }

    async fn remove(&self, run: &str) -> Result<(), StorageError> {
        let pages = self.blobs.list(WHAT, &format!("runs/{run}/")).await?;
        self.delete_all(pages).await?;
        // Last: a removal that was broken off is found again by it.
        self.blobs.delete(WHAT, &summary_path(run)).await
    }

    async fn put_ended(&self, at: Timestamp, line: &Line) -> Result<(), StorageError> {
        // Text is always JSON.
        let text = serde_json::json!(line).to_string();
        let path = format!("{}{}.json", hour(at), name_of(line));
        self.blobs.write_over(WHAT, &path, text.into_bytes()).await
    }

    async fn forget_ended(&self, before: Timestamp) -> Result<(), StorageError> {
        let first = hour(before);
        let old = self.blobs.list(WHAT, ENDED).await?.into_iter().filter(|path| *path < first);
        self.delete_all(old.collect()).await
    }

    async fn ended(&self, at: Timestamp) -> Result<Vec<Line>, StorageError> {
        let mut paths = self.blobs.list(WHAT, &hour(at)).await?;
        paths.retain(|path| !path.contains(ARRIVAL));
        let read = |path: String| async move { self.blobs.read(WHAT, &path).await };
        let blobs: Vec<Option<Vec<u8>>> =
            stream::iter(paths).map(read).buffered(AT_ONCE).try_collect().await?;
        Ok(blobs.into_iter().flatten().filter_map(|bytes| serde_json::from_slice(&bytes).ok()).collect())
    }
}

#[async_trait]
impl ReportShelf for SweepBlobs {
    async fn kept(&self, name: &str) -> Result<Option<String>, StorageError> {
        let bytes = self.blobs.read(WHAT, &format!("kept/{name}")).await?;
        Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    }

    async fn keep(&self, name: &str, text: String) -> Result<(), StorageError> {
        let path = format!("kept/{name}");
        self.blobs.write_over(WHAT, &path, text.into_bytes()).await
    }

    async fn put_arrival(&self, at: Timestamp, arrival: &Arrival) -> Result<(), StorageError> {
        let path = format!("{}{ARRIVAL}{}", hour(at), arrival.word());
        self.blobs.write_over(WHAT, &path, Vec::new()).await
    }

    async fn arrivals(&self, at: Timestamp) -> Result<Vec<Arrival>, StorageError> {
        let paths = self.blobs.list(WHAT, &format!("{}{ARRIVAL}", hour(at))).await?;
        Ok(paths.iter().filter_map(|path| Arrival::of_word(path.rsplit('/').next()?)).collect())
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
