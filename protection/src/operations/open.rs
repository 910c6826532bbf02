//! Carrying on the operations that are open.

use std::collections::BTreeMap;

use futures::{StreamExt, stream};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::records::{self, Mark};
use super::{Operation, OperationError, OperationId, OperationStatus, Operations};

/// Operations carried on at the same time.
const AT_ONCE: usize = 8;

/// What came of carrying on every open operation. Both lists are in the order of the ids.
#[derive(Debug, Default)]
pub struct CarriedOn {
    /// Those that are still open.
    pub open: Vec<Operation>,
    /// Those that could not be carried on this time, and why.
    pub failed: Vec<(OperationId, OperationError)>,
}

/// What the index of two months says of an operation.
#[derive(Debug, Clone, Copy, Default)]
struct Marks {
    /// It has an entry in the current month.
    is_current: bool,
    is_over: bool,
}

impl Operations {
    /// Carries on every operation that is not over, so that none needs a caller who waits.
    ///
    /// Reads the index of this month and of the last. An operation that outlives its month is entered in the next one,
    /// so it is found however long an approval or a job takes, as long as this runs once a month. What keeps one from
    /// going on is returned, and does not stop the others.
    ///
    /// # Errors
    ///
    /// When the index cannot be read.
    pub async fn advance_all(&self, now: Timestamp) -> Result<CarriedOn, OperationError> {
        let mut carried_on = CarriedOn::default();
        let open = self.indexed(now).await?.into_iter().filter(|(_, marks)| !marks.is_over);
        let mut ends = stream::iter(open)
            .map(|(id, marks)| async move { (id, self.carry_on(id, marks, now).await) })
            .buffered(AT_ONCE);
        while let Some((id, end)) = ends.next().await {
            match end {
                Ok(Some(operation)) => carried_on.open.push(operation),
                Ok(None) => {}
                Err(error) => carried_on.failed.push((id, error)),
            }
        }
        Ok(carried_on)
    }

    /// One of them; none if it is over. Its entry is written last: what is lost before, such as the release of its hold
    /// behind its end, is done again.
    async fn carry_on(
        &self,
        id: OperationId,
        marks: Marks,
        now: Timestamp,
    ) -> Result<Option<Operation>, OperationError> {
        match self.advance(id, now).await {
            Ok(operation) if operation.status.is_over() => {
                if matches!(operation.status, OperationStatus::Failed { .. }) {
                    self.release_hold(&self.history(id).await?, &operation.status, now).await?;
                }
                self.mark(id, Mark::Over, now).await?;
                Ok(None)
            }
            // The entry is written before the operation, and its writer may have died in between.
            Err(OperationError::Unknown(_)) => Ok(None),
            open => {
                if !marks.is_current {
                    self.mark(id, Mark::Open, now).await?;
                }
                open.map(Some)
            }
        }
    }

    /// Enters an operation in the index of a day.
    pub(super) async fn mark(
        &self,
        id: OperationId,
        mark: Mark,
        now: Timestamp,
    ) -> Result<(), OperationError> {
        self.ledger.append(&records::pointer(mark.path(id, now), id)).await?;
        Ok(())
    }

    /// Every operation that the index of this month or of the last one names.
    async fn indexed(&self, now: Timestamp) -> Result<BTreeMap<OperationId, Marks>, OperationError> {
        let today = now.to_zoned(TimeZone::UTC).date();
        let last_month = today.first_of_month().yesterday().unwrap_or(today);
        let mut indexed: BTreeMap<OperationId, Marks> = BTreeMap::new();
        for (month, is_current) in [(last_month, false), (today, true)] {
            for path in self.ledger.list(&records::month(month)).await? {
                let Some((id, mark)) = records::mark(&path) else { continue };
                let marks = indexed.entry(id).or_default();
                marks.is_current |= is_current;
                marks.is_over |= mark == Mark::Over;
            }
        }
        Ok(indexed)
    }
}
