//! What of a datasource is backed up.

use crate::dependencies::Dependencies;
use crate::impossible::Impossible;
use crate::instance::BackupParameters;
use crate::observe::Ground;
use crate::workload::postgresql_single::SecretUri;
use crate::workload::storage_account::check_containers;
use crate::workload::{Containers, Details};

/// What the instance has to state; containers only if the policy copies them into the vault.
pub(super) fn parameters(
    details: &Details,
    ground: &Ground,
    into_vault: bool,
) -> Result<Option<BackupParameters>, Impossible> {
    match details {
        Details::Nothing | Details::Database { .. } => Ok(None),
        Details::Containers(_) if !into_vault => Ok(None),
        Details::Containers(Containers::Named(named)) => {
            Ok(Some(BackupParameters::Containers(named.clone())))
        }
        Details::Containers(Containers::Every) => {
            let found = match &ground.dependencies {
                Dependencies::Containers(found) => found.clone(),
                Dependencies::Nothing | Dependencies::KeyVault(_) | Dependencies::Cluster { .. } => {
                    Vec::new()
                }
            };
            if found.is_empty() {
                return Err(Impossible::new(
                    Impossible::NOTHING_TO_BACK_UP,
                    "the account has no blob container, so there is nothing to back up into the vault",
                    "the sweep looks again",
                ));
            }
            check_containers(&found)?;
            Ok(Some(BackupParameters::Containers(found)))
        }
        Details::Cluster { parameters, .. } => Ok(Some(BackupParameters::Cluster(parameters.clone()))),
    }
}

/// The secret that the vault reads the datasource with.
pub(super) fn secret(details: &Details) -> Option<SecretUri> {
    match details {
        Details::Database { secret } => Some(secret.clone()),
        Details::Nothing | Details::Containers(_) | Details::Cluster { .. } => None,
    }
}
