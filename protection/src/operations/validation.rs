//! Validation: nothing is started that Azure refuses to validate.

use std::time::Duration;

use jiff::Timestamp;

use super::advance::Step;
use super::attempts::{is_used_up, used_up};
use super::given::{Given, awaits, not_allowed, not_heeded, unknown_gap};
use super::history::History;
use super::records::StageRecord;
use super::refusal::failed;
use super::{OperationError, OperationStatus, Operations, Stage};
use crate::operation::{OperationState, Started};
use crate::{AzureError, Refusal, RefusalKind};

/// The first pause between two validations that miss a role; it grows with each.
const FIRST_PAUSE: Duration = Duration::from_secs(15);
const LONGEST_PAUSE: Duration = Duration::from_secs(120);

impl Operations {
    /// Starts a validation, or asks how far the last one is.
    pub(super) async fn validate(
        &self,
        history: &History,
        at: usize,
        stage: &Stage,
        now: Timestamp,
    ) -> Result<Step, OperationError> {
        let attempts = history.stage(at).attempts;
        match attempts.last() {
            Some(StageRecord::Begun { operation: Some(operation), .. }) => {
                let attempt = attempts.len() - 1;
                match self.azure.operation(operation).await? {
                    OperationState::Running { retry_after } => {
                        Ok(Step::Wait(OperationStatus::Validating, retry_after))
                    }
                    OperationState::Succeeded { .. } => self.validated(history, at, now).await,
                    OperationState::Failed(refusal) => self.refused(history, at, attempt, refusal, now).await,
                    OperationState::Gone => {
                        let message = "Azure forgot the validation".to_owned();
                        self.note(history, at, attempt, StageRecord::missed(now, message)).await?;
                        if is_used_up(&attempts) {
                            return Ok(used_up(&attempts, stage));
                        }
                        self.start_validation(history, at, attempts.len(), stage, now).await
                    }
                }
            }
            Some(StageRecord::Missed { at: missed, message, .. }) => {
                let pause = pause_after(attempts.len());
                let waited = since(*missed, now);
                if waited < pause {
                    return Ok(Step::Wait(awaits(history, message), pause - waited));
                }
                self.start_validation(history, at, attempts.len(), stage, now).await
            }
            Some(StageRecord::Begun { operation: None, .. } | StageRecord::Done { .. }) => {
                self.validated(history, at, now).await
            }
            Some(StageRecord::Claimed { .. }) | None => {
                self.start_validation(history, at, attempts.len(), stage, now).await
            }
        }
    }

    async fn start_validation(
        &self,
        history: &History,
        at: usize,
        attempt: usize,
        stage: &Stage,
        now: Timestamp,
    ) -> Result<Step, OperationError> {
        let started = match stage {
            Stage::ValidateRestore { order } => {
                self.azure.backups_of(&order.instance)?.validate_restore(order).await
            }
            Stage::ValidateMove { change } => {
                self.azure.backups_of(&change.instance)?.validate_move(change).await
            }
            Stage::Grant { .. }
            | Stage::Prepare { .. }
            | Stage::Restore { .. }
            | Stage::Backup { .. }
            | Stage::Move { .. }
            | Stage::Alter { .. }
            | Stage::Undelete { .. }
            | Stage::MakePolicy { .. }
            | Stage::AwaitGuard { .. }
            | Stage::OpenFiles { .. }
            | Stage::CloseFiles { .. }
            | Stage::Archive { .. }
            | Stage::CancelJob { .. } => Ok(Started::Done),
        };
        match started {
            Ok(Started::Done) => self.validated(history, at, now).await,
            Ok(Started::Running { operation, retry_after }) => {
                let begun = StageRecord::Begun {
                    at: now,
                    operation: Some(operation),
                    retry_after: retry_after.as_secs(),
                    job: None,
                };
                self.note(history, at, attempt, begun).await?;
                Ok(Step::Wait(OperationStatus::Validating, retry_after))
            }
            Err(AzureError::Refused { refusal, .. }) => {
                self.refused(history, at, attempt, refusal, now).await
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn validated(&self, history: &History, at: usize, now: Timestamp) -> Result<Step, OperationError> {
        self.note(history, at, 0, StageRecord::Done { at: now, job: None, not_granted: Vec::new() }).await?;
        Ok(Step::Next)
    }

    /// Azure would refuse it: for good, or until roles count.
    async fn refused(
        &self,
        history: &History,
        at: usize,
        attempt: usize,
        refusal: Refusal,
        now: Timestamp,
    ) -> Result<Step, OperationError> {
        if refusal.kind != RefusalKind::MissingPermission {
            return Ok(Step::Over(failed(&refusal, None)));
        }
        let given = Given::of(history);
        if !given.refused.is_empty() {
            return Ok(Step::Over(not_allowed(history, None, refusal)));
        }
        if history.asked.dry_run {
            return Ok(Step::Over(match given.is_empty() {
                true => unknown_gap(refusal),
                // Just what the operation does about it when it is not a dry run.
                false => OperationStatus::Validated { granted_first: given.roles },
            }));
        }
        let first = history.stage(at).attempts.first().map_or(now, time_of);
        if since(first, now) >= given.longest_wait(&refusal) {
            return Ok(Step::Over(match given.is_empty() {
                true => unknown_gap(refusal),
                false => not_heeded(history, since(first, now), refusal),
            }));
        }
        let message = refusal.message;
        self.note(history, at, attempt, StageRecord::missed(now, message.clone())).await?;
        Ok(Step::Wait(awaits(history, &message), pause_after(attempt + 1)))
    }
}

/// How long to wait after so many attempts that came to nothing.
pub(super) fn pause_after(attempts: usize) -> Duration {
    let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or(u32::MAX).min(8);
    FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(doublings)).min(LONGEST_PAUSE)
}

pub(super) fn since(then: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(then)).unwrap_or(Duration::ZERO)
}

pub(super) fn time_of(record: &StageRecord) -> Timestamp {
    match record {
        StageRecord::Claimed { at }
        | StageRecord::Begun { at, .. }
        | StageRecord::Missed { at, .. }
        | StageRecord::Done { at, .. } => *at,
    }
}
