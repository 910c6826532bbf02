//! Notifications, where an outlet is set: what announces them, and what sends them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context as _, Result};
use async_trait::async_trait;
use futures::TryStreamExt as _;
use holdfast_azure::{CredentialKind, OutboxBlobs, PoisonQueue, StorageNoticeQueue, StorageOptions};
use holdfast_notify::ports::{Outboxes, Outlet, SendError};
use holdfast_notify::{
    Announcer, AnnouncingLedger, Change, Coverage, Delivery, Event, Next, OutboxKey, OutletName, Threshold,
};
use holdfast_outlets::NotifySettings;
use holdfast_protection::ports::{Ledger, StorageError, UndeliveredInputs as _};
use holdfast_protection::sweep::Counts;

use crate::clock;
use crate::metrics::{self, Metric};

/// An outlet whose events are counted.
struct Counted(Arc<dyn Outlet>);

#[async_trait]
impl Outlet for Counted {
    async fn send(&self, event: &Event) -> Result<(), SendError> {
        let sent = self.0.send(event).await;
        metrics::count(Metric::Notifications, &[if sent.is_ok() { "taken" } else { "not-taken" }]);
        sent
    }
}

fn counted(outlets: Vec<(OutletName, Arc<dyn Outlet>)>) -> Vec<(OutletName, Arc<dyn Outlet>)> {
    let counted = |(name, outlet)| -> (OutletName, Arc<dyn Outlet>) { (name, Arc::new(Counted(outlet))) };
    outlets.into_iter().map(counted).collect()
}

/// What announces and sends notifications.
pub struct Notices {
    announcer: Arc<Announcer>,
    outlets: Vec<(OutletName, Arc<dyn Outlet>)>,
    coverage: Threshold,
    poison: PoisonQueue,
}

impl Notices {
    /// As the settings say; none without an outlet.
    pub(crate) fn of(
        settings: &NotifySettings,
        app: &str,
        storage: &StorageOptions,
        identity: CredentialKind,
        client_id: Option<&str>,
    ) -> Result<Option<Self>> {
        let Some(wanted) = settings.wanted() else { return Ok(None) };
        let announcer = Announcer {
            outboxes: Arc::new(OutboxBlobs::new(storage, OutboxBlobs::NAME)?),
            queue: Arc::new(StorageNoticeQueue::new(storage, StorageNoticeQueue::NAME)?),
            wanted,
            source: NotifySettings::source(app),
            now: clock::now,
            failing: Mutex::default(),
        };
        Ok(Some(Self {
            announcer: Arc::new(announcer),
            outlets: counted(settings.outlets(Some(storage), identity, client_id).context("notifications")?),
            coverage: settings.coverage,
            poison: PoisonQueue::of(storage, StorageNoticeQueue::NAME)?,
        }))
    }

    /// The ledger whose news is announced.
    pub(crate) fn before(&self, ledger: Arc<dyn Ledger>) -> Arc<dyn Ledger> {
        Arc::new(AnnouncingLedger { ledger, announcer: self.announcer.clone() })
    }

    /// Announces what a run of the sweep came to.
    pub(crate) async fn swept(&self, run: &str, counts: &Counts) -> Result<(), StorageError> {
        match Coverage::of(&counts.outcomes).change(run, self.coverage) {
            Some(change) => self.announcer.announce(&change).await,
            None => Ok(()),
        }
    }

    /// Announces a piece of news that no record tells of.
    pub(crate) async fn announce(&self, change: &Change) -> Result<(), StorageError> {
        self.announcer.announce(change).await
    }

    /// Sends what waits in one outbox; the next word of it is on the queue if something is left.
    pub(crate) async fn send(&self, key: &OutboxKey) -> Result<Next, StorageError> {
        let outboxes: &dyn Outboxes = self.announcer.outboxes.as_ref();
        let next = Delivery { outboxes, outlets: &self.outlets, now: clock::now }.pass(key).await?;
        if let Next::Later(after) = next {
            self.put(key, after).await?;
        }
        Ok(next)
    }

    /// Puts back on the queue what the host gave up, and counts it: the outboxes still hold what is to be sent.
    pub(crate) async fn rouse(&self) -> Result<usize, StorageError> {
        let (mut undelivered, mut roused) = (self.poison.all(), 0);
        while let Some(input) = undelivered.try_next().await? {
            match OutboxKey::of_message(&input.text) {
                Ok(key) => self.put(&key, Duration::ZERO).await?,
                Err(problem) => {
                    tracing::warn!(%problem, "dropped a message about notifications that names no outbox; nothing is lost, because outboxes hold what is to be sent")
                }
            }
            self.poison.dealt_with(&input).await?;
            roused += 1;
        }
        Ok(roused)
    }

    /// Says on the queue that an outbox has something to send.
    pub(crate) async fn put(&self, key: &OutboxKey, after: Duration) -> Result<(), StorageError> {
        self.announcer.queue.put(key, after).await
    }
}
