//! How a reconcile pass heeds the hold of its target.

use holdfast_evaluator::{Allowances, Protection, WhenStopped};

use super::Protector;
use super::case::Case;
use super::intent::Intent;
use crate::hold::{self, Act, Heeded, Hold, Numbered, Phase};
use crate::ledger::About;
use crate::outcome::Outcome;
use crate::plan::{self, InstanceChange};
use crate::ports::StorageError;
use crate::work::{Cause, Pending, WorkItem};
use crate::{AzureError, ResourceId};

impl Protector {
    /// The hold of a target that is in force, or the last that is over and after which the rules were not followed.
    ///
    /// Costs a listing of the ledger, so it is asked for only where a pass would change something.
    pub(super) async fn hold_of(&self, target: About<'_>) -> Result<Option<Numbered>, AzureError> {
        Ok(hold::find(self.ledger.as_ref(), target, self.now).await?)
    }

    /// What is wanted of a target in this vault under the policy that a person holds there; none where nobody does.
    pub(super) async fn under_hold(
        &self,
        case: &Case<'_>,
        vault: &ResourceId,
    ) -> Result<Option<Protection>, AzureError> {
        let Some(hold) = case.held.filter(|hold| hold.policy_in(vault).is_some()) else { return Ok(None) };
        let policies = self.azure.backups_of(vault)?.policies(vault).await?;
        Ok(hold.wanted_under(case.how, vault, &policies))
    }

    /// Whether a hold is against going on with what was waited for.
    pub(super) async fn stops(&self, item: &WorkItem, pending: &Pending) -> Result<bool, AzureError> {
        if !pending.may_write() {
            return Ok(false);
        }
        let hold = self.hold_of(item.into()).await?;
        Ok(in_force(hold.as_ref()).is_some_and(|hold| hold.act.leaves_all()))
    }

    /// Whether a hold is against writing what Azure has validated.
    pub(super) async fn forbids(
        &self,
        target: About<'_>,
        change: &InstanceChange,
    ) -> Result<bool, AzureError> {
        let hold = self.hold_of(target).await?;
        let Some(hold) = in_force(hold.as_ref()) else { return Ok(false) };
        let is_other = match (hold.act, &hold.policy, change.policy()) {
            (Act::ChangePolicy, Some(held), Some(policy)) => held != policy,
            _ => false,
        };
        Ok(hold.act.leaves_all() || is_other)
    }

    /// The work is over: so is what had to be done because a hold is.
    pub(super) async fn settle_holds(&self, item: &WorkItem) -> Result<(), StorageError> {
        hold::settle(self.ledger.as_ref(), item.into(), self.now).await
    }
}

/// The hold, if it is in force.
pub(super) fn in_force(hold: Option<&Numbered>) -> Option<&Hold> {
    hold.filter(|found| found.phase == Phase::InForce).map(|found| &found.hold)
}

/// The hold, if it is over.
pub(super) fn over(hold: Option<&Numbered>) -> Option<&Hold> {
    hold.filter(|found| found.phase == Phase::Over).map(|found| &found.hold)
}

/// What a hold leaves of what is intended; `decided` is what the rules say.
pub(super) fn heeding(hold: Option<&Numbered>, intent: Intent, decided: &str) -> Intent {
    match (in_force(hold), intent) {
        (Some(hold), Intent::Plan(plan)) => match hold::heed(hold, plan, decided) {
            Heeded::Plan(plan) => Intent::Plan(plan),
            Heeded::Held(outcome) => Intent::End(outcome),
        },
        (_, intent) => intent,
    }
}

/// What holds after a hold is over: what a person stopped for a time is not left stopped.
pub(super) fn allowances_after(hold: Option<&Numbered>, allowances: &Allowances) -> Allowances {
    let mut allowances = allowances.clone();
    if over(hold).is_some() {
        allowances.instances.stopped = WhenStopped::Resume;
    }
    allowances
}

/// Prepares an item for its end: what a hold keeps from happening is recorded once, not again at each sweep.
pub(super) fn note_hold(item: &mut WorkItem, hold: Option<&Numbered>, intent: &Intent) {
    item.after_hold |= over(hold).is_some();
    if let (Some(hold), Intent::End(Outcome::Held { .. }), Cause::Sweep) =
        (in_force(hold), intent, &item.cause)
    {
        item.at = hold.since;
    }
}

/// What a person should know of an end without a plan: that the hold is over, and why the target is left alone. What an
/// earlier plan said of it counts no more.
pub(super) fn note_of_end(over: Option<&Hold>, outcome: &Outcome) -> Option<String> {
    let why = match outcome {
        Outcome::LeftAlone { note, .. } => Some(note.clone()),
        Outcome::Protected { .. }
        | Outcome::Prepared { .. }
        | Outcome::Excluded { .. }
        | Outcome::Ignored { .. }
        | Outcome::Gone
        | Outcome::Failed { .. }
        | Outcome::Unprotected { .. }
        | Outcome::Held { .. } => None,
    };
    plan::joined(over.map(Hold::over).into_iter().chain(why))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::golden::{at, caller, disk, instance};
    use crate::operation_id::OperationId;

    fn hold() -> Hold {
        Hold {
            resource: disk(),
            workload: None,
            instance: instance(),
            act: Act::StopAndRetain,
            policy: None,
            by: caller(),
            why: None,
            since: at(),
            until: "2026-02-13T00:00:00Z".parse().unwrap(),
            operation: OperationId::of_key("o-1", "k"),
            decided: "protect".to_owned(),
        }
    }

    #[test]
    fn an_end_without_a_plan_says_why_and_that_a_hold_is_over() {
        let left = |note: String| Outcome::LeftAlone { instance: instance(), note };
        let kept = left("its backups are kept".to_owned());
        let recorded = |over: Option<&Hold>| kept.clone().with_note(note_of_end(over, &kept).as_deref());
        assert_eq!(recorded(None), kept);
        assert_eq!(recorded(Some(&hold())), left(format!("{}; its backups are kept", hold().over())));
        assert_eq!(note_of_end(Some(&hold()), &Outcome::Gone), Some(hold().over()));
    }
}
