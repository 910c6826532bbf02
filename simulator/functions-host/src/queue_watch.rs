//! Word from an output to the listener of the same queue, so that it need not wait for its next poll.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::Notify;

use crate::app::{App, Trigger};

/// One bell for each queue that some function listens to.
#[derive(Clone, Debug)]
pub(crate) struct QueueWatch(Arc<BTreeMap<String, Notify>>);

impl QueueWatch {
    pub(crate) fn new(app: &App) -> Self {
        let queues = app.functions.iter().filter_map(|function| match &function.trigger {
            Trigger::Queue(trigger) => Some((trigger.queue.clone(), Notify::new())),
            _ => None,
        });
        Self(Arc::new(queues.collect()))
    }

    /// Says that the queue has a new message.
    pub(crate) fn ring(&self, queue: &str) {
        if let Some(bell) = self.0.get(queue) {
            bell.notify_one();
        }
    }

    /// Waits for the next ring; for ever if nobody can ring.
    pub(crate) async fn heard(&self, queue: &str) {
        match self.0.get(queue) {
            Some(bell) => bell.notified().await,
            None => std::future::pending().await,
        }
    }
}
