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
        let times = (item.at, self.now);
        let paths = self.ledger.list(&ledger::prefix_since(&item.resource, times)).await?;
        Ok(ledger::moment(&paths, item.into(), times, record))
    }
}

/// Whether it matters behind which others an entry lies: the last one says whether we ended a protection.
///
/// That costs a listing. A burst of new resources is spared it, as nothing came before; and so is an event of what is
/// protected already, as nothing came of it.
fn is_in_order(item: &WorkItem, record: &LedgerRecord) -> bool {
    match record {
        LedgerRecord::Decided { .. } | LedgerRecord::Waiting { .. } => false,
        LedgerRecord::Reviewed { review, .. } => review.ruling == Ruling::Allow,
        LedgerRecord::Ended { outcome } => match (outcome, &item.cause) {
            (_, Cause::Sweep)
            | (Outcome::Unprotected { .. } | Outcome::LeftAlone { .. } | Outcome::Held { .. }, _) => true,
            (Outcome::Protected { .. }, Cause::Event { .. }) => {
                item.setting_up.is_none() && (item.changes || item.passes > 1)
            }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::golden::{at, disk, instance};
    use crate::lifecycle::LifecycleChange;
    use crate::work::SettingUp;

    fn found(cause: Cause) -> WorkItem {
        WorkItem { passes: 1, ..WorkItem::new(disk(), cause, at()) }
    }

    fn by_event() -> WorkItem {
        found(Cause::Event { id: "e-1".to_owned(), by: None })
    }

    #[test]
    fn an_event_of_what_is_protected_already_is_in_no_order_and_what_a_pass_brings_about_is() {
        let outcome = Outcome::Protected { instance: instance(), note: None };
        let protected = LedgerRecord::Ended { outcome };
        let new = Some(SettingUp { created: None });
        let long = WorkItem { passes: 9, changes: true, setting_up: new, ..by_event() };
        for item in [by_event(), long] {
            assert!(!is_in_order(&item, &protected), "{item:?}");
        }
        let changing = WorkItem { changes: true, ..by_event() };
        let waiting = WorkItem { passes: 2, ..by_event() };
        for item in [changing, waiting, found(Cause::Sweep)] {
            assert!(is_in_order(&item, &protected), "{item:?}");
        }
        let by = LifecycleChange::SuspendBackups;
        let ended = LedgerRecord::Ended { outcome: Outcome::Unprotected { instance: instance(), by } };
        assert!(is_in_order(&by_event(), &ended));
    }
}
