//! Where a sweep keeps how far it is, and what it saw.

use std::time::Duration;

use async_trait::async_trait;
use holdfast_evaluator::Resource;
use jiff::Timestamp;

use super::{Arrival, Line, RowPage, Run, Step, Summary};
use crate::ports::{PageOf, Part, StorageError};
use crate::target::Target;
use crate::{AzureError, ResourceId};

/// By what a document that is written again is recognised as unchanged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version(pub String);

/// The beginning of the hour of a moment: ends of work are kept by the hour.
pub fn hour_of(at: Timestamp) -> Timestamp {
    beginning(at, 3600)
}

/// The beginning of the day of a moment, UTC: the clock of a sweep ticks once a day, so that the same decision is not recorded
/// again at every run.
pub fn day_of(at: Timestamp) -> Timestamp {
    beginning(at, 24 * 3600)
}

fn beginning(at: Timestamp, of_seconds: i64) -> Timestamp {
    let second = at.as_second();
    Timestamp::from_second(second - second.rem_euclid(of_seconds)).unwrap_or(at)
}

/// The store of the sweep.
#[async_trait]
pub trait SweepShelf: Send + Sync {
    /// Where the sweep is; `None` before the first run.
    async fn run(&self) -> Result<Option<(Run, Version)>, StorageError>;
    /// Writes where it is, unless somebody wrote since `version`, or since there was none; whether it was written.
    async fn put_run(&self, run: &Run, version: Option<&Version>) -> Result<bool, StorageError>;
    /// Writes a page of a run, over one that a broken-off step may have left.
    async fn put_page(&self, run: &str, number: u32, text: String) -> Result<(), StorageError>;
    /// A page of a run, or `None`.
    async fn page(&self, run: &str, number: u32) -> Result<Option<String>, StorageError>;
    /// Writes what a run came to.
    async fn put_summary(&self, summary: &Summary) -> Result<(), StorageError>;
    /// What a run came to, or `None`.
    async fn summary(&self, run: &str) -> Result<Option<Summary>, StorageError>;
    /// The runs that went through to their end and are kept, the oldest first.
    async fn finished(&self) -> Result<Vec<String>, StorageError>;
    /// Removes a run with all its pages.
    async fn remove(&self, run: &str) -> Result<(), StorageError>;
    /// Writes how work on a target ended at a moment, beside the runs.
    async fn put_ended(&self, at: Timestamp, line: &Line) -> Result<(), StorageError>;
    /// Forgets how work ended in the hours before that of a moment.
    async fn forget_ended(&self, before: Timestamp) -> Result<(), StorageError>;
    /// How work on targets ended in the hour of a moment.
    async fn ended(&self, at: Timestamp) -> Result<Vec<Line>, StorageError>;
}

/// What is made of the runs, and kept beside them. All of it can be made again, so whoever writes last is right.
#[async_trait]
pub trait ReportShelf: Send + Sync {
    /// What is kept under a name, or `None`.
    async fn kept(&self, name: &str) -> Result<Option<String>, StorageError>;
    /// Keeps a text under a name, over what was kept before.
    async fn keep(&self, name: &str, text: String) -> Result<(), StorageError>;
    /// Writes that a target was protected at a moment which nothing had protected, beside the ends of work of that hour.
    async fn put_arrival(&self, at: Timestamp, arrival: &Arrival) -> Result<(), StorageError>;
    /// The targets that were newly protected in the hour of a moment. Ends of work that are forgotten are gone from here, too.
    async fn arrivals(&self, at: Timestamp) -> Result<Vec<Arrival>, StorageError>;
}

/// The queue that carries a run from step to step.
#[async_trait]
pub trait SweepQueue: Send + Sync {
    /// Puts a step that nobody sees before `delay` has passed.
    async fn put(&self, step: &Step, delay: Duration) -> Result<(), StorageError>;
}

/// The estate with what protects it, page by page, in the order of the ids.
#[async_trait]
pub trait SweepPages: Send + Sync {
    /// What exists, of these types; what the graph does not list comes with what it belongs to.
    async fn rows(&self, part: &Part<'_>, types: &[&str]) -> Result<RowPage, AzureError>;
    /// These resources, as far as they exist: of a page, what others of it are part of.
    async fn resources(&self, ids: &[ResourceId]) -> Result<Vec<Resource>, AzureError>;
    /// What is gone, but for its protection.
    async fn gone(&self, part: &Part<'_>) -> Result<PageOf<Target>, AzureError>;
}
