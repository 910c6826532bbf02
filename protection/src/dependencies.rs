//! What takes part in the protection of a datasource beside it: containers, key vault, cluster extension.

use serde::{Deserialize, Serialize};

use crate::ports::Azure;
use crate::roles::RoleAssignment;
use crate::vault::Vault;
use crate::workload::aks::{BackupExtension, TrustedAccess};
use crate::workload::postgresql_single::KeyVault;
use crate::workload::{Containers, Details};
use crate::{AzureError, ResourceId};

/// What else takes part in the protection of a datasource, read just before planning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Dependencies {
    /// Nothing that matters.
    Nothing,
    /// The containers of a storage account, in order.
    Containers(Vec<String>),
    /// The key vault that a secret is said to lie in, if it is there.
    KeyVault(Option<KeyVault>),
    /// What is installed in a cluster, and who may come in.
    Cluster {
        /// The backup extension, if it is there.
        extension: Option<BackupExtension>,
        /// Trusted access bindings.
        access: Vec<TrustedAccess>,
    },
}

impl Dependencies {
    /// Reads what the details of a datasource call for, and no more.
    pub async fn observe(
        azure: &dyn Azure,
        datasource: &ResourceId,
        details: &Details,
    ) -> Result<Self, AzureError> {
        Ok(match details {
            Details::Nothing | Details::Containers(Containers::Named(_)) => Self::Nothing,
            Details::Containers(Containers::Every) => {
                let mut containers = azure.containers(datasource).await?;
                // Azure's own containers, such as `$logs`, are none of the owner's.
                containers.retain(|name| !name.starts_with('$'));
                containers.sort_unstable();
                Self::Containers(containers)
            }
            Details::Database { secret } => Self::KeyVault(azure.key_vault(secret.vault()).await?),
            Details::Cluster { .. } => Self::Cluster {
                extension: azure.backup_extension(datasource).await?,
                access: azure.trusted_access(datasource).await?,
            },
        })
    }

    /// Role assignments of everybody whose permissions matter, wherever they need them.
    pub async fn roles(
        &self,
        azure: &dyn Azure,
        datasource: &ResourceId,
        details: &Details,
        vault: &Vault,
    ) -> Result<Vec<RoleAssignment>, AzureError> {
        let here = datasource.subscription();
        let mut holders: Vec<(&str, &str)> =
            vault.principal.iter().map(|vault| (here, vault.as_str())).collect();
        match self {
            Self::Nothing | Self::Containers(_) | Self::KeyVault(None) => {}
            Self::KeyVault(Some(key_vault)) => {
                let there = key_vault.id.subscription();
                let elsewhere = !there.eq_ignore_ascii_case(here);
                holders.extend(
                    vault.principal.iter().filter(|_| elsewhere).map(|vault| (there, vault.as_str())),
                );
            }
            Self::Cluster { extension, .. } => {
                if let Details::Cluster { identity, .. } = details {
                    holders.push((here, &identity.0));
                }
                let extension =
                    extension.as_ref().and_then(|one| one.account.as_ref().zip(one.principal.as_ref()));
                holders.extend(
                    extension.map(|(account, principal)| (account.subscription(), principal.as_str())),
                );
            }
        }
        let mut roles = Vec::new();
        for (subscription, principal) in holders {
            roles.extend(azure.role_assignments(subscription, principal).await?);
        }
        Ok(roles)
    }
}
