//! One reconcile pass over one target: observe, decide, plan, apply, record.
//!
//! The same function serves an event, the sweep and a retry.

mod administrator;
mod backoff;
mod case;
mod ended;
mod ending;
mod holder;
mod holds;
mod intent;
mod keep;
mod meanwhile;
mod placing;
mod recording;
mod vain;
mod write;

use std::sync::Arc;
use std::time::Duration;

use holdfast_evaluator::{Decision, Evaluator, Outcome as Whether};
use jiff::Timestamp;

use crate::apply::{self, Applied, Waited};
use crate::decide::{self, Decided};
use crate::hold::Hold;
use crate::ledger::{About, LedgerRecord};
use crate::outcome::Outcome;
use crate::plan::{self, InstanceChange, Plan};
use crate::ports::{Azure, Ledger, StorageError};
use crate::work::{Cause, Occasion, Pending, SettingUp, WorkItem};
use crate::{AzureError, ResourceId, Retry, Workload};

use case::{Limits, RoleCare, SoftDeleted};
use holds::{note_hold, note_of_end, over};
use intent::{Intended, Intent};

/// What to do with a work item after a pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Nothing: it ended, and that is in the ledger.
    Done(Outcome),
    /// Put `item` on the queue, visible after `after`.
    Later {
        /// The next message.
        item: Box<WorkItem>,
        /// How long to wait.
        after: Duration,
    },
}

/// Everything a pass needs.
#[derive(Clone)]
pub struct Protector {
    /// Azure.
    pub azure: Arc<dyn Azure>,
    /// Where decisions and outcomes are written.
    pub ledger: Arc<dyn Ledger>,
    /// The rules in force.
    pub evaluator: Evaluator,
    /// The time of the pass; deadlines of approvals count from here.
    pub now: Timestamp,
}

/// A resource, what was decided about it, and the plan that follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// The resource.
    pub resource: ResourceId,
    /// What was decided; none when no workload covers the type, or the resource is gone.
    pub decision: Option<Decision>,
    /// What would be done.
    pub plan: Option<Plan>,
    /// How it would end without any step.
    pub outcome: Option<Outcome>,
}

impl Protector {
    /// Makes one pass over the target of `item`. Gives the next message, and work for other workloads that it found.
    ///
    /// An error means that the ledger could not be written: the item must be offered again.
    pub async fn reconcile(&self, mut item: WorkItem) -> Result<(Next, Vec<WorkItem>), StorageError> {
        let _permit = match self.azure.admit(&item.resource, item.priority()) {
            Ok(permit) => permit,
            Err(error) => return Ok((backoff::held_back(item, &error), Vec::new())),
        };
        item.passes += 1;
        let mut applied = self.advance(&mut item).await?;
        let settled = item.pending.is_some() || !is_doubtful(&applied);
        let doubtful = !settled && self.forget_around(&item.resource);
        if doubtful && is_end(&applied) && item.restarts == 0 {
            // The failed plan used cached values. Plan again once with fresh reads; that result stands.
            item.restarts += 1;
            item.pending = None;
            applied = self.advance(&mut item).await?;
        }
        if matches!(applied, Ok(Applied::Again { .. })) {
            item.restarts += 1;
            applied = self.advance(&mut item).await?;
        }
        let applied = self.around_limits(&mut item, applied).await?;
        let others = item.for_others();
        let next = match applied {
            Ok(applied) => {
                // It works again: what may give it up later has nothing to do with what did before.
                if !matches!(applied, Applied::Passing { .. }) {
                    item.revived = 0;
                }
                self.conclude(item, applied).await
            }
            Err(error) => self.trouble(item, &error).await,
        };
        Ok((next?, others))
    }

    /// Plans again around each limit that Azure names: another vault, a role on the resource group.
    async fn around_limits(
        &self,
        item: &mut WorkItem,
        mut applied: Result<Applied, AzureError>,
    ) -> Result<Result<Applied, AzureError>, StorageError> {
        let mut limits = limits(item);
        loop {
            match &applied {
                Ok(Applied::FullVault { vault, .. }) if !limits.full_vaults.contains(vault) => {
                    limits.full_vaults.push(vault.clone());
                }
                Ok(Applied::RoleLimit { .. }) if !limits.no_roles => limits.no_roles = true,
                Ok(_) | Err(_) => return Ok(applied),
            }
            self.forget_around(&item.resource);
            item.pending = None;
            applied = self.start_within(item, &limits).await?;
        }
    }

    async fn advance(&self, item: &mut WorkItem) -> Result<Result<Applied, AzureError>, StorageError> {
        let Some(pending) = item.pending.take() else { return self.start(item).await };
        item.brought_back |= pending.undeletes();
        match self.stops(item, &pending).await {
            Ok(false) => {}
            Ok(true) => return self.start(item).await,
            Err(error) => {
                item.pending = Some(pending);
                return Ok(Err(error));
            }
        }
        match apply::go_on(self.azure.as_ref(), pending.clone()).await {
            Ok(Waited::Validated(change)) => {
                item.polls = 0;
                self.make(item, change).await
            }
            Ok(Waited::Other(Applied::Ended(outcome))) if pending.changes_life() => {
                self.changed(item, pending, outcome).await
            }
            Ok(Waited::Other(applied)) => {
                let planned_anew = (item.permission_waits + 1).is_multiple_of(PLANNED_ANEW);
                if matches!(applied, Applied::Permissions(_)) && !planned_anew {
                    item.pending = pending.into_validated().map(|spec| Pending::Propagation { spec });
                }
                Ok(Ok(applied))
            }
            Err(error) => {
                // Azure keeps no operation's URL for us: it must survive a bad answer.
                item.pending = Some(pending);
                Ok(Err(error))
            }
        }
    }

    /// Makes a change that Azure has validated, unless it is decided otherwise by now.
    async fn make(
        &self,
        item: &mut WorkItem,
        change: InstanceChange,
    ) -> Result<Result<Applied, AzureError>, StorageError> {
        let decided = match self.decide(&item.resource, item.workload, &item.occasion()).await {
            Ok(decided) => decided,
            Err(error) => return Ok(Err(error)),
        };
        let is_forbidden = match self.forbids((&*item).into(), &change).await {
            Ok(is_forbidden) => is_forbidden,
            Err(error) => return Ok(Err(error)),
        };
        if !is_forbidden && item.decided.is_some() && item.decided == digest(&decided) {
            return Ok(apply::make(self.azure.as_ref(), &change).await);
        }
        self.start(item).await
    }

    /// What would be decided and planned; touches nothing, writes nothing.
    pub async fn preview<'a>(
        &self,
        target: impl Into<About<'a>>,
        occasion: &Occasion,
    ) -> Result<Preview, AzureError> {
        let target = target.into();
        let mut preview =
            Preview { resource: target.resource.clone(), decision: None, plan: None, outcome: None };
        let Intended { decided, intent, .. } =
            self.intend(target, occasion, SoftDeleted::Include, &Limits::default()).await?;
        if let Decided::ByRules { decision, .. } = decided {
            preview.decision = Some(*decision);
        }
        match intent {
            Intent::End(outcome) => preview.outcome = Some(outcome),
            Intent::Plan(plan) => preview.plan = Some(plan),
            Intent::NotReady => {}
        }
        Ok(preview)
    }

    /// Observes, decides, records the decision, plans and applies.
    async fn start(&self, item: &mut WorkItem) -> Result<Result<Applied, AzureError>, StorageError> {
        self.start_within(item, &limits(item)).await
    }

    /// The same, around limits that Azure has just named.
    async fn start_within(
        &self,
        item: &mut WorkItem,
        limits: &Limits,
    ) -> Result<Result<Applied, AzureError>, StorageError> {
        // Azure refused the first attempt: a soft-deleted instance may be the reason, see [`SoftDeleted`].
        let soft_deleted = if item.restarts > 0 { SoftDeleted::Include } else { SoftDeleted::Skip };
        let target = About::from(&*item);
        let intended = match self.intend(target, &item.occasion(), soft_deleted, limits).await {
            Ok(intended) => intended,
            Err(error) => return Ok(Err(error)),
        };
        let Intended { decided, intent, mut review, hold, held } = intended;
        item.held = held;
        let found = (intent, review.as_deref_mut(), hold.as_ref());
        let intent = self.withdraw_what_is_vain(item, &decided, found).await?;
        note_hold(item, hold.as_ref(), &intent);
        item.decided = digest(&decided);
        if let Decided::ByRules { decision, request, others, .. } = decided {
            item.found(others);
            if matches!(&intent, Intent::Plan(plan) if plan.sets_up()) {
                item.setting_up = Some(SettingUp::of(&request.resource));
            }
            item.urgent =
                self.evaluator.is_important(&request.resource.resource_type, Some(&request.resource.tags));
            self.record(item, LedgerRecord::Decided { decision, request }).await?;
        }
        if let Some(reviewed) = review {
            self.record_review(item, *reviewed).await?;
        }
        match intent {
            Intent::End(outcome) => {
                item.note = note_of_end(over(hold.as_ref()), &outcome);
                Ok(Ok(Applied::Ended(outcome)))
            }
            Intent::NotReady => Ok(Ok(Applied::NotMade)),
            Intent::Plan(plan) => {
                item.changes |= plan.changes();
                item.note =
                    plan::joined(over(hold.as_ref()).map(Hold::over).into_iter().chain(plan.note.clone()));
                Ok(apply::carry_out(self.azure.as_ref(), plan).await)
            }
        }
    }

    /// What the rules say of a resource now; see [`decide::decide`].
    pub async fn decide(
        &self,
        id: &ResourceId,
        workload: Option<Workload>,
        occasion: &Occasion,
    ) -> Result<Decided, AzureError> {
        decide::decide(self.azure.as_ref(), &self.evaluator, id, workload, occasion).await
    }
}

fn limits(item: &WorkItem) -> Limits {
    Limits {
        resumes: item.brought_back,
        roles: match (&item.failed_backup, &item.cause) {
            (Some(_), _) => RoleCare::ForBackup,
            (None, Cause::Sweep) => RoleCare::IfMissing,
            (None, _) => RoleCare::None,
        },
        restarts: item.restarts,
        ..Limits::default()
    }
}

/// Of the waits for permissions, each of this many is followed by a new plan: a role may have been taken away.
const PLANNED_ANEW: u32 = 6;

/// Whether a pass may have come to this only because it began with what had been read before.
fn is_doubtful(applied: &Result<Applied, AzureError>) -> bool {
    applied.as_ref().map_or_else(may_be_stale, Applied::is_doubtful)
}

/// Whether nobody would look again.
fn is_end(applied: &Result<Applied, AzureError>) -> bool {
    applied.as_ref().map_or_else(may_be_stale, Applied::is_end)
}

fn may_be_stale(error: &AzureError) -> bool {
    error.refusal().is_some_and(|refusal| matches!(refusal.retry, Retry::Never | Retry::Once))
}

/// What tells one decided protection from another; none if nothing is to be protected.
fn digest(decided: &Decided) -> Option<String> {
    match decided {
        Decided::ByRules { decision, .. } => match &decision.outcome {
            Whether::Protect { protection } => {
                serde_json::to_value(protection).ok().map(|how| crate::digest::of(&how))
            }
            Whether::Exclude { .. } | Whether::NotCovered | Whether::Hold { .. } => None,
        },
        Decided::NotAsked(_) | Decided::NotReady => None,
    }
}
