//! Sends what waits in one outbox.

use std::sync::Arc;
use std::time::Duration;

use holdfast_protection::ports::StorageError;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::outbox::{Due, Sent};
use crate::ports::{Outboxes, Outlet, SendError, TRIES, contended};
use crate::{Outbox, OutboxKey, OutletName};

/// For how long nobody else may send: longer than all outlets together take for one event each.
const TAKEN: SignedDuration = SignedDuration::from_secs(90);

/// What is to be done with an outbox after a pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Nothing waits.
    Done,
    /// Another pass, after so long.
    Later(Duration),
}

/// Sends what waits, in order for each outlet.
pub struct Delivery<'a> {
    /// Where the outboxes lie.
    pub outboxes: &'a dyn Outboxes,
    /// The outlets that are set.
    pub outlets: &'a [(OutletName, Arc<dyn Outlet>)],
    /// The clock.
    pub now: fn() -> Timestamp,
}

impl Delivery<'_> {
    /// Sends at most one event to each outlet.
    ///
    /// An event is sent again if this process dies before it is noted as sent: its id is the same.
    ///
    /// # Errors
    ///
    /// When the outbox cannot be read or written. The same pass has to be made again.
    pub async fn pass(&self, key: &OutboxKey) -> Result<Next, StorageError> {
        let now = (self.now)();
        let Some((mut outbox, version)) = self.outboxes.outbox(key).await? else { return Ok(Next::Done) };
        if !outbox.is_waiting() {
            return Ok(Next::Done);
        }
        if let Some(others) = outbox.taken(now) {
            return Ok(Next::Later(whole(others)));
        }
        let due = outbox.due(now);
        if due.is_empty() {
            return Ok(next(&outbox, now));
        }
        outbox.take(now.checked_add(TAKEN).unwrap_or(now));
        if !self.outboxes.put_outbox(key, &outbox, Some(&version)).await? {
            return Ok(Next::Later(Duration::from_secs(1)));
        }
        let mut settled = Vec::new();
        for one in due {
            let sent = self.send(key, &one).await?;
            settled.push((one, sent));
        }
        self.settle(key, &settled).await
    }

    async fn send(&self, key: &OutboxKey, due: &Due) -> Result<Sent, StorageError> {
        let Some((_, outlet)) = self.outlets.iter().find(|(name, _)| *name == due.outlet) else {
            tracing::warn!(outbox = %key, outlet = %due.outlet, "an event is dropped because its outlet is not set any more; set it again to have later ones");
            return Ok(Sent::Taken);
        };
        let Err(error) = outlet.send(&due.event).await else { return Ok(Sent::Taken) };
        let now = (self.now)();
        let sent = due.failed(error.clone(), now);
        match sent {
            Sent::GivenUp => self.give_up(key, due, &error, now).await?,
            Sent::Taken | Sent::Later(_) => {
                tracing::warn!(outbox = %key, outlet = %due.outlet, tries = due.tries(), problem = %error, "an event was not taken by its outlet; it is sent again");
            }
        }
        Ok(sent)
    }

    /// What is given up is durable elsewhere before it leaves the outbox.
    async fn give_up(
        &self,
        key: &OutboxKey,
        due: &Due,
        error: &SendError,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        let path = Outbox::dead_letter_path(key, due, now);
        let letter = json!({ "outlet": due.outlet, "problem": error.problem, "tries": due.tries(), "at": now, "event": due.event });
        tracing::error!(outbox = %key, outlet = %due.outlet, path, problem = %error, "an event was given up, its outlet did not take it; `path` keeps it");
        self.outboxes.put_dead_letter(&path, letter.to_string()).await
    }

    async fn settle(&self, key: &OutboxKey, settled: &[(Due, Sent)]) -> Result<Next, StorageError> {
        for _ in 0..TRIES {
            let Some((mut outbox, version)) = self.outboxes.outbox(key).await? else { return Ok(Next::Done) };
            let now = (self.now)();
            for (due, sent) in settled {
                outbox.settle(due, sent, now);
            }
            outbox.release();
            if self.outboxes.put_outbox(key, &outbox, Some(&version)).await? {
                return Ok(next(&outbox, now));
            }
        }
        Err(contended(key))
    }
}

fn next(outbox: &Outbox, now: Timestamp) -> Next {
    match outbox.next() {
        None => Next::Done,
        Some(at) => Next::Later(whole(at.duration_since(now).max(SignedDuration::ZERO))),
    }
}

/// Whole seconds, rounded up.
fn whole(time: SignedDuration) -> Duration {
    let seconds = time.as_secs() + i64::from(time.subsec_nanos() > 0);
    Duration::from_secs(u64::try_from(seconds).unwrap_or_default())
}
