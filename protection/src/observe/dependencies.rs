//! Reads what takes part in the protection of a datasource beside it, and who holds roles there.

use super::aks;
use crate::ports::Azure;
use crate::roles::RoleAssignment;
use crate::vault::Vault;
use crate::workload::{Containers, Dependencies, Details, Protectable};
use crate::{AzureError, ResourceId};

/// Reads what the details of a datasource call for, and no more; without a vault, as if it were new.
pub async fn dependencies(
    azure: &dyn Azure,
    datasource: &ResourceId,
    details: &Details,
    vault: Option<&ResourceId>,
) -> Result<Dependencies, AzureError> {
    Ok(match details {
        Details::Nothing | Details::Containers(Containers::Named(_)) | Details::Disks(_) => {
            Dependencies::Nothing
        }
        Details::Share { .. } | Details::InMachine => Dependencies::Known(match vault {
            Some(vault) => azure.backups_of(vault)?.protectable(vault, datasource).await?,
            None => Protectable::NotRegistered,
        }),
        Details::Containers(Containers::All) => {
            let mut containers = azure.containers(datasource).await?.unwrap_or_default();
            // Azure's own containers, such as `$logs`, are none of the owner's.
            containers.retain(|name| !name.starts_with('$'));
            containers.sort_unstable();
            Dependencies::Containers(containers)
        }
        Details::Database { secret } => Dependencies::KeyVault(azure.key_vault(secret.vault()).await?),
        Details::Cluster { .. } => aks::dependencies(azure, datasource).await?,
    })
}

/// Role assignments of everybody whose permissions matter, wherever they need them.
pub(super) async fn roles(
    azure: &dyn Azure,
    datasource: &ResourceId,
    details: &Details,
    dependencies: &Dependencies,
    vault: &Vault,
) -> Result<Vec<RoleAssignment>, AzureError> {
    let there = dependencies.elsewhere(datasource);
    let of_vault = |principal| {
        let here = Some(datasource.subscription());
        here.into_iter().chain(there).map(move |subscription| (subscription, principal))
    };
    let mut holders: Vec<(&str, &str)> = vault.principal.as_deref().into_iter().flat_map(of_vault).collect();
    holders.extend(dependencies.holders(datasource, details));
    let mut roles = Vec::new();
    for (subscription, principal) in holders {
        roles.extend(azure.role_assignments(subscription, principal).await?);
    }
    Ok(roles)
}
