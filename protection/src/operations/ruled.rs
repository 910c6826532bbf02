//! What the rules for operations and the rule set say by now of an ending that a person has agreed to.

use holdfast_evaluator::{EndingCause, Review, Ruling};
use jiff::Timestamp;

use super::Operations;
use super::by_now::ByNow;
use super::history::History;
use super::reviewing::{self, Wanted};
use crate::AzureError;
use crate::decide::Decided;
use crate::plan;
use crate::work::Occasion;

impl Operations {
    /// Whether an ending that is decided so still, for this cause, may be carried out by now: it may be denied since, or
    /// its instance be left to the tool that made it. That a person has agreed is enough where one has to.
    pub(super) async fn ruled_by_now(
        &self,
        history: &History,
        decided: &Decided,
        cause: EndingCause,
        now: Timestamp,
    ) -> Result<ByNow, AzureError> {
        let asked = &history.asked;
        // Of what is gone, Azure says so.
        let Some(instance) = self.azure.backups_of(&asked.instance)?.instance(&asked.instance).await? else {
            return Ok(ByNow::Ends);
        };
        if !plan::is_kept(&instance, self.evaluator.rule_set().allowances()) {
            return Ok(ByNow::Foreign);
        }
        let (target, operation) = (asked.target(), asked.operation.kind());
        let wanted = Wanted { target, decided, cause, instance: &instance, operation };
        let (azure, ledger) = (self.azure.as_ref(), self.ledger.as_ref());
        let occasion = Occasion::question(now);
        let (review, _) = reviewing::review(azure, ledger, &self.evaluator, wanted, &occasion).await?;
        let has_failed = reviewing::has_failed(&review);
        let Review { ruling, record } = review;
        Ok(match ruling {
            Ruling::Deny { .. } if has_failed => ByNow::NotKnown(record.summary),
            Ruling::Deny { .. } => ByNow::Denied(record.summary),
            Ruling::Allow | Ruling::NeedsApproval { .. } => ByNow::Ends,
        })
    }
}
