//! Lists of operations, and those that nobody waits for.

use jiff::{SignedDuration, Timestamp};

use super::{Operation, OperationError, OperationId, Operations, papers};

/// No approval and no job takes longer: what is older and not over is left to those who ask for it.
const DAYS: i64 = 7;

impl Operations {
    /// Operations that were asked for on the day of `at`, in no order.
    pub async fn asked_on(&self, at: Timestamp) -> Result<Vec<OperationId>, OperationError> {
        let paths = self.ledger.list(&papers::day(at)).await?;
        Ok(paths.iter().filter_map(|path| OperationId::of_pointer(path)).collect())
    }

    /// Goes on with every operation of the last days that is not over, so that none needs a caller who waits.
    ///
    /// Gives those that still are not over. One that cannot be gone on with does not stop the others.
    pub async fn advance_all(&self, now: Timestamp) -> Result<Vec<Operation>, OperationError> {
        let mut left = Vec::new();
        for days in 0..=DAYS {
            let day = now.checked_sub(SignedDuration::from_hours(24 * days)).unwrap_or(now);
            for id in self.asked_on(day).await? {
                if self.ledger.read(&papers::ended(id)).await?.is_some() {
                    continue;
                }
                match self.advance(id, now).await {
                    Ok(operation) if !operation.standing.is_over() => left.push(operation),
                    Ok(_) | Err(_) => {}
                }
            }
        }
        Ok(left)
    }
}
