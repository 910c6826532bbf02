//! Changing a backup instance: validated first where Azure validates, then carried out.

use std::time::Duration;

use super::Applied;
use super::refused::{in_azures_words, judge, judge_new, not_altered, not_undeleted};
use super::settle::settle;
use crate::instance::{InstanceSpec, ProtectionState};
use crate::lifecycle::{LifecycleChange, PolicyMove};
use crate::operation::Started;
use crate::outcome::Outcome;
use crate::plan::InstanceChange;
use crate::ports::Azure;
use crate::work::{Pending, Underway};
use crate::{AzureError, Refusal, ResourceId};

/// Begins a change: has it validated where Azure validates it.
pub(super) async fn begin(azure: &dyn Azure, change: &InstanceChange) -> Result<Applied, AzureError> {
    match change {
        InstanceChange::Configure(spec) => validate(azure, spec).await,
        InstanceChange::Move(to) => validate_move(azure, to).await,
        InstanceChange::Repair(_) | InstanceChange::Alter { .. } => make(azure, change).await,
        // Announced on the queue before it is done: an instance that was brought back looks like one
        // that a person has stopped, and a crash between the two would leave it stopped.
        InstanceChange::Undelete { instance } => {
            let pending = Pending::Undelete { instance: instance.clone() };
            Ok(Applied::Pending { pending, after: Duration::ZERO })
        }
    }
}

/// Has a new instance validated.
pub(super) async fn validate(azure: &dyn Azure, spec: &InstanceSpec) -> Result<Applied, AzureError> {
    match azure.backups_of(&spec.vault)?.validate(spec).await {
        Ok(Started::Done) => make(azure, &InstanceChange::Configure(Box::new(spec.clone()))).await,
        Ok(Started::Running { operation, retry_after }) => {
            let on = Underway::Validation { spec: Box::new(spec.clone()) };
            Ok(Applied::running(operation, on, retry_after))
        }
        Err(AzureError::Refused { refusal, .. }) => Ok(judge_new(refusal, spec)),
        Err(error) => Err(error),
    }
}

async fn validate_move(azure: &dyn Azure, change: &PolicyMove) -> Result<Applied, AzureError> {
    match azure.backups_of(&change.instance)?.validate_move(change).await {
        Ok(Started::Done) => make(azure, &InstanceChange::Move(change.clone())).await,
        Ok(Started::Running { operation, retry_after }) => {
            let on = Underway::MoveValidation { change: Box::new(change.clone()) };
            Ok(Applied::running(operation, on, retry_after))
        }
        Err(AzureError::Refused { refusal, .. }) => Ok(judge(refusal, &change.instance)),
        Err(error) => Err(error),
    }
}

/// Makes a change that Azure has validated, or that it does not validate.
pub async fn make(azure: &dyn Azure, change: &InstanceChange) -> Result<Applied, AzureError> {
    let backups = azure.backups_of(change.instance())?;
    let called = match change {
        InstanceChange::Configure(spec) => backups.put_instance(spec).await,
        InstanceChange::Repair(to) | InstanceChange::Move(to) => backups.move_instance(to).await,
        InstanceChange::Alter { instance, lifecycle } => return alter(azure, instance, *lifecycle).await,
        InstanceChange::Undelete { instance } => return undelete(azure, instance).await,
    };
    match called {
        Ok(Started::Done) => settle(azure, change.instance()).await,
        Ok(Started::Running { operation, retry_after }) => {
            Ok(Applied::running(operation, change.clone().underway(), retry_after))
        }
        Err(AzureError::Refused { refusal, .. }) => Ok(refused(change, refusal)),
        Err(error) => Err(error),
    }
}

fn refused(change: &InstanceChange, refusal: Refusal) -> Applied {
    match change {
        InstanceChange::Configure(spec) => judge_new(refusal, spec),
        _ if refusal.status == 404 => Applied::again("the backup instance is not there any more"),
        _ => judge(refusal, change.instance()),
    }
}

/// Stops, suspends, resumes or deletes.
async fn alter(
    azure: &dyn Azure,
    instance: &ResourceId,
    lifecycle: LifecycleChange,
) -> Result<Applied, AzureError> {
    match azure.backups_of(instance)?.alter(instance, lifecycle).await {
        Ok(Started::Done) => altered(azure, instance, lifecycle).await,
        Ok(Started::Running { operation, retry_after }) => {
            let on = Underway::LifecycleChange { instance: instance.clone(), lifecycle };
            Ok(Applied::running(operation, on, retry_after))
        }
        Err(AzureError::Refused { refusal, .. }) if matches!(refusal.status, 404 | 409) => {
            Ok(in_azures_words(&refusal))
        }
        Err(AzureError::Refused { refusal, .. }) => Ok(not_altered(instance, lifecycle, &refusal)),
        Err(error) => Err(error),
    }
}

/// Asks for what was announced. A repetition finds the instance brought back already, and goes on.
async fn undelete(azure: &dyn Azure, instance: &ResourceId) -> Result<Applied, AzureError> {
    match azure.backups_of(instance)?.undelete(instance).await {
        Ok(Some(Started::Running { operation, retry_after })) => {
            let on = Underway::Undeleting { instance: instance.clone() };
            Ok(Applied::running(operation, on, retry_after))
        }
        Ok(Some(Started::Done) | None) => resume(azure, instance).await,
        Err(AzureError::Refused { refusal, .. }) => Ok(not_undeleted(instance, &refusal)),
        Err(error) => Err(error),
    }
}

/// The alteration was made.
pub(super) async fn altered(
    azure: &dyn Azure,
    instance: &ResourceId,
    lifecycle: LifecycleChange,
) -> Result<Applied, AzureError> {
    match lifecycle {
        LifecycleChange::ResumeProtection | LifecycleChange::ResumeBackups => settle(azure, instance).await,
        LifecycleChange::StopProtection | LifecycleChange::SuspendBackups | LifecycleChange::Delete => {
            let instance = instance.clone();
            Ok(Applied::Ended(Outcome::Unprotected { instance, by: lifecycle }))
        }
    }
}

/// Azure brings an instance back with its protection stopped.
pub(super) async fn resume(azure: &dyn Azure, instance: &ResourceId) -> Result<Applied, AzureError> {
    let shown = azure.backups_of(instance)?.instance(instance).await?;
    match shown.map(|shown| (shown.state, shown.policy)) {
        Some((ProtectionState::Stopped, None)) => {
            Ok(Applied::again("it was brought back, and follows no policy"))
        }
        Some((ProtectionState::Stopped, Some(_))) => {
            alter(azure, instance, LifecycleChange::ResumeProtection).await
        }
        Some(_) => settle(azure, instance).await,
        None => Ok(Applied::again("the deleted backup instance is not there any more")),
    }
}
