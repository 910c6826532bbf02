//! Endings that wait for a person and that nobody wants any more, by what a pass has just decided: they are withdrawn.

use holdfast_evaluator::{End, Outcome as Whether, Ruling};

use super::Protector;
use super::ending::Reviewed;
use super::holds::in_force;
use super::intent::Intent;
use crate::decide::Decided;
use crate::hold::Numbered;
use crate::operations::OperationId;
use crate::operations::withdrawn::{self, PROTECTED};
use crate::ports::StorageError;
use crate::work::{Cause, WorkItem};

impl Protector {
    /// Withdraws what was asked for before and is not wanted by what was decided now. Gives the intent that is left:
    /// what a person was quicker to approve is carried out as that operation: not here as well, and for
    /// another cause nobody is asked for the same end again.
    pub(super) async fn withdraw_what_is_vain(
        &self,
        item: &WorkItem,
        decided: &Decided,
        (intent, review, hold): (Intent, Option<&mut Reviewed>, Option<&Numbered>),
    ) -> Result<Intent, StorageError> {
        if !self.may_have_asked(item, decided) || review.as_deref().is_some_and(Reviewed::has_failed) {
            return Ok(intent);
        }
        let asked = review.as_deref();
        let (kept, why) = (asked.and_then(Reviewed::waits), why(decided, asked, hold));
        let ledger = self.ledger.as_ref();
        let approved = withdrawn::withdraw_others(ledger, item.into(), kept, &why, self.now).await?;
        let Some(review) = review else { return Ok(intent) };
        let being_done = match &intent {
            Intent::Plan(_) => approved.last(),
            Intent::End(_) => approved.iter().find(|one| review.would_ask_again_for(one)),
            Intent::NotReady => None,
        };
        Ok(match being_done {
            Some(one) => Intent::End(review.is_being_done(one.id)),
            None => intent,
        })
    }

    /// Looks whether the rules still want what was just asked for. Whoever found the resource protected in between may
    /// have looked for what waits before it was written, and would not look again.
    pub(super) async fn look_again(
        &self,
        item: &WorkItem,
        asked: Option<OperationId>,
    ) -> Result<(), StorageError> {
        let Some(id) = asked else { return Ok(()) };
        // Rules that cannot be asked now are asked when a person approves it.
        let decided = self.decide(&item.resource, item.workload, &item.occasion()).await;
        if decided.is_ok_and(|decided| is_protected(&decided)) {
            withdrawn::withdraw(self.ledger.as_ref(), id, PROTECTED, self.now).await?;
        }
        Ok(())
    }

    /// Whether an ending of the target may wait. Events of what is protected, or left alone, are spared the listing:
    /// the sweep looks for both, and [`Operations::advance`](crate::operations::Operations::advance) for the former.
    /// While rules fail or cannot be asked, nothing is known to be vain.
    fn may_have_asked(&self, item: &WorkItem, decided: &Decided) -> bool {
        let is_sweep = matches!(item.cause, Cause::Sweep);
        match decided.ending_cause() {
            Some(cause) => is_sweep || self.evaluator.rule_set().allowances().ending.of(cause) != End::Leave,
            None => is_sweep && is_protected(decided),
        }
    }
}

fn is_protected(decided: &Decided) -> bool {
    match decided {
        Decided::ByRules { decision, .. } => matches!(decision.outcome, Whether::Protect { .. }),
        Decided::NotAsked(_) | Decided::NotReady => false,
    }
}

/// Why nobody wants any more what waits, in words for whoever was asked to agree.
fn why(decided: &Decided, review: Option<&Reviewed>, hold: Option<&Numbered>) -> String {
    if is_protected(decided) {
        return PROTECTED.to_owned();
    }
    if let Some(review) = review {
        let words = match (review.ruling(), review.waits()) {
            (Ruling::Allow, _) => {
                "the rules for operations allow this protection to end by now, so nobody has to agree"
            }
            (Ruling::Deny { .. }, _) => "the rules for operations forbid by now that this protection ends",
            (Ruling::NeedsApproval { .. }, Some(id)) => {
                return format!("the end of this protection is asked for as operation `{id}` by now");
            }
            (Ruling::NeedsApproval { .. }, None) => "a person refused the end that the rules want by now",
        };
        return words.to_owned();
    }
    match in_force(hold) {
        Some(held) => format!("its protection is left as a person decided it: {held}"),
        None => "by the rule set and what Azure shows now, nothing of this protection is to end".to_owned(),
    }
}
