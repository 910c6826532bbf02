//! Asking: is it possible as things are, what do the rules say, write it down, begin.

use holdfast_evaluator::{Review, Ruling};
use jiff::{SignedDuration, Timestamp};

use super::approver::{approver_roles, is_same_caller, nobody_can_approve};
use super::plan::refuse_nothing;
use super::records::{self, Mark, pointer};
use super::subject::Subject;
use super::{Ask, Asked, HoldTerms, Judgement, Operation, OperationError, OperationId, Operations};
use crate::impossible::Impossible;
use crate::ports::Written;

impl Operations {
    /// Takes an operation: judged, recorded, and begun if nobody has to agree first.
    ///
    /// Asked twice under one id, it is one operation. What is impossible as things are is refused and not recorded.
    pub async fn ask(&self, ask: Ask, now: Timestamp) -> Result<Operation, OperationError> {
        if let Some(known) = self.read::<Asked>(&records::asked(ask.id)).await? {
            return self.same(known, &ask, now).await;
        }
        let subject = self.subject(&ask, now).await?;
        let mut plan = self.plan(&ask.action, &subject, now).await?;
        let hold = self.terms(&ask, &plan, &subject, now).await?;
        if plan.stages.is_empty() && !self.says_more(&ask, hold.as_ref(), &subject, now).await? {
            refuse_nothing(&ask.action, &subject.instance)?;
        }
        plan.notes.extend(hold.as_ref().map(HoldTerms::note));
        let Review { ruling, record } = self.review(&ask, &subject, hold.as_ref(), now).await?;
        let mut asked = Asked {
            id: ask.id,
            at: now,
            resource: ask.resource.clone(),
            workload: subject.target().workload,
            instance: subject.instance.id.clone(),
            operation: ask.action.clone(),
            why: ask.why.clone(),
            until: ask.until,
            dry_run: ask.dry_run,
            by: ask.caller.clone(),
            judgement: Judgement { ruling, record },
            plan,
            hold,
        };
        match waits_in_vain(&asked) {
            // The roles are recorded with it: better rules would come too late for it.
            Some(nobody) if !ask.dry_run => return Err(nobody.into()),
            nobody => asked.plan.notes.extend(nobody.map(|nobody| nobody.to_string())),
        }
        // Pointers first: a pointer to nothing is passed over, but an operation without one would not be found.
        self.point_to(&asked).await?;
        match self.write(records::asked(ask.id), &asked).await? {
            Written::New => self.advance(ask.id, now).await,
            Written::AlreadyThere => match self.read::<Asked>(&records::asked(ask.id)).await? {
                Some(known) => self.same(known, &ask, now).await,
                None => Err(OperationError::Unknown(ask.id.to_string())),
            },
        }
    }

    /// Whether what asks Azure for nothing is more than was said already: against the rules, and not held so yet, or
    /// until a time of its own.
    async fn says_more(
        &self,
        ask: &Ask,
        hold: Option<&HoldTerms>,
        subject: &Subject,
        now: Timestamp,
    ) -> Result<bool, OperationError> {
        if hold.is_none() || ask.until.is_some() {
            return Ok(hold.is_some());
        }
        let held = self.hold(subject.target(), now).await?;
        Ok(held.is_none_or(|held| Some(held.act) != ask.action.act()))
    }

    /// The operation that is known under this id, if it is the one that is asked for.
    async fn same(&self, known: Asked, ask: &Ask, now: Timestamp) -> Result<Operation, OperationError> {
        let same_workload =
            ask.workload.is_none() || known.workload.is_none() || known.workload == ask.workload;
        let is_same = known.resource == ask.resource
            && same_workload
            && known.operation == ask.action
            && known.until == ask.until
            && known.dry_run == ask.dry_run
            && is_same_caller(&known.by.id, &ask.caller.id);
        if !is_same {
            return Err(OperationError::KeyReused(ask.id.to_string()));
        }
        self.advance(known.id, now).await
    }

    async fn point_to(&self, asked: &Asked) -> Result<(), OperationError> {
        let Asked { id, at, .. } = asked;
        self.ledger.append(&pointer(Mark::Asked.path(*id, *at), *id)).await?;
        if let Some((_, until)) = approval(asked) {
            self.ledger.append(&pointer(records::awaited(*id, until), *id)).await?;
        }
        Ok(())
    }
}

/// Why nobody can ever agree to it, and which rules want that; none if somebody may, or nobody has to.
fn waits_in_vain(asked: &Asked) -> Option<Impossible> {
    let (roles, _) = approval(asked)?;
    let nobody = nobody_can_approve(&roles)?;
    let message = format!("{}; {}", asked.judgement.record.summary, nobody.message);
    Some(Impossible { message, ..nobody })
}

/// Roles of which an approver must have one, and until when, if approval is needed.
pub(super) fn approval(asked: &Asked) -> Option<(Vec<String>, Timestamp)> {
    match &asked.judgement.ruling {
        Ruling::NeedsApproval { roles, within_hours } => {
            let time = SignedDuration::from_hours(i64::from(*within_hours));
            let roles = approver_roles(asked.operation.kind(), roles);
            Some((roles, asked.at.checked_add(time).unwrap_or(Timestamp::MAX)))
        }
        Ruling::Allow | Ruling::Deny { .. } => None,
    }
}

impl OperationId {
    /// The last part of a pointer's path.
    pub(super) fn of_pointer(path: &str) -> Option<Self> {
        let name = path.rsplit('/').next()?.strip_suffix(".json")?;
        let at = name.len().checked_sub(36)?;
        name.get(at..)?.parse().ok()
    }
}
