//! Roles that the vault's identity needs where a restore goes to.

use super::RestoreTarget;
use super::ground::RestoreGround;
use crate::ResourceId;
use crate::impossible::Impossible;
use crate::roles::{Role, RoleGrant};

/// Those that it lacks.
pub(super) fn missing(target: &RestoreTarget, ground: &RestoreGround) -> Result<Vec<RoleGrant>, Impossible> {
    let Some(principal) = &ground.vault.principal else {
        return Err(Impossible::new(
            "VaultWithoutIdentity",
            format!(
                "Backup vault `{}` has no system-assigned identity, so it can restore nothing",
                ground.vault.id.name()
            ),
            "turn on the system-assigned identity of the vault",
        ));
    };
    let grants = needed(target, ground, principal)?.into_iter().map(|(role, scope)| RoleGrant {
        role,
        scope,
        principal: principal.clone(),
    });
    Ok(grants.filter(|grant| !ground.roles.iter().any(|held| grant.is_met_by(held))).collect())
}

fn needed(
    target: &RestoreTarget,
    ground: &RestoreGround,
    principal: &str,
) -> Result<Vec<(Role, ResourceId)>, Impossible> {
    let place = ground.place.id.clone();
    Ok(match target {
        RestoreTarget::Disk { .. } => vec![(Role::DiskRestoreOperator, place)],
        RestoreTarget::BlobsInPlace { .. } | RestoreTarget::Containers { .. } => {
            vec![(Role::StorageAccountBackupContributor, place)]
        }
        RestoreTarget::Files { .. } => vec![(Role::StorageBlobDataContributor, place)],
        RestoreTarget::Database { .. } => {
            let by_role = match &ground.key_vault {
                Some(key_vault) => key_vault.governed_by_roles(principal)?,
                None => None,
            };
            let secrets = by_role.map(|key_vault| (Role::KeyVaultSecretsUser, key_vault.id.clone()));
            std::iter::once((Role::Reader, place)).chain(secrets).collect()
        }
        RestoreTarget::Cluster(_) => {
            let group = ground.source.snapshot_group.clone();
            [Some(place), group].into_iter().flatten().map(|scope| (Role::Reader, scope)).collect()
        }
    })
}
