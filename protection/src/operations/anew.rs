//! What a person asked for and waits for another person, judged by the rules in force.

use holdfast_evaluator::Ruling;
use jiff::Timestamp;

use super::held::HOLDFAST;
use super::{Ask, Asked, Operation, OperationError, OperationStatus, Operations};

impl Operations {
    /// Whether the rules in force allow without a second person what still waits for one; changes nothing.
    ///
    /// A person's word is neither withdrawn nor carried out for that: who asked may have given it up by now, and a
    /// deletion that nobody looks at would come as a surprise. Costs nothing while the rules are those that judged it.
    ///
    /// # Errors
    ///
    /// When Azure, the ledger or the rules cannot be asked.
    pub async fn is_free_by_now(
        &self,
        operation: &Operation,
        now: Timestamp,
    ) -> Result<bool, OperationError> {
        let Operation { asked, status, .. } = operation;
        let waits = matches!(status, OperationStatus::AwaitsApproval { .. });
        let judged_by = &asked.judgement.record.digests.rule_set;
        let is_as_judged = *judged_by == self.evaluator.rule_set().digest().to_string();
        if !waits || is_as_judged || asked.by.id == HOLDFAST {
            return Ok(false);
        }
        let ask = again(asked);
        let subject = self.subject(&ask, now).await?;
        let review = self.review(&ask, &subject, asked.hold.as_ref(), now).await?;
        Ok(review.ruling == Ruling::Allow)
    }
}

/// The same, as it was asked for.
fn again(asked: &Asked) -> Ask {
    Ask {
        id: asked.id,
        resource: asked.resource.clone(),
        workload: asked.target().named(),
        action: asked.operation.clone(),
        why: asked.why.clone(),
        until: asked.until,
        dry_run: asked.dry_run,
        caller: asked.by.clone(),
    }
}
