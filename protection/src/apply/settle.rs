//! Reading an instance back: a successful call can still end in an error that only the instance shows.

use std::time::Duration;

use super::Applied;
use super::refused::refused_or_passing;
use crate::instance::{BackupInstance, ProtectionState};
use crate::outcome::Outcome;
use crate::ports::Azure;
use crate::work::Pending;
use crate::{AzureError, Refusal, RefusalKind, ResourceId, Retry};

/// How long Azure takes to show what an ended operation did: Terraform asks every 60 s, it is usually seconds.
const SETTLING: Duration = Duration::from_secs(5);

/// Reads the instance back.
pub(super) async fn settle(azure: &dyn Azure, id: &ResourceId) -> Result<Applied, AzureError> {
    let Some(instance) = azure.backups_of(id)?.instance(id).await? else {
        return Ok(Applied::again("the backup instance is not there"));
    };
    Ok(match &instance.state {
        ProtectionState::Configured => {
            Applied::Ended(Outcome::Protected { instance: instance.id, note: None })
        }
        ProtectionState::Configuring => {
            Applied::Pending { pending: Pending::Settling { instance: instance.id }, after: SETTLING }
        }
        ProtectionState::Error => protection_error(&instance),
        ProtectionState::Stopped
        | ProtectionState::Suspended
        | ProtectionState::SoftDeleted
        | ProtectionState::Other(_) => {
            let state: String = instance.state.clone().into();
            Applied::Ended(Outcome::LeftAlone {
                instance: instance.id,
                note: format!("its backup instance is in state {state}"),
            })
        }
    })
}

/// Azure could not configure an instance: what is there, if anything, says more than the refusal.
pub(super) async fn not_configured(
    azure: &dyn Azure,
    instance: &ResourceId,
    refusal: Refusal,
) -> Result<Applied, AzureError> {
    match azure.backups_of(instance)?.instance(instance).await? {
        Some(_) => settle(azure, instance).await,
        None if refusal.kind == RefusalKind::MissingPermission => Ok(Applied::Permissions(refusal)),
        None => Ok(refused_or_passing("could not be configured", instance, &refusal)),
    }
}

fn protection_error(instance: &BackupInstance) -> Applied {
    let unknown = Refusal {
        status: 200,
        code: "ProtectionError".to_owned(),
        message: "Azure gave no reason".to_owned(),
        recommended_action: Vec::new(),
        advice: None,
        kind: RefusalKind::Unknown,
        retry: Retry::Never,
    };
    let refusal = instance.error.clone().unwrap_or(unknown);
    if refusal.kind == RefusalKind::MissingPermission {
        Applied::Permissions(refusal)
    } else {
        refused_or_passing("ended in ProtectionError", &instance.datasource, &refusal)
    }
}
