//! Carrying a run from step to step, over deaths and messages that come twice.

use std::time::Duration;

use futures::{StreamExt as _, TryStreamExt as _, stream};
use jiff::Timestamp;

use super::{Run, Step, Summary, SweepQueue, SweepShelf, Taken, Why, waiting};
use crate::ledger::Entry;
use crate::ports::{Ledger, StorageError, WorkQueue};
use crate::work::WorkItem;

/// Messages put on the work queue, or entries written, at the same time.
const AT_ONCE: usize = 16;
/// Items on the work queue above which a run waits: more would only be offered in vain until their turn has come.
const ENOUGH: u64 = 20_000;
/// How long it waits then.
const WAIT: Duration = Duration::from_secs(60);

/// Where a run is kept, and what carries it on.
pub struct Carrier<'a> {
    /// Where the run is.
    pub shelf: &'a dyn SweepShelf,
    /// What carries it from step to step.
    pub steps: &'a dyn SweepQueue,
    /// Where reconcile passes wait.
    pub work: &'a dyn WorkQueue,
    /// Where decisions are recorded that need no pass.
    pub ledger: &'a dyn Ledger,
    /// Now.
    pub now: Timestamp,
}

/// What came of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Carried {
    /// It is about a step that was taken before, or about a run that is over.
    Past,
    /// There is work enough on the queue: the step waits.
    Waits,
    /// Somebody else took the same step at the same time, and carries the run on.
    Overtaken,
    /// The step was taken.
    On(Step),
    /// The step was taken, and was the last one.
    Over {
        /// The step, with what the run came to.
        done: Step,
        /// When the run before this one ended.
        before: Option<Timestamp>,
        /// Why no look at endings that wait was asked for; they wait for the next run.
        unseen: Option<StorageError>,
    },
}

impl Carrier<'_> {
    /// Takes the step of a message, and puts the next one on the queue.
    ///
    /// What the step asks for is on the work queue, and what it records in the ledger, before the run moves, so that nothing is
    /// left out. The run moves before the next message is put: of two that take the same step, one carries on. Who dies between
    /// the two is offered its message again, and then puts the next one.
    ///
    /// # Errors
    ///
    /// When the step cannot be taken, or a queue or the store cannot be asked: the same message may be offered again.
    pub async fn carry<E: From<StorageError>>(
        &self,
        step: Step,
        take: impl AsyncFnOnce(&Run, Step) -> Result<Taken, E>,
    ) -> Result<Carried, E> {
        let Some((run, version)) = self.shelf.run().await? else { return Ok(Carried::Past) };
        if run.is_past(&step) {
            if let Some(next) = run.step.as_ref().filter(|next| next.follows(&step)) {
                self.steps.put(next, Duration::ZERO).await?;
            }
            return Ok(Carried::Past);
        }
        if self.work.waiting().await? > ENOUGH {
            // Only a run that moves is not taken for one that was broken off.
            let waiting = Run { moved: self.now, ..run };
            if !self.shelf.put_run(&waiting, Some(&version)).await? {
                return Ok(Carried::Overtaken);
            }
            self.steps.put(&step, WAIT).await?;
            return Ok(Carried::Waits);
        }
        let Taken { mut done, next, mut work, records } = take(&run, step).await?;
        let mut unseen = None;
        if next.is_none() {
            match waiting::looked_at(self.ledger, done.turn, self.now).await {
                Ok(found) => {
                    done.counts.queue(Why::EndingWaits, found.len());
                    work.extend(found);
                }
                Err(error) => unseen = Some(error),
            }
        }
        let record = |entry: Entry| async move { self.ledger.append(&entry).await.map(drop) };
        stream::iter(records).map(record).buffer_unordered(AT_ONCE).try_collect::<()>().await?;
        let put = |item: WorkItem| async move { self.work.put(&item, Duration::ZERO).await };
        stream::iter(work).map(put).buffer_unordered(AT_ONCE).try_collect::<()>().await?;
        if next.is_none() {
            // Before the run is over: one without a summary would never be cleared away.
            let summary = Summary { run: done.run.clone(), ended: self.now, counts: done.counts.clone() };
            self.shelf.put_summary(&summary).await?;
        }
        let before = run.last.as_ref().map(|last| last.ended);
        let moved = run.after(&done, next.clone(), self.now);
        if !self.shelf.put_run(&moved, Some(&version)).await? {
            return Ok(Carried::Overtaken);
        }
        match next {
            Some(next) => {
                self.steps.put(&next, Duration::ZERO).await?;
                Ok(Carried::On(done))
            }
            None => Ok(Carried::Over { done, before, unseen }),
        }
    }
}
