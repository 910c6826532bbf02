//! The queue on which work waits, and places where undelivered input lies.

use std::time::Duration;

use async_trait::async_trait;
use futures::stream::BoxStream;

use super::StorageError;
use crate::work::WorkItem;

/// The queue on which work waits.
#[async_trait]
pub trait WorkQueue: Send + Sync {
    /// Puts an item that nobody sees before `delay` has passed (whole seconds, at most 7 days).
    async fn put(&self, item: &WorkItem, delay: Duration) -> Result<(), StorageError>;
    /// About how many items wait, those among them that nobody sees yet.
    async fn waiting(&self) -> Result<u64, StorageError>;
}

/// Input that somebody else gave up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UndeliveredInput {
    /// The message, or the dead letter.
    pub text: String,
    /// By what it is found again.
    pub receipt: String,
}

/// A place where input lies that was given up.
#[async_trait]
pub trait UndeliveredInputs: Send + Sync {
    /// All of it, each as it is read. An error is one input that cannot be read now, or the end of a list that broke
    /// off; what follows an input that cannot be read comes all the same.
    fn all(&self) -> BoxStream<'_, Result<UndeliveredInput, StorageError>>;
    /// It is dealt with, durably: it goes.
    async fn dealt_with(&self, input: &UndeliveredInput) -> Result<(), StorageError>;
}
