//! Validation: nothing is started that Azure refuses to validate.

use std::time::Duration;

use jiff::Timestamp;

use super::advance::Step;
use super::given::{Given, awaits, not_allowed, not_heeded, unknown_gap};
use super::papers::Paper;
use super::refusal::failed;
use super::story::Story;
use super::{OperationError, Operations, Stage, Standing};
use crate::operation::{OperationState, Started};
use crate::{AzureError, Refusal, RefusalKind};

/// The first pause between two validations that miss a role; it grows with each.
const FIRST_PAUSE: Duration = Duration::from_secs(15);
const LONGEST_PAUSE: Duration = Duration::from_secs(120);

impl Operations {
    /// Starts a validation, or asks how the last one stands.
    pub(super) async fn validate(
        &self,
        story: &Story,
        at: usize,
        stage: &Stage,
        now: Timestamp,
    ) -> Result<Step, OperationError> {
        let attempts = story.stage(at).attempts;
        match attempts.last() {
            Some(Paper::Begun { operation: Some(operation), .. }) => {
                let attempt = attempts.len() - 1;
                match self.azure.operation(operation).await? {
                    OperationState::Running { retry_after } => {
                        Ok(Step::Wait(Standing::Validating, retry_after))
                    }
                    OperationState::Succeeded { .. } => self.validated(story, at, now).await,
                    OperationState::Failed(refusal) => self.refused(story, at, attempt, refusal, now).await,
                    OperationState::Gone => {
                        let message = "Azure forgot the validation".to_owned();
                        self.note(story, at, attempt, Paper::missed(now, message)).await?;
                        self.start_validation(story, at, attempts.len(), stage, now).await
                    }
                }
            }
            Some(Paper::Missed { at: missed, message, .. }) => {
                let pause = pause_after(attempts.len());
                let waited = since(*missed, now);
                if waited < pause {
                    return Ok(Step::Wait(awaits(story, message), pause - waited));
                }
                self.start_validation(story, at, attempts.len(), stage, now).await
            }
            Some(Paper::Begun { operation: None, .. } | Paper::Done { .. }) => {
                self.validated(story, at, now).await
            }
            Some(Paper::Claimed { .. }) | None => {
                self.start_validation(story, at, attempts.len(), stage, now).await
            }
        }
    }

    async fn start_validation(
        &self,
        story: &Story,
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
            Ok(Started::Done) => self.validated(story, at, now).await,
            Ok(Started::Running { operation, retry_after }) => {
                let begun = Paper::Begun {
                    at: now,
                    operation: Some(operation),
                    retry_after: retry_after.as_secs(),
                    job: None,
                };
                self.note(story, at, attempt, begun).await?;
                Ok(Step::Wait(Standing::Validating, retry_after))
            }
            Err(AzureError::Refused { refusal, .. }) => self.refused(story, at, attempt, refusal, now).await,
            Err(error) => Err(error.into()),
        }
    }

    async fn validated(&self, story: &Story, at: usize, now: Timestamp) -> Result<Step, OperationError> {
        self.note(story, at, 0, Paper::Done { at: now, job: None, not_granted: Vec::new() }).await?;
        Ok(Step::Next)
    }

    /// Azure would refuse it: for good, or until roles count.
    async fn refused(
        &self,
        story: &Story,
        at: usize,
        attempt: usize,
        refusal: Refusal,
        now: Timestamp,
    ) -> Result<Step, OperationError> {
        if refusal.kind != RefusalKind::MissingPermission {
            return Ok(Step::Over(failed(&refusal, None)));
        }
        let given = Given::of(story);
        if !given.refused.is_empty() {
            return Ok(Step::Over(not_allowed(story, None, refusal)));
        }
        if story.asked.dry_run {
            return Ok(Step::Over(match given.is_empty() {
                true => unknown_gap(refusal),
                // Just what the operation does about it when it is not a dry run.
                false => Standing::Validated { granted_first: given.roles },
            }));
        }
        let first = story.stage(at).attempts.first().map_or(now, time_of);
        if since(first, now) >= given.patience(&refusal) {
            return Ok(Step::Over(match given.is_empty() {
                true => unknown_gap(refusal),
                false => not_heeded(story, since(first, now), refusal),
            }));
        }
        let message = refusal.message;
        self.note(story, at, attempt, Paper::missed(now, message.clone())).await?;
        Ok(Step::Wait(awaits(story, &message), pause_after(attempt + 1)))
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

pub(super) fn time_of(paper: &Paper) -> Timestamp {
    match paper {
        Paper::Claimed { at }
        | Paper::Begun { at, .. }
        | Paper::Missed { at, .. }
        | Paper::Done { at, .. } => *at,
    }
}
