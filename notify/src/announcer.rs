//! Puts news into outboxes.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use holdfast_protection::ports::StorageError;
use jiff::Timestamp;

use crate::outbox::Noted;
use crate::ports::{NoticeQueue, Outboxes, TRIES, contended};
use crate::{Change, Kind, Outbox, OutletName, Source};

/// What is told, and to whom.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The outlets that are set.
    pub outlets: Vec<OutletName>,
    /// The kinds of events that they get.
    pub kinds: Vec<Kind>,
}

/// Puts news into outboxes, and says on the queue which have something to send.
pub struct Announcer {
    /// Where the outboxes lie.
    pub outboxes: Arc<dyn Outboxes>,
    /// What says which outboxes have something to send.
    pub queue: Arc<dyn NoticeQueue>,
    /// What is told, and to whom.
    pub wanted: Wanted,
    /// Who tells.
    pub source: Source,
    /// The clock.
    pub now: fn() -> Timestamp,
    /// Rules that this process told of: a rule that fails may fail thousands of times.
    pub failing: Mutex<BTreeSet<String>>,
}

impl Announcer {
    /// Makes news durable, if it is news; what was so before costs one read.
    ///
    /// # Errors
    ///
    /// When the outbox or the queue cannot be written. Whatever the news is about must then not be taken for done.
    pub async fn announce(&self, change: &Change) -> Result<(), StorageError> {
        if self.is_known(change) {
            return Ok(());
        }
        for _ in 0..TRIES {
            let (mut outbox, version) = self.outboxes.outbox(&change.key).await?.unzip();
            if outbox.is_none() && change.notice.is_none() {
                return Ok(());
            }
            let outbox = outbox.get_or_insert_default();
            let noted = outbox.note(change, &self.outlets(change), &self.source, (self.now)());
            let is_written = match noted {
                Noted::Before => true,
                Noted::Quietly | Noted::ToTell => {
                    self.outboxes.put_outbox(&change.key, outbox, version.as_ref()).await?
                }
            };
            if is_written {
                return self.rouse(change, outbox).await;
            }
        }
        Err(contended(&change.key))
    }

    /// Also where nothing is new: whoever noted it may have died before it was on the queue.
    async fn rouse(&self, change: &Change, outbox: &Outbox) -> Result<(), StorageError> {
        if outbox.is_waiting() {
            self.queue.put(&change.key, Duration::ZERO).await?;
        }
        if let Some(fact) = rule_fact(change) {
            self.failing.lock().unwrap_or_else(PoisonError::into_inner).insert(fact);
        }
        Ok(())
    }

    fn outlets(&self, change: &Change) -> Vec<OutletName> {
        let wanted = change.notice.as_ref().filter(|notice| self.wanted.kinds.contains(&notice.kind));
        let outlets = wanted.into_iter().flat_map(|notice| {
            self.wanted.outlets.iter().filter(|outlet| outlet.takes(notice.kind)).copied()
        });
        outlets.collect()
    }

    fn is_known(&self, change: &Change) -> bool {
        let Some(fact) = rule_fact(change) else { return false };
        self.failing.lock().unwrap_or_else(PoisonError::into_inner).contains(&fact)
    }
}

fn rule_fact(change: &Change) -> Option<String> {
    let (topic, state) = change.state.as_ref()?;
    (*topic == crate::Topic::Rule).then(|| format!("{} {state}", change.key))
}
