//! Ends the protection of what is not to be protected any more, if the rule set wishes it and the rules for
//! operations consent.

use holdfast_evaluator::{End, EndingCause, OperationKind, Review, ReviewRequest, Ruling};
use jiff::{SignedDuration, Timestamp};

use super::Protector;
use super::holds::in_force;
use super::intent::Intent;
use crate::decide::Decided;
use crate::family::Family;
use crate::hold::Numbered;
use crate::instance::BackupInstance;
use crate::ledger::{self, About, LedgerRecord};
use crate::lifecycle::LifecycleChange;
use crate::operations::held::{self, Asking};
use crate::operations::reviewing::{self, Wanted, word};
use crate::operations::{Asked, OperationId, nobody_can_approve};
use crate::outcome::Outcome;
use crate::plan::{self, Ending};
use crate::ports::{InstancesOf, StorageError};
use crate::vault::Immutability;
use crate::work::{Occasion, WorkItem};
use crate::{AzureError, Location, ResourceId, Workload, observe};

/// A target that is not to be protected.
pub(super) struct Unprotected<'a> {
    pub(super) target: About<'a>,
    pub(super) decided: &'a Decided,
    pub(super) cause: EndingCause,
    /// How it ends if nothing becomes of its protection.
    pub(super) outcome: Outcome,
}

/// A review of what we want to do ourselves.
pub(super) struct Reviewed {
    request: ReviewRequest,
    review: Review,
    instance: ResourceId,
    held: Option<Holding>,
    /// The operation that waits for a person, or will.
    waits: Option<OperationId>,
}

impl Reviewed {
    /// The operation that waits for a person by what the rules say now.
    pub(super) fn waits(&self) -> Option<OperationId> {
        self.waits
    }

    /// What the rules for operations say now.
    pub(super) fn ruling(&self) -> &Ruling {
        &self.review.ruling
    }

    /// Whether it is denied by nothing but rules that failed, which say nothing of what waits: the next pass may be told more.
    pub(super) fn has_failed(&self) -> bool {
        reviewing::has_failed(&self.review)
    }

    /// Whether a person would be asked for the end that this operation brings about, for whatever cause.
    pub(super) fn would_ask_again_for(&self, asked: &Asked) -> bool {
        let is_same = |held: &Holding| held.kind == asked.operation.kind();
        self.held.as_ref().is_some_and(is_same) && asked.instance.key() == self.instance.key()
    }

    /// How a pass ends that finds the end of the protection approved meanwhile, as this operation: nobody is asked.
    pub(super) fn is_being_done(&mut self, id: OperationId) -> Outcome {
        self.held = None;
        self.held_because(being_done(id))
    }

    fn held_because(&self, way_out: String) -> Outcome {
        Outcome::Held {
            instance: self.instance.clone(),
            operation: self.request.operation.kind.name().to_owned(),
            reason: self.review.record.summary.clone(),
            way_out,
        }
    }
}

/// The operation that a person has to agree to, where it is not written yet.
struct Holding {
    number: usize,
    kind: OperationKind,
    lifecycle: LifecycleChange,
    cause: String,
}

/// Whether we may do it.
enum Consent {
    Given,
    Withheld(Outcome),
}

impl Protector {
    /// What becomes of the protection of a target that is not to be protected.
    ///
    /// Costs no call where the rule set leaves such protections alone.
    pub(super) async fn end_protection(
        &self,
        unprotected: Unprotected<'_>,
        occasion: &Occasion,
    ) -> Result<(Intent, Option<Box<Reviewed>>, Option<Numbered>), AzureError> {
        let Unprotected { target, decided, cause, outcome } = unprotected;
        let id = target.resource;
        let allowances = self.evaluator.rule_set().allowances();
        let end = allowances.ending.of(cause);
        if end == End::Leave {
            return Ok((Intent::End(outcome), None, None));
        }
        let instances = match cause {
            EndingCause::Deleted => {
                let found = observe::instances(self.azure.as_ref(), id, None).await?;
                let is_meant = |one: &BackupInstance| {
                    target.workload.is_none_or(|workload| one.workload() == Some(workload))
                };
                found.into_iter().filter(is_meant).collect()
            }
            EndingCause::Excluded(_) | EndingCause::NotCovered => {
                let (location, workload) = seen(decided);
                let of = InstancesOf { datasource: id, workload, location: location.as_ref() };
                self.azure.instances_of(&of).await?
            }
        };
        let Some(ending) = plan::to_end(&instances, end, allowances) else {
            return Ok((Intent::End(outcome), None, None));
        };
        let hold = self.hold_of(target).await?;
        if let Some(held) = in_force(hold.as_ref()) {
            let decided = format!("{}; its protection ends by {}", outcome.as_str(), ending.operation.name());
            return Ok((Intent::End(held.outcome(&decided)), None, hold));
        }
        if let Some(kept) = self.undeletable(&ending, end).await? {
            return Ok((Intent::End(kept), None, hold));
        }
        let (instance, operation) = (ending.instance, ending.operation);
        let wanted = Wanted { target, decided, cause, instance, operation };
        let mut reviewed = self.review(wanted, occasion).await?;
        let intent = match self.consent(&mut reviewed, target, &ending, &word(cause)).await? {
            Consent::Given => Intent::Plan(ending.plan),
            Consent::Withheld(held) => Intent::End(held),
        };
        Ok((intent, Some(Box::new(reviewed)), hold))
    }

    /// An immutable vault keeps the recovery points in it; asking it to delete them would only fail later.
    async fn undeletable(&self, ending: &Ending<'_>, end: End) -> Result<Option<Outcome>, AzureError> {
        if end != End::Delete {
            return Ok(None);
        }
        let kept = observe::kept_by_vault(self.azure.as_ref(), ending.instance, self.now).await?;
        let word = match kept {
            Some(Immutability::Locked) => "is locked immutable",
            Some(Immutability::Unlocked) => "is immutable",
            Some(Immutability::Disabled) | None => return Ok(None),
        };
        Ok(Some(Outcome::LeftAlone {
            instance: ending.instance.id.clone(),
            note: format!(
                "its backups are kept: {} {word} and deletes none before its time; \
                 let `[ending]` say `suspend` to let them expire",
                Family::vault_in_words(&ending.instance.vault)
            ),
        }))
    }

    async fn review(&self, wanted: Wanted<'_>, occasion: &Occasion) -> Result<Reviewed, AzureError> {
        let (azure, ledger) = (self.azure.as_ref(), self.ledger.as_ref());
        let (review, request) = reviewing::review(azure, ledger, &self.evaluator, wanted, occasion).await?;
        Ok(Reviewed { request, review, instance: wanted.instance.id.clone(), held: None, waits: None })
    }

    /// Whether the rules consent; where a person has to agree, the operation that waits for that is named.
    async fn consent(
        &self,
        reviewed: &mut Reviewed,
        target: About<'_>,
        ending: &Ending<'_>,
        cause: &str,
    ) -> Result<Consent, AzureError> {
        match &reviewed.review.ruling {
            Ruling::Allow => return Ok(Consent::Given),
            Ruling::Deny { .. } => {
                let way_out =
                    "its backups are kept; change the rules for operations, or `[ending]` of the rule set";
                return Ok(Consent::Withheld(reviewed.held_because(way_out.to_owned())));
            }
            Ruling::NeedsApproval { .. } => {}
        }
        let (kind, lifecycle) = (ending.operation, ending.lifecycle);
        let asked = held::Ending { target, instance: &ending.instance.id, kind, lifecycle, cause };
        let ruling = &reviewed.review.ruling;
        let found = held::find(self.ledger.as_ref(), &asked, ruling, self.now).await?;
        reviewed.waits = match &found {
            Asking::New { id, .. } | Asking::Open { id, .. } => Some(*id),
            Asking::Refused { .. } => None,
        };
        if let Asking::New { number, .. } = &found {
            let cause = cause.to_owned();
            reviewed.held = Some(Holding { number: *number, kind, lifecycle, cause });
        }
        let way_out = to_agree(&found, kind, &reviewed.review.ruling, self.now);
        Ok(Consent::Withheld(reviewed.held_because(way_out)))
    }

    /// Records a review; one that did not allow is also found below `approvals/`, for anyone who may approve.
    pub(super) async fn record_review(
        &self,
        item: &WorkItem,
        reviewed: Reviewed,
    ) -> Result<(), StorageError> {
        let Reviewed { request, review, instance, held, waits } = reviewed;
        if let Some(Holding { number, kind, lifecycle, cause }) = held {
            let ending =
                held::Ending { target: item.into(), instance: &instance, kind, lifecycle, cause: &cause };
            held::ask(self.ledger.as_ref(), &ending, number, &review, self.now).await?;
            self.look_again(item, waits).await?;
        }
        let waits = review.ruling != Ruling::Allow;
        let record = LedgerRecord::Reviewed { review: Box::new(review), request: Box::new(request) };
        if waits {
            self.ledger.append(&ledger::approval(&item.resource, item.at, &instance, &record)).await?;
        }
        self.record(item, record).await
    }
}

fn being_done(id: OperationId) -> String {
    format!("operation `{id}` was approved and is being carried out")
}

/// Who has to do what, so that a protection ends or stays.
fn to_agree(found: &Asking, kind: OperationKind, ruling: &Ruling, now: Timestamp) -> String {
    let (id, roles, until) = match found {
        Asking::New { id, .. } => {
            let hours = match ruling {
                Ruling::NeedsApproval { within_hours, .. } => i64::from(*within_hours),
                Ruling::Allow | Ruling::Deny { .. } => 0,
            };
            let until = now.checked_add(SignedDuration::from_hours(hours)).unwrap_or(now);
            (id, held::approvers(kind, ruling), until)
        }
        Asking::Open { id, awaits: Some((roles, until)) } => (id, roles.clone(), *until),
        Asking::Open { id, awaits: None } => {
            return being_done(*id);
        }
        Asking::Refused { id, answer } => {
            let why = answer.why.as_deref().map(|why| format!(" ({why})")).unwrap_or_default();
            return format!(
                "its backups are kept: {} refused operation `{id}`{why}; to end the protection all the same, ask for it \
                 with `POST /api/protection/stop`",
                answer.by.name
            );
        }
    };
    if let Some(nobody) = nobody_can_approve(&roles) {
        return format!(
            "its backups are kept: operation `{id}` waits until {until}, and {}; {}, and it is asked for anew",
            nobody.message, nobody.way_out
        );
    }
    let who = roles.join(" or ");
    format!(
        "its backups are kept until {who} approves operation `{id}`, by {until}: `holdfast approve {id}`, or \
         `POST /api/approvals/{id}/approve`"
    )
}

/// Where the resource is and which workload of it was decided about, if it was.
fn seen(decided: &Decided) -> (Option<Location>, Option<Workload>) {
    match decided {
        Decided::ByRules { request, workload, .. } => {
            (Some(Location::from(request.resource.location.as_str())), Some(*workload))
        }
        Decided::NotAsked(_) | Decided::NotReady => (None, None),
    }
}
