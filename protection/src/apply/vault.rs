//! Making a vault ready: creating it, giving it an identity, waiting until Azure is done with it.

use std::time::Duration;

use super::Applied;
use super::refused::{in_azures_words, refused_or_passing};
use crate::family::Family;
use crate::operation::Started;
use crate::outcome::Outcome;
use crate::plan::VaultChange;
use crate::ports::Azure;
use crate::vault::{ProvisioningState, VaultSpec};
use crate::work::{Pending, Underway};
use crate::{AzureError, Refusal, ResourceId};

/// Azure shows what it has done after about a second.
const SOON: Duration = Duration::from_secs(1);

/// A vault takes seconds.
const VAULT: Duration = Duration::from_secs(5);

pub(super) async fn change(azure: &dyn Azure, change: &VaultChange) -> Result<Applied, AzureError> {
    match change {
        VaultChange::Create(spec) => create(azure, spec).await,
        VaultChange::GiveIdentity { vault } => {
            Ok(wait(azure.backups_of(vault)?.give_identity(vault).await?, vault))
        }
    }
}

/// Waits for a vault that Azure is at work on already.
pub(super) fn awaited(vault: &ResourceId) -> Applied {
    wait(Started::Done, vault)
}

async fn create(azure: &dyn Azure, spec: &VaultSpec) -> Result<Applied, AzureError> {
    match azure.backups_of(&spec.id)?.create_vault(spec).await {
        Ok(started) => Ok(wait(started, &spec.id)),
        // Another invocation was quicker: its vault shows when looked at again.
        Err(AzureError::Refused { refusal, .. }) if refusal.status == 409 => Ok(in_azures_words(&refusal)),
        Err(AzureError::Refused { refusal, .. }) if refusal.status == 404 => {
            let group = spec.id.resource_group().unwrap_or_default();
            Ok(Applied::Ended(Outcome::Failed {
                code: "VaultGroupNotFound".to_owned(),
                message: format!(
                    "{} belongs into resource group `{group}`, which is not there",
                    Family::vault_in_words(&spec.id)
                ),
                way_out: format!(
                    "create resource group `{group}`, or name another in `[create.vaults]` of the rule set"
                ),
            }))
        }
        Err(error) => Err(error),
    }
}

fn wait(started: Started, vault: &ResourceId) -> Applied {
    let vault = vault.clone();
    match started {
        Started::Running { operation, retry_after } => {
            Applied::running(operation, Underway::Vault { vault }, retry_after)
        }
        Started::Done => Applied::Pending { pending: Pending::vault(vault), after: SOON },
    }
}

/// A vault that is ready has an identity with a name: what follows is planned with it.
pub(super) async fn shown(azure: &dyn Azure, vault: ResourceId) -> Result<Applied, AzureError> {
    let made = azure.backups_of(&vault)?.vault(&vault).await?.map(|shown| shown.provisioning);
    Ok(match made {
        Some(ProvisioningState::Done) => Applied::again("the vault is ready"),
        Some(ProvisioningState::Running) => Applied::Pending { pending: Pending::vault(vault), after: VAULT },
        Some(ProvisioningState::Failed) => Applied::Ended(Outcome::Failed {
            code: "VaultFailed".to_owned(),
            message: format!("Azure could not make {}", Family::vault_in_words(&vault)),
            way_out: "see the vault in Azure; delete it, and the next sweep creates it again".to_owned(),
        }),
        None => Applied::again("the vault is not there"),
    })
}

pub(super) fn not_ready(vault: &ResourceId, refusal: &Refusal) -> Applied {
    refused_or_passing("could not be made ready", vault, refusal)
}
