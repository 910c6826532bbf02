//! The doors to the outside.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use cloudevents::Event;
use holdfast_protection::ports::StorageError;

use crate::{Outbox, OutboxKey};

/// By what an outbox is recognised as unchanged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version(pub String);

/// Where the outboxes lie.
#[async_trait]
pub trait Outboxes: Send + Sync {
    /// An outbox, or `None`.
    async fn outbox(&self, key: &OutboxKey) -> Result<Option<(Outbox, Version)>, StorageError>;
    /// Writes an outbox, unless somebody wrote it since `version`, or since there was none; whether it was written.
    async fn put_outbox(
        &self,
        key: &OutboxKey,
        outbox: &Outbox,
        version: Option<&Version>,
    ) -> Result<bool, StorageError>;
    /// Writes what could not be delivered, for people.
    async fn put_dead_letter(&self, path: &str, text: String) -> Result<(), StorageError>;
}

/// How often an outbox is written when others write it at the same time.
pub(crate) const TRIES: usize = 16;

/// Others wrote an outbox at the same time, as often as it was tried.
pub(crate) fn contended(key: &OutboxKey) -> StorageError {
    StorageError {
        action: format!("write the outbox `{key}`"),
        detail: "others wrote it at the same time, again and again".to_owned(),
    }
}

/// The queue that says which outboxes have something to send.
#[async_trait]
pub trait NoticeQueue: Send + Sync {
    /// Puts a message that nobody sees before `delay` has passed.
    async fn put(&self, key: &OutboxKey, delay: Duration) -> Result<(), StorageError>;
}

/// Where events are sent to.
#[async_trait]
pub trait Outlet: Send + Sync {
    /// Sends one event, in bounded time.
    async fn send(&self, event: &Event) -> Result<(), SendError>;
}

/// An event that was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendError {
    /// What went wrong, and what to do about it where that is known.
    pub problem: String,
    /// Whether it can be taken later.
    pub again: Again,
}

/// Whether an event that was not taken can be taken later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// After a while, and not before this long if the receiver said so.
    Later(Option<Duration>),
    /// The receiver will never take it.
    Never,
}

impl SendError {
    /// What an answer of this HTTP status means for an event; none if it was taken. `retry_after` is the header.
    pub fn of_answer(status: u16, retry_after: Option<&str>) -> Option<Self> {
        let problem = match status {
            200..=299 => return None,
            300..=399 => format!(
                "it answered {status}; redirects are not followed, so set the address that it leads to"
            ),
            401 | 403 => {
                format!("it answered {status}; check the secret, or the role of the function app there")
            }
            404 => "it answered 404; check the address".to_owned(),
            410 => "it answered 410: it takes no events any more".to_owned(),
            413 => "it answered 413: the event is too large for it".to_owned(),
            _ => format!("it answered {status}"),
        };
        let asked = retry_after.and_then(|seconds| seconds.trim().parse().ok()).map(Duration::from_secs);
        let again = if matches!(status, 410 | 413) { Again::Never } else { Again::Later(asked) };
        Some(Self { problem, again })
    }

    /// One that is worth another try.
    pub fn later(problem: impl Into<String>) -> Self {
        Self { problem: problem.into(), again: Again::Later(None) }
    }
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problem)
    }
}
