//! Goes on where a wait left off.

use super::change::{altered, make, resume, validate};
use super::refused::{not_altered, not_moved, not_undeleted, refused_or_passing};
use super::settle::{not_configured, settle};
use super::{Applied, Waited, vault};
use crate::lifecycle::LifecycleChange;
use crate::operation::{OperationState, OperationUrl};
use crate::outcome::Outcome;
use crate::plan::InstanceChange;
use crate::ports::Azure;
use crate::work::{Pending, Underway};
use crate::{AzureError, Refusal, RefusalKind};

/// Goes on where a wait left off.
pub async fn go_on(azure: &dyn Azure, pending: Pending) -> Result<Waited, AzureError> {
    let applied = match pending {
        Pending::Operation { operation, on } => return ask(azure, operation, on).await,
        Pending::Propagation { spec } => validate(azure, &spec).await?,
        Pending::Undelete { instance } => make(azure, &InstanceChange::Undelete { instance }).await?,
        Pending::Settling { instance } => settle(azure, &instance).await?,
        Pending::VaultSettling { vault, .. } => vault::shown(azure, vault).await?,
    };
    Ok(Waited::Other(applied))
}

async fn ask(azure: &dyn Azure, operation: OperationUrl, on: Underway) -> Result<Waited, AzureError> {
    Ok(Waited::Other(match azure.operation(&operation).await? {
        OperationState::Running { retry_after } => Applied::running(operation, on, retry_after),
        OperationState::Succeeded { .. } => return succeeded(azure, on).await,
        OperationState::Failed(refusal) => failed(azure, on, refusal).await?,
        OperationState::Gone => forgotten(azure, on).await?,
    }))
}

async fn succeeded(azure: &dyn Azure, on: Underway) -> Result<Waited, AzureError> {
    Ok(Waited::Other(match on {
        Underway::Validation { spec } => return Ok(Waited::Validated(InstanceChange::Configure(spec))),
        Underway::MoveValidation { change } => return Ok(Waited::Validated(InstanceChange::Move(*change))),
        Underway::Configuration { instance } => settle(azure, &instance).await?,
        Underway::Moving { change } => settle(azure, &change.instance).await?,
        Underway::Preparing => prepared(),
        Underway::Vault { vault } => vault::shown(azure, vault).await?,
        Underway::Undeleting { instance } => resume(azure, &instance).await?,
        Underway::LifecycleChange { instance, lifecycle } => altered(azure, &instance, lifecycle).await?,
    }))
}

async fn failed(azure: &dyn Azure, on: Underway, refusal: Refusal) -> Result<Applied, AzureError> {
    let lacks_permission = refusal.kind == RefusalKind::MissingPermission;
    Ok(match on {
        Underway::Validation { .. } | Underway::MoveValidation { .. } | Underway::Moving { .. }
            if lacks_permission =>
        {
            Applied::Permissions(refusal)
        }
        Underway::Validation { spec } => {
            refused_or_passing("could not be validated", &spec.datasource, &refusal)
        }
        Underway::MoveValidation { change } | Underway::Moving { change } => not_moved(&change, &refusal),
        Underway::Configuration { instance } => not_configured(azure, &instance, refusal).await?,
        // What its owner has to change does not change by trying.
        Underway::Preparing if refusal.kind == RefusalKind::User => Applied::Ended(Outcome::Failed {
            message: format!("Azure could not prepare it: {}", refusal.message),
            way_out: refusal.way_out(),
            code: refusal.code,
        }),
        Underway::Preparing => {
            Applied::again(&format!("Azure refused to prepare it: {}: {}", refusal.code, refusal.message))
        }
        Underway::Vault { vault } => vault::not_ready(&vault, &refusal),
        Underway::Undeleting { instance } => not_undeleted(&instance, &refusal),
        Underway::LifecycleChange { instance, lifecycle } => not_altered(&instance, lifecycle, &refusal),
    })
}

/// Azure no longer knows the operation: the things themselves say what came of it, or it is planned again.
async fn forgotten(azure: &dyn Azure, on: Underway) -> Result<Applied, AzureError> {
    Ok(match on {
        Underway::Preparing => prepared(),
        Underway::Vault { vault } => vault::shown(azure, vault).await?,
        // Planned again, an instance that was just brought back would look like one that a person has stopped.
        Underway::Undeleting { instance }
        | Underway::LifecycleChange { instance, lifecycle: LifecycleChange::ResumeProtection } => {
            resume(azure, &instance).await?
        }
        Underway::Validation { .. } | Underway::MoveValidation { .. } => {
            Applied::again("Azure forgot the validation")
        }
        Underway::Configuration { .. } | Underway::Moving { .. } | Underway::LifecycleChange { .. } => {
            Applied::again("Azure forgot the operation")
        }
    })
}

/// What is prepared shows when it is planned again.
fn prepared() -> Applied {
    Applied::again("Azure has prepared it")
}
