//! Goes on where a wait left off.

use std::time::Duration;

use super::{Ready, Stand, Waited, again, alter, refused_or_passing, refused_with, settle, validate};
use crate::alteration::{Alteration, PolicyMove};
use crate::family::Family;
use crate::instance::{InstanceSpec, ProtectionState};
use crate::operation::{OperationState, OperationUrl, Started};
use crate::ports::Azure;
use crate::vault::Making;
use crate::work::Pending;
use crate::{AzureError, Refusal, RefusalKind, ResourceId};

use crate::outcome::Outcome;

/// A vault takes seconds.
const VAULT: Duration = Duration::from_secs(5);

/// Goes on where a wait left off.
pub async fn go_on(azure: &dyn Azure, pending: Pending) -> Result<Waited, AzureError> {
    let stand = match pending {
        Pending::Validation { operation, spec } => return validation(azure, operation, spec).await,
        Pending::MoveValidation { operation, change } => {
            return move_validation(azure, operation, change).await;
        }
        Pending::Propagation { spec } => validate(azure, &spec).await?,
        Pending::Configuration { operation, instance } => configuration(azure, operation, instance).await?,
        Pending::Moving { operation, change } => moving(azure, operation, change).await?,
        Pending::Settling { instance } => settle(azure, &instance).await?,
        Pending::Preparing { operation } => prepared(azure, operation).await?,
        Pending::Vault { operation, vault } => made_vault(azure, operation, vault).await?,
        Pending::Undelete { instance } => undelete(azure, instance).await?,
        Pending::Undeleting { operation, instance } => undeleting(azure, operation, instance).await?,
        Pending::Alteration { operation, instance, alteration } => {
            altering(azure, operation, instance, alteration).await?
        }
    };
    Ok(Waited::Stands(stand))
}

async fn validation(
    azure: &dyn Azure,
    operation: OperationUrl,
    spec: Box<InstanceSpec>,
) -> Result<Waited, AzureError> {
    Ok(Waited::Stands(match azure.operation(&operation).await? {
        OperationState::Succeeded { .. } => return Ok(Waited::Validated(Ready::Configure(spec))),
        OperationState::Failed(refusal) if refusal.kind == RefusalKind::MissingPermission => {
            Stand::Permissions(refusal)
        }
        OperationState::Failed(refusal) => {
            refused_or_passing("could not be validated", &spec.datasource, &refusal)
        }
        OperationState::Running { retry_after } => {
            Stand::Pending { pending: Pending::Validation { operation, spec }, after: retry_after }
        }
        OperationState::Gone => again("Azure forgot the validation"),
    }))
}

async fn move_validation(
    azure: &dyn Azure,
    operation: OperationUrl,
    change: Box<PolicyMove>,
) -> Result<Waited, AzureError> {
    Ok(Waited::Stands(match azure.operation(&operation).await? {
        OperationState::Succeeded { .. } => return Ok(Waited::Validated(Ready::Move(change))),
        OperationState::Failed(refusal) if refusal.kind == RefusalKind::MissingPermission => {
            Stand::Permissions(refusal)
        }
        OperationState::Failed(refusal) => not_moved(&change, &refusal),
        OperationState::Running { retry_after } => {
            Stand::Pending { pending: Pending::MoveValidation { operation, change }, after: retry_after }
        }
        OperationState::Gone => again("Azure forgot the validation"),
    }))
}

async fn configuration(
    azure: &dyn Azure,
    operation: OperationUrl,
    instance: ResourceId,
) -> Result<Stand, AzureError> {
    match azure.operation(&operation).await? {
        OperationState::Succeeded { .. } => settle(azure, &instance).await,
        OperationState::Failed(refusal) => match azure.backups_of(&instance)?.instance(&instance).await? {
            Some(_) => settle(azure, &instance).await,
            None if refusal.kind == RefusalKind::MissingPermission => Ok(Stand::Permissions(refusal)),
            None => Ok(refused_or_passing("could not be configured", &instance, &refusal)),
        },
        OperationState::Running { retry_after } => {
            Ok(Stand::Pending { pending: Pending::Configuration { operation, instance }, after: retry_after })
        }
        OperationState::Gone => Ok(again("Azure forgot the operation")),
    }
}

async fn moving(
    azure: &dyn Azure,
    operation: OperationUrl,
    change: Box<PolicyMove>,
) -> Result<Stand, AzureError> {
    match azure.operation(&operation).await? {
        OperationState::Succeeded { .. } => settle(azure, &change.instance).await,
        OperationState::Failed(refusal) if refusal.kind == RefusalKind::MissingPermission => {
            Ok(Stand::Permissions(refusal))
        }
        OperationState::Failed(refusal) => Ok(not_moved(&change, &refusal)),
        OperationState::Running { retry_after } => {
            Ok(Stand::Pending { pending: Pending::Moving { operation, change }, after: retry_after })
        }
        OperationState::Gone => Ok(again("Azure forgot the operation")),
    }
}

fn not_moved(change: &PolicyMove, refusal: &Refusal) -> Stand {
    let values = change.values();
    let what = if values.is_empty() {
        format!("could not be moved to policy `{}` and keeps its own", change.policy.name())
    } else {
        format!("could not be given {} and keeps its own", values.join("; "))
    };
    refused_or_passing(&what, &change.instance, refusal)
}

/// What is prepared shows when it is planned again.
async fn prepared(azure: &dyn Azure, operation: OperationUrl) -> Result<Stand, AzureError> {
    Ok(match azure.operation(&operation).await? {
        OperationState::Running { retry_after } => {
            Stand::Pending { pending: Pending::Preparing { operation }, after: retry_after }
        }
        OperationState::Failed(refusal) => {
            again(&format!("Azure refused to prepare it: {}: {}", refusal.code, refusal.message))
        }
        OperationState::Succeeded { .. } | OperationState::Gone => again("Azure has prepared it"),
    })
}

/// A vault that is ready has an identity with a name: what follows is planned with it.
async fn made_vault(
    azure: &dyn Azure,
    operation: Option<OperationUrl>,
    vault: ResourceId,
) -> Result<Stand, AzureError> {
    if let Some(operation) = operation {
        match azure.operation(&operation).await? {
            OperationState::Failed(refusal) => {
                return Ok(refused_or_passing("could not be made ready", &vault, &refusal));
            }
            OperationState::Running { retry_after } => {
                let pending = Pending::Vault { operation: Some(operation), vault };
                return Ok(Stand::Pending { pending, after: retry_after });
            }
            OperationState::Succeeded { .. } | OperationState::Gone => {}
        }
    }
    let made = azure.backups_of(&vault)?.vault(&vault).await?.map(|shown| shown.making);
    Ok(match made {
        Some(Making::Done) => again("the vault is ready"),
        Some(Making::Running) => {
            Stand::Pending { pending: Pending::Vault { operation: None, vault }, after: VAULT }
        }
        Some(Making::Failed) => Stand::Ended(Outcome::Failed {
            code: "VaultFailed".to_owned(),
            message: format!("Azure could not make {}", Family::vault_in_words(&vault)),
            way_out: "see the vault in Azure; delete it, and the next sweep creates it again".to_owned(),
        }),
        None => again("the vault is not there"),
    })
}

/// Asks for what was announced. A repetition finds the instance brought back already, and goes on.
async fn undelete(azure: &dyn Azure, instance: ResourceId) -> Result<Stand, AzureError> {
    match azure.backups_of(&instance)?.undelete(&instance).await {
        Ok(Some(Started::Running { operation, retry_after })) => {
            Ok(Stand::Pending { pending: Pending::Undeleting { operation, instance }, after: retry_after })
        }
        Ok(Some(Started::Done) | None) => resume(azure, instance).await,
        Err(AzureError::Refused { refusal, .. }) => {
            let pending = Some(Pending::Undelete { instance: instance.clone() });
            Ok(refused_with("could not be undeleted", &instance, &refusal, pending))
        }
        Err(error) => Err(error),
    }
}

async fn undeleting(
    azure: &dyn Azure,
    operation: OperationUrl,
    instance: ResourceId,
) -> Result<Stand, AzureError> {
    match azure.operation(&operation).await? {
        OperationState::Succeeded { .. } | OperationState::Gone => resume(azure, instance).await,
        OperationState::Failed(refusal) => {
            let pending = Some(Pending::Undelete { instance: instance.clone() });
            Ok(refused_with("could not be undeleted", &instance, &refusal, pending))
        }
        OperationState::Running { retry_after } => {
            Ok(Stand::Pending { pending: Pending::Undeleting { operation, instance }, after: retry_after })
        }
    }
}

/// Azure brings an instance back with its protection stopped.
async fn resume(azure: &dyn Azure, instance: ResourceId) -> Result<Stand, AzureError> {
    let shown = azure.backups_of(&instance)?.instance(&instance).await?;
    match shown.map(|shown| (shown.state, shown.policy)) {
        Some((ProtectionState::Stopped, None)) => Ok(again("it was brought back, and follows no policy")),
        Some((ProtectionState::Stopped, Some(_))) => {
            alter(azure, &instance, Alteration::ResumeProtection).await
        }
        Some(_) => settle(azure, &instance).await,
        None => Ok(again("the deleted backup instance is not there any more")),
    }
}

async fn altering(
    azure: &dyn Azure,
    operation: OperationUrl,
    instance: ResourceId,
    alteration: Alteration,
) -> Result<Stand, AzureError> {
    match azure.operation(&operation).await? {
        OperationState::Succeeded { .. } => super::altered(azure, instance, alteration).await,
        OperationState::Failed(refusal) => Ok(super::not_altered(&instance, alteration, refusal)),
        OperationState::Running { retry_after } => Ok(Stand::Pending {
            pending: Pending::Alteration { operation, instance, alteration },
            after: retry_after,
        }),
        // Planned anew, an instance that was just brought back would look like one that a person has stopped.
        OperationState::Gone if alteration == Alteration::ResumeProtection => resume(azure, instance).await,
        OperationState::Gone => Ok(again("Azure forgot the operation")),
    }
}
