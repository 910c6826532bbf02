//! Going on: one operation, from wherever it is, as far as it goes without waiting.

use std::time::Duration;

use holdfast_evaluator::Ruling;
use jiff::Timestamp;

use super::ask::approval;
use super::history::History;
use super::list::underway;
use super::progress::Progress;
use super::records::StageRecord;
use super::refusal::failed;
use super::started::out_of_sight;
use super::{Operation, OperationError, OperationId, OperationStatus, Operations, Stage};
use crate::family::Family;
use crate::job::Job;
use crate::ports::Written;
use crate::roles::RoleGrant;
use crate::{AzureError, RefusalKind, ResourceId};

/// Where going on has come to.
pub(super) enum Step {
    /// The stage is done; the next one can begin.
    Next,
    /// It has to be looked at again, later.
    Wait(OperationStatus, Duration),
    /// It is over.
    Over(OperationStatus),
}

/// How often it is worth asking for a job: Azure's own tools ask every half minute.
const JOB_PAUSE: Duration = Duration::from_secs(30);

impl Operations {
    /// An operation as it stands now; changes nothing but what time alone changes.
    pub async fn show(&self, id: OperationId, now: Timestamp) -> Result<Operation, OperationError> {
        let history = self.history(id).await?;
        let status = match (&history.ended, before_beginning(&history, now)) {
            (Some(ended), _) => ended.clone(),
            (None, Some(status)) => status,
            (None, None) => underway(&history),
        };
        Ok(shown(history, status, None))
    }

    /// Goes on with an operation as far as it goes without waiting, and shows it.
    ///
    /// Safe to call by anybody, at any time, by several at once.
    pub async fn advance(&self, id: OperationId, now: Timestamp) -> Result<Operation, OperationError> {
        let mut history = self.history(id).await?;
        if let Some(ended) = &history.ended {
            let status = ended.clone();
            return Ok(shown(history, status, None));
        }
        if self.withdraw_if_vain(&history, now).await? {
            history = self.history(id).await?;
        }
        if let Some(status) = before_beginning(&history, now) {
            let status = if status.is_over() { self.end(&history, status).await? } else { status };
            return Ok(shown(history, status, None));
        }
        for at in 0..history.asked.plan.stages.len() {
            if history.done(at).is_some() {
                continue;
            }
            let Some(stage) = history.asked.plan.stages.get(at).cloned() else { break };
            if history.asked.dry_run && !stage.only_asks() {
                continue;
            }
            match self.work_on(&history, at, &stage, now).await? {
                Step::Next => history = self.history(id).await?,
                Step::Wait(status, after) => return Ok(shown(history, status, Some(after))),
                Step::Over(status) => {
                    let status = self.give_up(&history, status, now).await?;
                    return Ok(shown(history, status, None));
                }
            }
        }
        match self.hold_without_a_call(&history, now).await? {
            Some(status) => {
                let status = self.give_up(&history, status, now).await?;
                Ok(shown(history, status, None))
            }
            None => self.finish(history, now).await,
        }
    }

    async fn work_on(
        &self,
        history: &History,
        at: usize,
        stage: &Stage,
        now: Timestamp,
    ) -> Result<Step, OperationError> {
        if history.stage(at).attempts.is_empty()
            && let Some(status) = self.before_the_first_write(history, stage, now).await?
        {
            return Ok(Step::Over(status));
        }
        match stage {
            Stage::Grant { roles, .. } => self.grant(history, at, roles, now).await,
            Stage::Prepare { preparation } => self.prepare(history, at, (stage, preparation), now).await,
            Stage::ValidateRestore { .. } | Stage::ValidateMove { .. } => {
                self.validate(history, at, stage, now).await
            }
            Stage::Restore { .. }
            | Stage::Backup { .. }
            | Stage::Move { .. }
            | Stage::Alter { .. }
            | Stage::Undelete { .. }
            | Stage::OpenFiles { .. }
            | Stage::CloseFiles { .. }
            | Stage::Archive { .. }
            | Stage::CancelJob { .. } => self.call(history, at, stage, now).await,
            Stage::MakePolicy { id, spec } => self.make_policy(history, at, id, spec, now).await,
            Stage::AwaitGuard { vault, guard } => self.await_guard(history, at, (vault, guard), now).await,
        }
    }

    /// Grants what may be granted; what may not is noted, and Azure's validation says whether it matters.
    async fn grant(
        &self,
        history: &History,
        at: usize,
        roles: &[RoleGrant],
        now: Timestamp,
    ) -> Result<Step, OperationError> {
        let mut not_granted = Vec::new();
        for role in roles {
            match self.azure.grant(role).await {
                Ok(()) => {}
                Err(AzureError::Refused { refusal, .. }) if refusal.status == 403 => {
                    not_granted.push(role.clone())
                }
                // Another try would be refused as well.
                Err(AzureError::Refused { refusal, .. }) if refusal.kind == RefusalKind::Quota => {
                    return Ok(Step::Over(failed(&refusal, None)));
                }
                Err(error) => return Err(error.into()),
            }
        }
        self.note(history, at, 0, StageRecord::Done { at: now, job: None, not_granted }).await?;
        Ok(Step::Next)
    }

    /// All stages are done: the job that they started, if they did, says how it ends.
    async fn finish(&self, history: History, now: Timestamp) -> Result<Operation, OperationError> {
        let (status, after) = match history.job() {
            _ if history.asked.dry_run => (OperationStatus::Validated { granted_first: Vec::new() }, None),
            None => (OperationStatus::Succeeded { job: None, note: None }, None),
            Some((id, begun)) => match self.job(&history, &id).await? {
                Some(job) => match ended(&id, &job) {
                    Some(status) => (status, None),
                    None => (OperationStatus::Running { job: Some(id) }, Some(JOB_PAUSE)),
                },
                None => out_of_sight(Some(id), begun, now),
            },
        };
        let has_failed = matches!(status, OperationStatus::Failed { .. });
        let status = match after {
            Some(_) => status,
            None if has_failed => self.give_up(&history, status, now).await?,
            None => {
                self.replace_holds(&history, now).await?;
                self.take_back(&history, now).await?;
                self.end(&history, status).await?
            }
        };
        Ok(shown(history, status, after))
    }

    async fn job(&self, history: &History, id: &ResourceId) -> Result<Option<Job>, AzureError> {
        let order = history.asked.plan.stages.iter().find_map(|stage| match stage {
            Stage::Restore { order } => Some(order),
            Stage::Grant { .. }
            | Stage::Prepare { .. }
            | Stage::ValidateRestore { .. }
            | Stage::Backup { .. }
            | Stage::ValidateMove { .. }
            | Stage::Move { .. }
            | Stage::Alter { .. }
            | Stage::Undelete { .. }
            | Stage::MakePolicy { .. }
            | Stage::AwaitGuard { .. }
            | Stage::OpenFiles { .. }
            | Stage::CloseFiles { .. }
            | Stage::Archive { .. }
            | Stage::CancelJob { .. } => None,
        });
        match (order, Family::vault_of(&history.asked.instance)) {
            (Some(order), Some(vault)) => self.restore_job(order, &vault, id).await,
            _ => self.azure.backups_of(id)?.job(id).await,
        }
    }

    /// Writes what was done of a stage.
    pub(super) async fn note(
        &self,
        history: &History,
        stage: usize,
        attempt: usize,
        record: StageRecord,
    ) -> Result<Written, OperationError> {
        let path = record.path(history.asked.id, stage, attempt);
        self.write(path, &record).await
    }
}

/// How far it is before anything may begin; none if it may.
fn before_beginning(history: &History, now: Timestamp) -> Option<OperationStatus> {
    if let Ruling::Deny { reasons } = &history.asked.judgement.ruling {
        return Some(OperationStatus::Denied { reasons: reasons.clone() });
    }
    // A dry run does nothing that somebody would have to agree to.
    let (roles, until) = approval(&history.asked).filter(|_| !history.asked.dry_run)?;
    match &history.answer {
        Some(answer) if answer.approved => None,
        Some(answer) => Some(OperationStatus::Rejected { by: answer.by.clone(), why: answer.why.clone() }),
        None if now > until => Some(OperationStatus::Expired),
        None => Some(OperationStatus::AwaitsApproval { roles, until }),
    }
}

/// How a job ended, if it did.
fn ended(id: &ResourceId, job: &Job) -> Option<OperationStatus> {
    if !job.has_ended() {
        return None;
    }
    if job.has_succeeded() {
        let warnings: Vec<&str> = job.warnings.iter().map(|one| one.message.as_str()).collect();
        let note = (!warnings.is_empty()).then(|| warnings.join(" "));
        return Some(OperationStatus::Succeeded { job: Some(id.clone()), note });
    }
    Some(match job.errors.first() {
        Some(refusal) => failed(refusal, Some(id.clone())),
        None => OperationStatus::Failed {
            code: format!("Job{}", job.status),
            message: format!("the job ended as {} without a reason", job.status),
            way_out: "see the job in the vault".to_owned(),
            job: Some(id.clone()),
            azure: None,
        },
    })
}

fn shown(history: History, status: OperationStatus, after: Option<Duration>) -> Operation {
    let retry_after = after.map(|after| after.as_secs().max(1));
    let progress = Progress::of(&history, &status);
    Operation { asked: history.asked, answer: history.answer, status, retry_after, progress }
}
