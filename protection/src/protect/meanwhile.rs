//! What was decided while Azure changed the life of an instance. Whoever looked meanwhile saw the instance as it was
//! before, found nothing to do, and does not come back.

use holdfast_evaluator::Outcome as Whether;

use super::Protector;
use crate::AzureError;
use crate::apply::Applied;
use crate::decide::Decided;
use crate::ledger::LedgerRecord;
use crate::outcome::Outcome;
use crate::ports::StorageError;
use crate::work::{Pending, WorkItem};

impl Protector {
    /// Ends the work behind such a change, or plans again if it is decided otherwise by now.
    pub(super) async fn changed(
        &self,
        item: &mut WorkItem,
        pending: Pending,
        outcome: Outcome,
    ) -> Result<Result<Applied, AzureError>, StorageError> {
        let decided = match self.decide(&item.resource, item.workload, &item.occasion()).await {
            Ok(decided) => decided,
            // Another try would be refused as well, and what Azure has done is done.
            Err(AzureError::Refused { .. }) => return Ok(Ok(Applied::Ended(outcome))),
            Err(error) => {
                item.pending = Some(pending);
                return Ok(Err(error));
            }
        };
        let is_otherwise = is_protected(&outcome)
            .zip(is_to_be_protected(&decided))
            .is_some_and(|(is_protected, is_to_be)| is_protected != is_to_be);
        if !is_otherwise {
            return Ok(Ok(Applied::Ended(outcome)));
        }
        // Recorded first: that we ended it is why it may be resumed.
        self.record(item, LedgerRecord::Ended { outcome }).await?;
        item.polls = 0;
        self.start(item).await
    }
}

fn is_protected(outcome: &Outcome) -> Option<bool> {
    match outcome {
        Outcome::Protected { .. } => Some(true),
        Outcome::Unprotected { .. } => Some(false),
        Outcome::Prepared { .. }
        | Outcome::Excluded { .. }
        | Outcome::Ignored { .. }
        | Outcome::Gone
        | Outcome::Failed { .. }
        | Outcome::Held { .. }
        | Outcome::LeftAlone { .. } => None,
    }
}

/// None where the rules cannot say: then it stays as it is.
fn is_to_be_protected(decided: &Decided) -> Option<bool> {
    match decided {
        Decided::ByRules { decision, .. } => match &decision.outcome {
            Whether::Protect { .. } => Some(true),
            Whether::Exclude { .. } | Whether::NotCovered => Some(false),
            Whether::Hold { .. } => None,
        },
        Decided::NotAsked(Outcome::Gone) => Some(false),
        Decided::NotAsked(_) | Decided::NotReady => None,
    }
}
