//! What a pass writes into the ledger, in the order in which it came about.

use holdfast_evaluator::Ruling;
use jiff::Timestamp;

use super::Protector;
use crate::ledger::{self, LedgerRecord};
use crate::outcome::Outcome;
use crate::ports::StorageError;
use crate::work::{Cause, WorkItem};

impl Protector {
    /// Writes an entry into the ledger.
    pub(super) async fn record(&self, item: &WorkItem, record: LedgerRecord) -> Result<(), StorageError> {
        let at = self.moment(item, &record).await?;
        self.ledger.record(item.into(), at, &record).await.map(drop)
    }

    /// The time under which an entry is recorded; see [`ledger::moment`].
    async fn moment(&self, item: &WorkItem, record: &LedgerRecord) -> Result<Timestamp, StorageError> {
        if !is_in_order(item, record) {
            return Ok(item.at);
        }
        let paths = self.ledger.list(&ledger::prefix_of(&item.resource)).await?;
        Ok(ledger::moment(&paths, item.into(), (item.at, self.now), record))
    }
}

/// Whether it matters behind which others an entry lies: the last one says whether we ended a protection.
///
/// That costs a listing. A burst of new resources is spared it: nothing came before.
fn is_in_order(item: &WorkItem, record: &LedgerRecord) -> bool {
    match record {
        LedgerRecord::Decided { .. } | LedgerRecord::Waiting { .. } => false,
        LedgerRecord::Reviewed { review, .. } => review.ruling == Ruling::Allow,
        LedgerRecord::Ended { outcome } => match (outcome, &item.cause) {
            (_, Cause::Sweep)
            | (Outcome::Unprotected { .. } | Outcome::LeftAlone { .. } | Outcome::Held { .. }, _) => true,
            (Outcome::Protected { .. }, Cause::Event { .. }) => item.setting_up.is_none(),
            (
                Outcome::Prepared { .. }
                | Outcome::Excluded { .. }
                | Outcome::Ignored { .. }
                | Outcome::Gone
                | Outcome::Failed { .. },
                Cause::Event { .. },
            ) => false,
        },
    }
}
