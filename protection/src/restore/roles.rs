//! Roles that the vault's identity needs where a restore goes to.

use super::RestoreTarget;
use super::ground::RestoreGround;
use crate::ResourceId;
use crate::plan::Impossible;
use crate::roles::{Role, RoleGrant};
use crate::secret::{KeyVault, SecretAccess};

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
    let grants = needed(target, ground).into_iter().map(|(role, scope)| RoleGrant {
        role,
        scope,
        principal: principal.clone(),
    });
    Ok(grants.filter(|grant| !ground.roles.iter().any(|held| grant.is_met_by(held))).collect())
}

fn needed(target: &RestoreTarget, ground: &RestoreGround) -> Vec<(Role, ResourceId)> {
    let place = ground.place.id.clone();
    match target {
        RestoreTarget::Disk { .. } => vec![(Role::DiskRestoreOperator, place)],
        RestoreTarget::BlobsInPlace { .. } | RestoreTarget::Containers { .. } => {
            vec![(Role::StorageAccountBackupContributor, place)]
        }
        RestoreTarget::Files { .. } => vec![(Role::StorageBlobDataContributor, place)],
        RestoreTarget::Database { .. } => {
            let by_role = |vault: &&KeyVault| vault.access == SecretAccess::Roles;
            let secrets = ground.key_vault.as_ref().filter(by_role).map(|vault| vault.id.clone());
            std::iter::once((Role::Reader, place))
                .chain(secrets.map(|vault| (Role::KeyVaultSecretsUser, vault)))
                .collect()
        }
        RestoreTarget::Cluster(_) => {
            let group = ground.source.snapshot_group.clone();
            [Some(place), group].into_iter().flatten().map(|scope| (Role::Reader, scope)).collect()
        }
    }
}
