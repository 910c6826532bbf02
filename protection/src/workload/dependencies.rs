//! What takes part in the protection of a datasource beside it: containers, key vault, cluster extension.

use serde::{Deserialize, Serialize};

use super::Details;
use super::aks::{BackupExtension, TrustedAccess};
use super::azure_files::Protectable;
use super::postgresql_single::KeyVault;
use crate::ResourceId;

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
    /// What the vault knows of what has to be registered with it first.
    Known(Protectable),
}

impl Dependencies {
    /// Whose role assignments matter beside those of the vault's identity, and in which subscription.
    pub fn holders<'a>(
        &'a self,
        datasource: &'a ResourceId,
        details: &'a Details,
    ) -> Vec<(&'a str, &'a str)> {
        let Self::Cluster { extension, .. } = self else { return Vec::new() };
        let cluster = match details {
            Details::Cluster { identity, .. } => Some((datasource.subscription(), identity.0.as_str())),
            Details::Nothing
            | Details::Containers(_)
            | Details::Database { .. }
            | Details::Disks(_)
            | Details::Share { .. }
            | Details::InMachine => None,
        };
        let extension = extension.as_ref().and_then(|one| one.account.as_ref().zip(one.principal.as_ref()));
        let extension = extension.map(|(account, principal)| (account.subscription(), principal.as_str()));
        cluster.into_iter().chain(extension).collect()
    }

    /// Another subscription than the datasource's in which the vault's identity may need roles.
    pub fn elsewhere(&self, datasource: &ResourceId) -> Option<&str> {
        let Self::KeyVault(Some(key_vault)) = self else { return None };
        let there = key_vault.id.subscription();
        (!there.eq_ignore_ascii_case(datasource.subscription())).then_some(there)
    }
}
