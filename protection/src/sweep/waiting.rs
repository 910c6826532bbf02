//! Endings that wait for a person: each run has some of their targets looked at, though nothing in their rows has changed.

use jiff::Timestamp;

use super::{Turn, day_of};
use crate::operations::withdrawn;
use crate::ports::{Ledger, StorageError};
use crate::work::{Cause, WorkItem};

/// Work on the targets of endings that Holdfast asked for and that nobody answered: an ending that was asked for and taken
/// back between two runs leaves a row as it was. All have their turn within the rounds that their number takes, so that
/// thousands cost each run one listing and a portion of them.
pub(super) async fn looked_at(
    ledger: &dyn Ledger,
    turn: Turn,
    now: Timestamp,
) -> Result<Vec<WorkItem>, StorageError> {
    let waiting = withdrawn::awaited(ledger, now).await?;
    let turn = turn.among(u64::try_from(waiting.len()).unwrap_or(u64::MAX));
    let mut work = Vec::new();
    for id in waiting.into_iter().filter(|id| turn.falls_on(&id.to_string())) {
        if let Some(asked) = withdrawn::ending(ledger, id).await? {
            let item = WorkItem::new(asked.resource, Cause::Sweep, day_of(now));
            work.push(WorkItem { workload: asked.workload, ..item });
        }
    }
    Ok(work)
}
