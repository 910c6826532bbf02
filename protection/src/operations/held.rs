//! Operations that Holdfast itself asks for: the end of a protection that a person has to agree to.
//!
//! One stays open for each instance and cause, however often the resource is looked at. What a person refused stays
//! refused for that cause; what nobody answered in time, was withdrawn, or was done once, is asked for again.

use holdfast_evaluator::{Caller, OperationKind, Review, Ruling};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use super::approver::{approver_roles, nobody_can_approve};
use super::ask::approval;
use super::by_now::ByNow;
use super::history::History;
use super::records::{self, Mark, pointer};
use super::stage::Stage;
use super::withdrawn;
use super::{
    Action, Answer, Ask, Asked, Judgement, OperationError, OperationId, OperationPlan, OperationStatus,
    Operations,
};
use crate::digest;
use crate::ledger::{About, Entry};
use crate::lifecycle::LifecycleChange;
use crate::ports::{Ledger, StorageError};
use crate::{AzureError, ResourceId};

/// The id of the caller that Holdfast is for rules and in the ledger.
pub(crate) const HOLDFAST: &str = "holdfast";

/// Holdfast as a caller.
pub(crate) fn holdfast() -> Caller {
    Caller { id: HOLDFAST.to_owned(), name: "Holdfast".to_owned(), roles: Vec::new() }
}

/// The end of a protection, as it is asked for.
#[derive(Debug, Clone)]
pub(crate) struct Ending<'a> {
    pub(crate) target: About<'a>,
    pub(crate) instance: &'a ResourceId,
    pub(crate) kind: OperationKind,
    pub(crate) lifecycle: LifecycleChange,
    /// Why it is not to be protected, in a word.
    pub(crate) cause: &'a str,
}

/// How far the asking for an end is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Asking {
    /// It has to be asked for, under this id and with this number.
    New { id: OperationId, number: usize },
    /// Somebody with one of these roles is waited for, until then, or it is being done.
    Open { id: OperationId, awaits: Option<(Vec<String>, Timestamp)> },
    /// A person refused.
    Refused { id: OperationId, answer: Box<Answer> },
}

/// Looks whether this end was asked for before.
///
/// What nobody can approve is asked for anew once the rules, by their `ruling` now, want what somebody can.
pub(crate) async fn find(
    ledger: &dyn Ledger,
    ending: &Ending<'_>,
    ruling: &Ruling,
    now: Timestamp,
) -> Result<Asking, StorageError> {
    let number = ledger.list(&folder(ending)).await?.len();
    let next = |number| Asking::New { id: id(ending, number), number };
    let Some(last) = number.checked_sub(1) else { return Ok(next(0)) };
    let id = id(ending, last);
    let Some(asked) = ledger.document::<Asked>(&records::asked(id)).await? else {
        // The process that was to write it died.
        return Ok(next(last));
    };
    let approval = approval(&asked);
    if let Some(answer) = ledger.document::<Answer>(&records::answered(id)).await? {
        if answer.withdraws() {
            return Ok(next(number));
        }
        if !answer.approved {
            return Ok(Asking::Refused { id, answer: Box::new(answer) });
        }
        let is_over = ledger.document::<OperationStatus>(&records::ended(id)).await?.is_some();
        return Ok(if is_over { next(number) } else { Asking::Open { id, awaits: None } });
    }
    let somebody_can = |roles: &[String]| nobody_can_approve(roles).is_none();
    let is_mended = somebody_can(&approvers(ending.kind, ruling));
    Ok(match approval {
        Some((roles, until)) if now <= until && (somebody_can(&roles) || !is_mended) => {
            Asking::Open { id, awaits: Some((roles, until)) }
        }
        Some(_) | None => next(number),
    })
}

/// Writes what is asked for, where approvals are listed and operations are gone on with.
pub(crate) async fn ask(
    ledger: &dyn Ledger,
    ending: &Ending<'_>,
    number: usize,
    review: &Review,
    now: Timestamp,
) -> Result<(), StorageError> {
    let Some(operation) = action(ending.kind) else { return Ok(()) };
    let id = id(ending, number);
    let stage = Stage::Alter { instance: ending.instance.clone(), lifecycle: ending.lifecycle };
    let asked = Asked {
        id,
        at: now,
        resource: ending.target.resource.clone(),
        workload: ending.target.workload,
        instance: ending.instance.clone(),
        operation,
        why: Some(format!("it is not to be protected any more: {}", ending.cause)),
        until: None,
        dry_run: false,
        by: holdfast(),
        judgement: Judgement { ruling: review.ruling.clone(), record: review.record.clone() },
        plan: OperationPlan { stages: vec![stage], notes: Vec::new() },
        hold: None,
    };
    let body = body(id, &asked)?;
    // Pointers first, as for what people ask.
    let mut entries = vec![
        pointer(format!("{}{number:06}-{id}.json", folder(ending)), id),
        pointer(Mark::Asked.path(id, now), id),
    ];
    if let Some((_, until)) = approval(&asked) {
        entries.push(pointer(records::awaited(id, until), id));
        entries.push(pointer(withdrawn::waiting(ending.target, id, until), id));
    }
    entries.push(Entry::of(records::asked(id), &body));
    for entry in &entries {
        ledger.append(entry).await?;
    }
    Ok(())
}

pub(super) fn body(id: OperationId, document: &impl Serialize) -> Result<Value, StorageError> {
    serde_json::to_value(document).map_err(|error| StorageError {
        action: format!("write operation `{id}`"),
        detail: error.to_string(),
    })
}

/// Roles of which one may agree to what waits for a person.
pub(crate) fn approvers(kind: OperationKind, ruling: &Ruling) -> Vec<String> {
    let named = match ruling {
        Ruling::NeedsApproval { roles, .. } => roles.as_slice(),
        Ruling::Allow | Ruling::Deny { .. } => &[],
    };
    approver_roles(kind, named)
}

fn action(kind: OperationKind) -> Option<Action> {
    match kind {
        OperationKind::StopAndRetain => Some(Action::StopAndRetain),
        OperationKind::StopAndDelete => Some(Action::StopAndDelete),
        OperationKind::Suspend => Some(Action::Suspend),
        OperationKind::Backup
        | OperationKind::Restore
        | OperationKind::Resume
        | OperationKind::ChangePolicy => None,
    }
}

/// Numbered pointers to what was asked for one instance and cause.
fn folder(ending: &Ending<'_>) -> String {
    format!("endings/{}/", digest::of(&json!([ending.instance.key(), ending.kind.name(), ending.cause])))
}

fn id(ending: &Ending<'_>, number: usize) -> OperationId {
    OperationId::of_key(HOLDFAST, &format!("{}{number}", folder(ending)))
}

impl Operations {
    /// Resumes what we ended, where the rules have come to protect it while Azure was at it: whoever looked meanwhile found it
    /// protected still. That is an operation of its own, so it is asked for once and carried out whoever dies.
    pub(super) async fn take_back(&self, history: &History, now: Timestamp) -> Result<(), OperationError> {
        let Asked { id, by, operation, .. } = &history.asked;
        if by.id != HOLDFAST || !operation.ends_protection() {
            return Ok(());
        }
        if !matches!(self.decided_by_now(history, now).await?, ByNow::Protected) {
            return Ok(());
        }
        let target = history.asked.target();
        let ask = Ask {
            id: OperationId::of_key(HOLDFAST, &format!("{id}-taken-back")),
            resource: target.resource.clone(),
            workload: target.named(),
            action: Action::Resume,
            why: Some("the rules protect it again".to_owned()),
            until: None,
            dry_run: false,
            caller: holdfast(),
        };
        match Box::pin(self.ask(ask, now)).await {
            // What is deleted is for the next sweep, as is what Azure refuses, and what nobody sees stopped is as it should be.
            Ok(_)
            | Err(OperationError::Impossible(_) | OperationError::Azure(AzureError::Refused { .. })) => {
                Ok(())
            }
            Err(error) => Err(error),
        }
    }
}
