//! The calls that change something: claimed, made, followed to their end.

use std::time::Duration;

use jiff::Timestamp;

use super::advance::Step;
use super::attempts::{is_unanswered_for_good, next_attempt, pause_without_answer, used_up};
use super::claim::CLAIM_HOLDS;
use super::guarded::awaiting;
use super::history::History;
use super::records::StageRecord;
use super::refusal::{failed, failure, impossible};
use super::started::{listed_late, shows_within};
use super::validation::{since, time_of};
use super::{OperationError, OperationStatus, Operations, Stage};
use crate::family::Family;
use crate::instance::ProtectionState;
use crate::lifecycle::LifecycleChange;
use crate::operation::{OperationState, Started};
use crate::ports::Written;
use crate::{AzureError, ResourceId};

/// How long to wait for the process that is making the call.
const GLANCE: Duration = Duration::from_secs(5);

impl Operations {
    /// Makes the call of a stage, or follows it.
    pub(super) async fn call(
        &self,
        history: &History,
        at: usize,
        stage: &Stage,
        now: Timestamp,
    ) -> Result<Step, OperationError> {
        let attempts = history.stage(at).attempts;
        match attempts.last() {
            None => self.claim_if_wanted(history, at, 0, stage, now).await,
            Some(StageRecord::Missed { guarded, .. }) => match next_attempt(&attempts, stage, now) {
                Ok(()) => self.claim_if_wanted(history, at, attempts.len(), stage, now).await,
                Err(step) => Ok(match *step {
                    Step::Wait(_, left) if *guarded => Step::Wait(awaiting(history, None), left),
                    other => other,
                }),
            },
            Some(StageRecord::Claimed { at: claimed }) => {
                self.unanswered(history, at, &attempts, stage, *claimed, now).await
            }
            Some(StageRecord::Begun { operation: Some(operation), .. }) => {
                match self.azure.operation(operation).await? {
                    OperationState::Running { retry_after } => {
                        Ok(Step::Wait(OperationStatus::Running { job: None }, retry_after))
                    }
                    OperationState::Succeeded { job } => {
                        let begun = attempts.last().map_or(now, time_of);
                        let vault = Family::vault_of(&history.asked.instance);
                        let job = job.zip(vault).and_then(|(job, vault)| job.in_vault(&vault));
                        self.taken(history, at, stage, job, begun, now).await
                    }
                    OperationState::Failed(refusal) => Ok(Step::Over(failed(&refusal, None))),
                    OperationState::Gone => {
                        let begun = attempts.last().map_or(now, time_of);
                        self.forgotten(history, at, stage, begun, now).await
                    }
                }
            }
            Some(StageRecord::Begun { at: begun, operation: None, job, .. }) => {
                self.taken(history, at, stage, job.clone(), *begun, now).await
            }
            Some(StageRecord::Done { job, .. }) => self.done(history, at, job.clone(), now).await,
        }
    }

    /// Claims the call and makes it, unless somebody else does.
    pub(super) async fn claim(
        &self,
        history: &History,
        at: usize,
        attempt: usize,
        stage: &Stage,
        now: Timestamp,
    ) -> Result<Step, OperationError> {
        if let Stage::Restore { order } = stage
            && let Err(taken) = self.take_slot(history.asked.id, order, now).await?
        {
            return Ok(Step::Over(impossible(taken)));
        }
        if self.note(history, at, attempt, StageRecord::Claimed { at: now }).await? == Written::AlreadyThere {
            return Ok(Step::Wait(OperationStatus::Running { job: None }, GLANCE));
        }
        match self.make(stage).await {
            Ok(Some(Started::Running { operation, retry_after })) => {
                let begun = StageRecord::Begun {
                    at: now,
                    operation: Some(operation),
                    retry_after: retry_after.as_secs(),
                    job: None,
                };
                self.note(history, at, attempt, begun).await?;
                Ok(Step::Wait(OperationStatus::Running { job: None }, retry_after))
            }
            Ok(Some(Started::Done)) => {
                let begun = StageRecord::Begun { at: now, operation: None, retry_after: 0, job: None };
                self.note(history, at, attempt, begun).await?;
                self.taken(history, at, stage, None, now, now).await
            }
            Ok(None) => Ok(Step::Over(failure(
                "NothingToUndelete",
                "there is no soft-deleted backup instance any more",
                "its backups are purged; protect the resource again",
            ))),
            Err(AzureError::Refused { refusal, .. }) if refusal.is_of_a_guard() => {
                self.shut_out(history, at, attempt, &refusal, now).await
            }
            Err(AzureError::Refused { refusal, .. }) => Ok(Step::Over(failed(&refusal, None))),
            Err(error) => self.not_taken(history, at, attempt, error, now).await,
        }
    }

    /// The call itself; `None` if there is nothing that it could be made on.
    async fn make(&self, stage: &Stage) -> Result<Option<Started>, AzureError> {
        match stage {
            Stage::Restore { order } => {
                self.azure.backups_of(&order.instance)?.restore(order).await.map(Some)
            }
            Stage::Backup { order } => {
                self.azure.backups_of(order.instance())?.back_up(order).await.map(Some)
            }
            Stage::Move { change } => {
                self.azure.backups_of(&change.instance)?.move_instance(change).await.map(Some)
            }
            Stage::Alter { instance, lifecycle } => {
                self.azure.backups_of(instance)?.alter(instance, *lifecycle).await.map(Some)
            }
            Stage::Undelete { instance } => self.azure.backups_of(instance)?.undelete(instance).await,
            Stage::OpenFiles { session } => {
                self.azure.backups_of(&session.instance)?.open_files(session).await.map(Some)
            }
            Stage::CloseFiles { session } => {
                self.azure.backups_of(&session.instance)?.close_files(session).await.map(Some)
            }
            Stage::Archive { instance, point } => {
                self.azure.backups_of(instance)?.archive(instance, point).await.map(Some)
            }
            Stage::CancelJob { job } => self.azure.backups_of(job)?.cancel(job).await.map(Some),
            Stage::Grant { .. }
            | Stage::Prepare { .. }
            | Stage::ValidateRestore { .. }
            | Stage::ValidateMove { .. }
            | Stage::MakePolicy { .. }
            | Stage::AwaitGuard { .. } => Ok(Some(Started::Done)),
        }
    }

    /// No usable answer: where Azure surely did not take the call, it may be made again.
    async fn not_taken(
        &self,
        history: &History,
        at: usize,
        attempt: usize,
        error: AzureError,
        now: Timestamp,
    ) -> Result<Step, OperationError> {
        match &error {
            AzureError::Throttled { retry_after, .. } => {
                let until = now.checked_add(*retry_after).unwrap_or(now);
                let message = error.to_string();
                let record =
                    StageRecord::Missed { at: now, message, throttled_until: Some(until), guarded: false };
                self.note(history, at, attempt, record).await?;
                Ok(Step::Wait(OperationStatus::Running { job: None }, *retry_after))
            }
            AzureError::Unauthenticated { .. } | AzureError::Unsendable { .. } => {
                self.note(history, at, attempt, StageRecord::missed(now, error.to_string())).await?;
                Err(error.into())
            }
            // It may have been taken: the claim stays until Azure can tell.
            AzureError::Unavailable { .. } | AzureError::Unreadable { .. } | AzureError::Refused { .. } => {
                Ok(Step::Wait(OperationStatus::Running { job: None }, CLAIM_HOLDS))
            }
        }
    }

    /// A claim without a call: of somebody who is at it, or who died.
    async fn unanswered(
        &self,
        history: &History,
        at: usize,
        attempts: &[StageRecord],
        stage: &Stage,
        claimed: Timestamp,
        now: Timestamp,
    ) -> Result<Step, OperationError> {
        if Self::holds(claimed, now) {
            let left = CLAIM_HOLDS.saturating_sub(since(claimed, now));
            return Ok(Step::Wait(OperationStatus::Running { job: None }, left));
        }
        let attempt = attempts.len().saturating_sub(1);
        if let Some(job) = self.adopted(history, stage, claimed).await? {
            let begun =
                StageRecord::Begun { at: now, operation: None, retry_after: 0, job: Some(job.clone()) };
            self.note(history, at, attempt, begun).await?;
            return self.done(history, at, Some(job), now).await;
        }
        if self.shows(stage).await? {
            return self.done(history, at, None, now).await;
        }
        if let Some(step) = listed_late(stage, claimed, now) {
            return Ok(step);
        }
        let left = pause_without_answer(attempts).saturating_sub(since(claimed, now));
        if !left.is_zero() {
            return Ok(Step::Wait(OperationStatus::Running { job: None }, left));
        }
        if self.may_still_end(history, claimed, now).await? {
            return Ok(Step::Wait(OperationStatus::Running { job: None }, CLAIM_HOLDS));
        }
        let message = "the instance that claimed the call did not make it".to_owned();
        self.note(history, at, attempt, StageRecord::missed(now, message)).await?;
        if is_unanswered_for_good(attempts) {
            return Ok(used_up(attempts, stage));
        }
        self.claim_if_wanted(history, at, attempts.len(), stage, now).await
    }

    /// Azure knows the operation no longer: the job, or the instance, tells how it went.
    async fn forgotten(
        &self,
        history: &History,
        at: usize,
        stage: &Stage,
        begun: Timestamp,
        now: Timestamp,
    ) -> Result<Step, OperationError> {
        if let Some(job) = self.adopted(history, stage, begun).await? {
            return self.done(history, at, Some(job), now).await;
        }
        if self.shows(stage).await? {
            return self.done(history, at, None, now).await;
        }
        let waited = since(begun, now);
        if waited < shows_within(stage) {
            let after = (waited / 4).max(GLANCE);
            return Ok(Step::Wait(OperationStatus::Running { job: None }, after));
        }
        Ok(Step::Over(failure(
            "OperationLost",
            format!("Azure no longer knows the operation, and nothing shows its result: {stage}"),
            "see the jobs of the vault; ask again if it was not done",
        )))
    }

    /// Whether the instance shows that the stage was done, for those that leave a mark on it.
    pub(super) async fn shows(&self, stage: &Stage) -> Result<bool, OperationError> {
        let state = |instance| async move {
            let seen = self.azure.backups_of(instance)?.instance(instance).await?;
            Ok::<_, OperationError>(seen)
        };
        Ok(match stage {
            Stage::Alter { instance, lifecycle } => {
                let now = state(instance).await?.map(|seen| seen.state);
                match lifecycle {
                    LifecycleChange::StopProtection => now == Some(ProtectionState::Stopped),
                    LifecycleChange::SuspendBackups => now == Some(ProtectionState::Suspended),
                    LifecycleChange::ResumeProtection | LifecycleChange::ResumeBackups => {
                        now == Some(ProtectionState::Configured)
                    }
                    LifecycleChange::Delete => matches!(now, None | Some(ProtectionState::SoftDeleted)),
                }
            }
            Stage::Undelete { instance } => {
                state(instance).await?.is_some_and(|seen| seen.state != ProtectionState::SoftDeleted)
            }
            Stage::Move { change } => state(&change.instance)
                .await?
                .is_some_and(|seen| seen.policy.as_ref() == Some(&change.policy)),
            Stage::Archive { instance, point } => {
                let seen = self.azure.backups_of(instance)?.point(instance, point).await?;
                seen.is_some_and(|point| point.is_archived())
            }
            Stage::CancelJob { job } => {
                let seen = self.azure.backups_of(job)?.job(job).await?;
                seen.is_none_or(|job| job.has_ended() || job.status.eq_ignore_ascii_case("Cancelling"))
            }
            Stage::Restore { .. }
            | Stage::Backup { .. }
            | Stage::Grant { .. }
            | Stage::Prepare { .. }
            | Stage::ValidateRestore { .. }
            | Stage::ValidateMove { .. }
            | Stage::MakePolicy { .. }
            | Stage::AwaitGuard { .. }
            | Stage::OpenFiles { .. }
            | Stage::CloseFiles { .. } => false,
        })
    }

    pub(super) async fn done(
        &self,
        history: &History,
        at: usize,
        job: Option<ResourceId>,
        now: Timestamp,
    ) -> Result<Step, OperationError> {
        self.note(history, at, 0, StageRecord::Done { at: now, job, not_granted: Vec::new() }).await?;
        Ok(Step::Next)
    }
}
