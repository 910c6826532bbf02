//! Preparing the target of a restore: written under one name, so writing it again is harmless.

use jiff::Timestamp;

use super::advance::Step;
use super::attempts::{is_used_up, used_up};
use super::given::not_allowed;
use super::history::History;
use super::records::StageRecord;
use super::refusal::failed;
use super::{OperationError, OperationStatus, Operations, Stage};
use crate::AzureError;
use crate::operation::{OperationState, Started};
use crate::workload::Preparation;

impl Operations {
    /// Writes what has to be there, or asks how Azure is getting on with it.
    pub(super) async fn prepare(
        &self,
        history: &History,
        at: usize,
        (stage, preparation): (&Stage, &Preparation),
        now: Timestamp,
    ) -> Result<Step, OperationError> {
        let attempts = history.stage(at).attempts;
        if let Some(StageRecord::Begun { operation: Some(operation), .. }) = attempts.last() {
            return match self.azure.operation(operation).await? {
                OperationState::Running { retry_after } => {
                    Ok(Step::Wait(preparing(preparation), retry_after))
                }
                OperationState::Succeeded { .. } => self.done(history, at, None, now).await,
                OperationState::Failed(refusal) => Ok(Step::Over(failed(&refusal, None))),
                OperationState::Gone => {
                    let message = "Azure forgot the operation".to_owned();
                    self.note(history, at, attempts.len() - 1, StageRecord::missed(now, message)).await?;
                    if is_used_up(&attempts) {
                        return Ok(used_up(&attempts, stage));
                    }
                    self.start_preparing(history, at, attempts.len(), preparation, now).await
                }
            };
        }
        self.start_preparing(history, at, attempts.len(), preparation, now).await
    }

    async fn start_preparing(
        &self,
        history: &History,
        at: usize,
        attempt: usize,
        preparation: &Preparation,
        now: Timestamp,
    ) -> Result<Step, OperationError> {
        match self.azure.backups_of(preparation.vault())?.prepare(preparation).await {
            Ok(Started::Done) => self.done(history, at, None, now).await,
            Ok(Started::Running { operation, retry_after }) => {
                let begun = StageRecord::Begun {
                    at: now,
                    operation: Some(operation),
                    retry_after: retry_after.as_secs(),
                    job: None,
                };
                self.note(history, at, attempt, begun).await?;
                Ok(Step::Wait(preparing(preparation), retry_after))
            }
            Err(AzureError::Refused { refusal, .. }) if refusal.status == 403 => {
                Ok(Step::Over(not_allowed(history, Some(preparation), refusal)))
            }
            Err(AzureError::Refused { refusal, .. }) => Ok(Step::Over(failed(&refusal, None))),
            Err(error) => Err(error.into()),
        }
    }
}

fn preparing(preparation: &Preparation) -> OperationStatus {
    OperationStatus::AwaitsPermissions {
        roles: Vec::new(),
        message: format!("Azure is asked to {preparation}"),
    }
}
