//! The parts of a run that are held in memory: the ledger, the queue, the clock.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use holdfast_azure::Clock;
use holdfast_protection::ledger::Entry;
use holdfast_protection::ports::{Ledger, StorageError, Written};
use holdfast_protection::work::WorkItem;
use holdfast_simulator::Running;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

/// The simulator's clock as the client's: a caller that sleeps by it moves it on.
#[derive(Debug)]
pub(super) struct AzuresClock(pub(super) Arc<Running>);

#[async_trait]
impl Clock for AzuresClock {
    fn now(&self) -> Duration {
        Duration::from_nanos(self.0.now().as_nanosecond().try_into().unwrap())
    }

    async fn sleep(&self, time: Duration) {
        self.0.advance(time.as_secs_f64());
    }
}

/// A ledger in memory.
#[derive(Debug, Default)]
pub(super) struct Book {
    entries: Mutex<BTreeMap<String, Value>>,
    listings: AtomicU32,
}

impl Book {
    /// How often anything was listed.
    pub(super) fn listings(&self) -> u32 {
        self.listings.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl Ledger for Book {
    async fn append(&self, entry: &Entry) -> Result<Written, StorageError> {
        let mut entries = self.entries.lock().unwrap();
        if entries.contains_key(&entry.path) {
            return Ok(Written::AlreadyThere);
        }
        entries.insert(entry.path.clone(), serde_json::from_str(&entry.body).unwrap());
        Ok(Written::New)
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, StorageError> {
        self.listings.fetch_add(1, Ordering::SeqCst);
        let entries = self.entries.lock().unwrap();
        let from = entries.range(prefix.to_owned()..).map(|(path, _)| path);
        Ok(from.take_while(|path| path.starts_with(prefix)).cloned().collect())
    }

    async fn read(&self, path: &str) -> Result<Option<Value>, StorageError> {
        Ok(self.entries.lock().unwrap().get(path).cloned())
    }
}

/// A message that can be seen from a moment on.
#[derive(Debug, Clone)]
pub(super) struct Message {
    pub(super) text: String,
    /// How often it was offered.
    pub(super) offered: u32,
}

/// A Storage queue as far as the work needs it: by the moment from which a message is seen, then by arrival.
#[derive(Debug, Default)]
pub(super) struct Queue {
    messages: BTreeMap<(Timestamp, u64), Message>,
    arrived: u64,
}

impl Queue {
    /// Storage counts delays in whole seconds.
    pub(super) fn put(&mut self, item: &WorkItem, now: Timestamp, delay: Duration) {
        let delay = delay.as_secs() + u64::from(delay.subsec_nanos() > 0);
        let text = serde_json::to_string(item).unwrap();
        self.place(Message { text, offered: 0 }, now, delay);
    }

    /// Puts a message back that nobody finished.
    pub(super) fn place(&mut self, message: Message, now: Timestamp, seconds: u64) {
        self.arrived += 1;
        let seen = now + SignedDuration::from_secs(seconds.try_into().unwrap());
        self.messages.insert((seen, self.arrived), message);
    }

    /// The next message, and when it is seen.
    pub(super) fn take(&mut self) -> Option<(Timestamp, Message)> {
        let ((seen, _), mut message) = self.messages.pop_first()?;
        message.offered += 1;
        Some((seen, message))
    }

    pub(super) fn len(&self) -> usize {
        self.messages.len()
    }

    /// What waits, each resource once.
    pub(super) fn resources(&self) -> BTreeSet<String> {
        let read = |message: &Message| WorkItem::read(&message.text, Timestamp::UNIX_EPOCH).unwrap().item;
        self.messages.values().map(|message| read(message).resource.key()).collect()
    }
}
