//! What happened in a host, for tests and for the status page.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

/// Events that are kept; older ones are forgotten.
const KEPT: usize = 10_000;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The handler's process was started.
    HandlerStarted {
        /// Its process id.
        pid: u32,
    },
    /// The handler answered for the first time.
    HandlerReady,
    /// The handler's process ended.
    HandlerExited {
        /// Its exit code; `None` if a signal ended it.
        code: Option<i32>,
    },
    /// The handler crashed too often, or never became ready: the host stopped.
    HostStopped {
        /// Why.
        reason: String,
    },
    /// An invocation was sent.
    InvocationStarted {
        /// The function.
        function: String,
        /// The invocation's id.
        invocation: String,
    },
    /// An invocation succeeded and its outputs were written.
    InvocationSucceeded {
        /// The function.
        function: String,
        /// The invocation's id.
        invocation: String,
    },
    /// An invocation failed.
    InvocationFailed {
        /// The function.
        function: String,
        /// The invocation's id.
        invocation: String,
        /// Why.
        reason: String,
    },
    /// A message was moved to its queue's poison queue.
    MessagePoisoned {
        /// The queue that it came from.
        queue: String,
        /// The message's id.
        message: String,
    },
}

/// The last events of a host.
#[derive(Debug)]
pub struct Journal {
    events: Mutex<VecDeque<Event>>,
    written: watch::Sender<u64>,
}

impl Journal {
    pub(crate) fn new() -> Self {
        Self { events: Mutex::default(), written: watch::Sender::new(0) }
    }

    pub(crate) fn write(&self, event: Event) {
        tracing::debug!(?event);
        let mut events = self.lock();
        if events.len() == KEPT {
            events.pop_front();
        }
        events.push_back(event);
        drop(events);
        self.written.send_modify(|written| *written += 1);
    }

    /// The events, oldest first.
    pub fn events(&self) -> Vec<Event> {
        self.lock().iter().cloned().collect()
    }

    /// How many of the kept events fit.
    pub fn count(&self, fits: impl Fn(&Event) -> bool) -> usize {
        self.lock().iter().filter(|event| fits(event)).count()
    }

    /// Waits until `count` kept events fit; `false` if that took longer than `patience`.
    pub async fn wait_for(&self, count: usize, patience: Duration, fits: impl Fn(&Event) -> bool) -> bool {
        let mut written = self.written.subscribe();
        let enough = written.wait_for(|_| self.count(&fits) >= count);
        tokio::time::timeout(patience, enough).await.is_ok_and(|waited| waited.is_ok())
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Event>> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
