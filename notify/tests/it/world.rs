//! Stores, queue and outlets in memory, each call of which can be the last of its process.

use std::cell::Cell;
use std::collections::{BTreeMap, VecDeque};
use std::future::pending;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use holdfast_notify::ports::{NoticeQueue, Outboxes, Outlet, SendError, Version};
use holdfast_notify::{
    Announcer, AnnouncingLedger, Change, Delivery, Event, Kind, Next, Outbox, OutboxKey, OutletName, Source,
    Wanted,
};
use holdfast_protection::ResourceId;
use holdfast_protection::ledger::{Entry, LedgerRecord};
use holdfast_protection::outcome::Outcome;
use holdfast_protection::ports::{Ledger, StorageError, Written};
use jiff::Timestamp;
use serde_json::Value;

pub(crate) const DISK: &str = "/subscriptions/s/resourceGroups/rg-app/providers/Microsoft.Compute/disks/Data";

thread_local! {
    /// The clock of a test, in seconds since 1970: each test has a thread of its own.
    static CLOCK: Cell<i64> = const { Cell::new(1_800_000_000) };
}

pub(crate) fn now() -> Timestamp {
    Timestamp::from_second(CLOCK.get()).unwrap()
}

/// Everything outside.
#[derive(Default)]
pub(crate) struct Parts {
    calls: AtomicU32,
    /// The call of this number is the last of its process; 0 is none.
    last: AtomicU32,
    outboxes: Mutex<BTreeMap<String, (Outbox, u64)>>,
    pub(crate) dead_letters: Mutex<BTreeMap<String, Value>>,
    pub(crate) entries: Mutex<BTreeMap<String, Value>>,
    queue: Mutex<VecDeque<(OutboxKey, Duration)>>,
    /// Ids and types in the order in which the outlet got them.
    pub(crate) got: Mutex<Vec<(OutletName, Event)>>,
    /// What the outlets answer, by name.
    pub(crate) refusing: Mutex<BTreeMap<OutletName, SendError>>,
}

impl Parts {
    /// Counts a call that has had its effect, and never returns from the last one of a process.
    async fn called(&self) {
        let number = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
        if self.last.load(Ordering::SeqCst) == number {
            pending().await
        }
    }

    pub(crate) fn die_at(&self, number: u32) {
        self.last.store(number, Ordering::SeqCst);
    }

    pub(crate) fn calls(&self) -> u32 {
        self.calls.load(Ordering::SeqCst)
    }

    pub(crate) fn types(&self, outlet: OutletName) -> Vec<String> {
        let got = self.got.lock().unwrap();
        let of_it = got.iter().filter(|(name, _)| *name == outlet);
        of_it
            .map(|(_, event)| holdfast_notify::type_of(event).rsplit('.').next().unwrap().to_owned())
            .collect()
    }
}

#[async_trait]
impl Outboxes for Parts {
    async fn outbox(&self, key: &OutboxKey) -> Result<Option<(Outbox, Version)>, StorageError> {
        let found = self.outboxes.lock().unwrap().get(key.as_str()).cloned();
        self.called().await;
        // Through JSON, as a store would have it.
        let read = |outbox: Outbox| serde_json::from_value(serde_json::to_value(outbox).unwrap()).unwrap();
        Ok(found.map(|(outbox, version)| (read(outbox), Version(version.to_string()))))
    }

    async fn put_outbox(
        &self,
        key: &OutboxKey,
        outbox: &Outbox,
        version: Option<&Version>,
    ) -> Result<bool, StorageError> {
        let is_written = {
            let mut all = self.outboxes.lock().unwrap();
            let present = all.get(key.as_str()).map(|(_, version)| version.to_string());
            let is_unchanged = present.as_ref() == version.map(|version| &version.0);
            if is_unchanged {
                let next = present.map_or(0, |present| present.parse::<u64>().unwrap() + 1);
                all.insert(key.as_str().to_owned(), (outbox.clone(), next));
            }
            is_unchanged
        };
        self.called().await;
        Ok(is_written)
    }

    async fn put_dead_letter(&self, path: &str, text: String) -> Result<(), StorageError> {
        self.dead_letters.lock().unwrap().insert(path.to_owned(), serde_json::from_str(&text).unwrap());
        self.called().await;
        Ok(())
    }
}

#[async_trait]
impl NoticeQueue for Parts {
    async fn put(&self, key: &OutboxKey, delay: Duration) -> Result<(), StorageError> {
        self.queue.lock().unwrap().push_back((key.clone(), delay));
        self.called().await;
        Ok(())
    }
}

#[async_trait]
impl Ledger for Parts {
    async fn append(&self, entry: &Entry) -> Result<Written, StorageError> {
        let body = serde_json::from_str(&entry.body).unwrap();
        let was = self.entries.lock().unwrap().insert(entry.path.clone(), body);
        self.called().await;
        Ok(if was.is_some() { Written::AlreadyThere } else { Written::New })
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, StorageError> {
        let entries = self.entries.lock().unwrap();
        Ok(entries.keys().filter(|path| path.starts_with(prefix)).cloned().collect())
    }

    async fn read(&self, path: &str) -> Result<Option<Value>, StorageError> {
        Ok(self.entries.lock().unwrap().get(path).cloned())
    }
}

struct Receiver {
    name: OutletName,
    parts: Arc<Parts>,
}

#[async_trait]
impl Outlet for Receiver {
    async fn send(&self, event: &Event) -> Result<(), SendError> {
        let refusal = self.parts.refusing.lock().unwrap().get(&self.name).cloned();
        if refusal.is_none() {
            self.parts.got.lock().unwrap().push((self.name, event.clone()));
        }
        self.parts.called().await;
        refusal.map_or(Ok(()), Err)
    }
}

/// One installation of Holdfast.
pub(crate) struct World {
    pub(crate) parts: Arc<Parts>,
    outlets: Vec<(OutletName, Arc<dyn Outlet>)>,
    kinds: Vec<Kind>,
    /// Processes that died.
    pub(crate) deaths: u32,
}

impl World {
    pub(crate) fn of(outlets: &[OutletName]) -> Self {
        let parts = Arc::<Parts>::default();
        let outlet = |name: &OutletName| -> (OutletName, Arc<dyn Outlet>) {
            (*name, Arc::new(Receiver { name: *name, parts: parts.clone() }))
        };
        let outlets = outlets.iter().map(outlet).collect();
        Self { parts, outlets, kinds: Kind::ALL.to_vec(), deaths: 0 }
    }

    pub(crate) fn telling(mut self, kinds: &[Kind]) -> Self {
        self.kinds = kinds.to_vec();
        self
    }

    /// The ledger of a process that has just begun.
    pub(crate) fn ledger(&self) -> AnnouncingLedger {
        AnnouncingLedger { ledger: self.parts.clone(), announcer: Arc::new(self.announcer()) }
    }

    fn announcer(&self) -> Announcer {
        Announcer {
            outboxes: self.parts.clone(),
            queue: self.parts.clone(),
            wanted: Wanted {
                outlets: self.outlets.iter().map(|(name, _)| *name).collect(),
                kinds: self.kinds.clone(),
            },
            source: Source::of_app("test"),
            now,
            failing: Mutex::default(),
        }
    }

    /// Tells something that no record tells of.
    pub(crate) async fn tells(&mut self, change: &Change) {
        self.until_it_lives(async |world| world.announcer().announce(change).await.unwrap()).await;
    }

    /// Does something until no process dies of it: the host offers it again.
    pub(crate) async fn until_it_lives<T>(&mut self, work: impl AsyncFn(&Self) -> T) -> T {
        loop {
            let done = tokio::time::timeout(Duration::from_millis(20), work(self)).await;
            match done {
                Ok(done) => return done,
                Err(_) => self.deaths += 1,
            }
        }
    }

    pub(crate) async fn ends(&mut self, resource: &str, at: &str, outcome: &Outcome) {
        let (id, at): (ResourceId, Timestamp) = (resource.parse().unwrap(), at.parse().unwrap());
        let record = LedgerRecord::Ended { outcome: outcome.clone() };
        self.until_it_lives(async |world| world.ledger().record((&id).into(), at, &record).await.unwrap())
            .await;
    }

    /// Sends until nothing is on the queue; after each wait, that much time has passed.
    pub(crate) async fn send_all(&mut self) {
        while self.send_one().await {}
    }

    pub(crate) async fn send_one(&mut self) -> bool {
        let Some((key, delay)) = self.parts.queue.lock().unwrap().pop_front() else { return false };
        CLOCK.set(CLOCK.get() + i64::try_from(delay.as_secs()).unwrap());
        self.until_it_lives(async |world| {
            let delivery = Delivery { outboxes: world.parts.as_ref(), outlets: &world.outlets, now };
            if let Next::Later(after) = delivery.pass(&key).await.unwrap() {
                NoticeQueue::put(world.parts.as_ref(), &key, after).await.unwrap();
            }
        })
        .await;
        true
    }
}

pub(crate) fn protected() -> Outcome {
    let instance = "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/backupVaults/v/backupInstances/i";
    Outcome::Protected { instance: instance.parse().unwrap(), note: None }
}

pub(crate) fn failed(code: &str) -> Outcome {
    Outcome::Failed { code: code.to_owned(), message: "m".to_owned(), way_out: "w".to_owned() }
}
