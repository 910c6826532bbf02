//! Roles that are needed where a restore goes to, and leave to enter a cluster: what of both is missing.

use std::collections::BTreeMap;

use super::RestoreTarget;
use super::cluster_ground::ClusterGround;
use super::ground::RestoreGround;
use crate::impossible::Impossible;
use crate::roles::{Role, RoleGrant};
use crate::workload::aks::{self, BackupExtension, TrustedAccessBinding};
use crate::workload::{CONTRIBUTOR, Grantee, OWNER, Preparation, RoleScope};
use crate::{ResourceId, Workload};

/// What a restore needs that is not there yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Missing {
    pub(super) grants: Vec<RoleGrant>,
    /// Who holds the roles, in words, by the object id of the principal.
    pub(super) holders: BTreeMap<String, String>,
    /// What has to be prepared, beside roles.
    pub(super) preparation: Option<Preparation>,
}

/// A role that somebody has to hold.
struct Need {
    grant: RoleGrant,
    /// Ids of other roles that suffice.
    or: &'static [&'static str],
}

impl Need {
    fn new(role: Role, scope: &ResourceId, principal: &str) -> Self {
        let grant = RoleGrant { role, scope: scope.clone(), principal: principal.to_owned() };
        let or: &[&str] = if role == Role::Reader { &[CONTRIBUTOR, OWNER] } else { &[] };
        Self { grant, or }
    }
}

/// All that is missing.
pub(super) fn missing(target: &RestoreTarget, ground: &RestoreGround) -> Result<Missing, Impossible> {
    if needs_no_role(target) {
        return Ok(Missing::default());
    }
    let vault = ground.vault.id.name();
    let Some(principal) = &ground.vault.principal else {
        return Err(Impossible::new(
            "VaultWithoutIdentity",
            format!("Backup vault `{vault}` has no system-assigned identity, so it can restore nothing"),
            "turn on the system-assigned identity of the vault",
        ));
    };
    let mut missing = Missing::default();
    missing.holders.insert(principal.clone(), format!("Backup vault `{vault}`"));
    if let (RestoreTarget::Cluster(_), Some(cluster)) = (target, &ground.cluster) {
        return in_cluster(cluster, ground, principal, missing);
    }
    let needs = needed(target, ground, principal)?;
    missing.grants = unmet(needs, ground);
    Ok(missing)
}

/// Machines and shares are restored with the rights of whoever asks, which is us: the vault's identity needs none
/// (documentation, rights for Recovery Services vaults).
fn needs_no_role(target: &RestoreTarget) -> bool {
    match target {
        RestoreTarget::VmDisks(_)
        | RestoreTarget::Vm(_)
        | RestoreTarget::VmInPlace(_)
        | RestoreTarget::Share(_) => true,
        RestoreTarget::Disk { .. }
        | RestoreTarget::BlobsInPlace { .. }
        | RestoreTarget::Containers { .. }
        | RestoreTarget::Files { .. }
        | RestoreTarget::Database { .. }
        | RestoreTarget::Cluster(_) => false,
    }
}

fn unmet(needs: Vec<Need>, ground: &RestoreGround) -> Vec<RoleGrant> {
    needs
        .into_iter()
        .filter(|need| !need.grant.is_held(&ground.roles, need.or))
        .map(|need| need.grant)
        .collect()
}

/// What the vault's identity needs at the target.
fn needed(target: &RestoreTarget, ground: &RestoreGround, principal: &str) -> Result<Vec<Need>, Impossible> {
    let place = &ground.place.id;
    let need = |role, scope: &ResourceId| Need::new(role, scope, principal);
    Ok(match target {
        RestoreTarget::Disk { .. } => {
            let snapshots = ground.source.snapshot_group.as_ref();
            let read = snapshots.map(|group| need(Role::DiskSnapshotContributor, group));
            std::iter::once(need(Role::DiskRestoreOperator, place)).chain(read).collect()
        }
        RestoreTarget::BlobsInPlace { .. } | RestoreTarget::Containers { .. } => {
            vec![need(Role::StorageAccountBackupContributor, place)]
        }
        RestoreTarget::Files { .. } => vec![need(Role::StorageBlobDataContributor, place)],
        RestoreTarget::Database { .. } => {
            let by_role = match &ground.key_vault {
                Some(key_vault) => key_vault.governed_by_roles(principal)?,
                None => None,
            };
            let secrets = by_role.map(|key_vault| need(Role::KeyVaultSecretsUser, &key_vault.id));
            std::iter::once(need(Role::Reader, place)).chain(secrets).collect()
        }
        RestoreTarget::Cluster(_)
        | RestoreTarget::VmDisks(_)
        | RestoreTarget::Vm(_)
        | RestoreTarget::VmInPlace(_)
        | RestoreTarget::Share(_) => Vec::new(),
    })
}

/// What a cluster needs to take a restore: the same as to be backed up, with the target in place of the source.
fn in_cluster(
    cluster: &ClusterGround,
    ground: &RestoreGround,
    vault: &str,
    mut missing: Missing,
) -> Result<Missing, Impossible> {
    let id = &ground.place.id;
    let identity = cluster.ready(id)?;
    let extension = aks::working(id, cluster.extension.as_ref());
    let name = id.name();
    missing.holders.insert(identity.to_owned(), format!("cluster `{name}`"));
    if let Some(principal) = extension.as_ref().ok().and_then(|extension| extension.principal.as_ref()) {
        missing.holders.insert(principal.clone(), format!("the backup extension of cluster `{name}`"));
    }
    let needs = of_cluster(ground, vault, identity, extension.as_ref().ok().copied());
    missing.grants = unmet(needs, ground);
    if !cluster.access.iter().any(|access| access.lets_in(&ground.vault.id)) {
        let binding = TrustedAccessBinding::between(id, &ground.vault.id)
            .map_err(|error| Impossible::new("NameNotUsable", error.to_string(), "name another cluster"))?;
        missing.preparation = Some(Preparation::TrustedAccess(binding));
    }
    match extension {
        Ok(_) => Ok(missing),
        Err(unfit) => {
            let message = format!("{}{}", unfit.message, missing.besides(ground));
            Err(Impossible { message, way_out: format!("{}, then ask again", unfit.way_out), ..unfit })
        }
    }
}

fn of_cluster(
    ground: &RestoreGround,
    vault: &str,
    identity: &str,
    extension: Option<&BackupExtension>,
) -> Vec<Need> {
    let need = |need: &crate::workload::RoleNeed| {
        let scope = match need.on {
            RoleScope::Datasource => Some(&ground.place.id),
            RoleScope::SnapshotGroup => ground.source.snapshot_group.as_ref(),
            RoleScope::ExtensionAccount => extension.and_then(|extension| extension.account.as_ref()),
            RoleScope::DatasourceGroup | RoleScope::Parent | RoleScope::KeyVault => None,
        };
        let principal = match need.grantee {
            Grantee::Vault => Some(vault),
            Grantee::Cluster => Some(identity),
            Grantee::Extension => extension.and_then(|extension| extension.principal.as_deref()),
        };
        Some(Need { or: need.or, ..Need::new(need.role, scope?, principal?) })
    };
    Workload::Aks.manifest().roles.iter().filter_map(need).collect()
}

impl Missing {
    /// What else is missing beside a working extension, for people.
    fn besides(&self, ground: &RestoreGround) -> String {
        let trust = self
            .preparation
            .iter()
            .map(|_| format!("Backup vault `{}` is not trusted by it", ground.vault.id.name()));
        let roles = self.grants.iter().map(|grant| {
            let holder = self.holders.get(&grant.principal).map_or(grant.principal.as_str(), String::as_str);
            format!("{holder} lacks {} on {}", grant.role.display_name(), grant.scope)
        });
        let all: Vec<String> = trust.chain(roles).collect();
        match all.is_empty() {
            true => String::new(),
            false => format!(
                "; besides, {}: these are given by Holdfast where it may, once the extension works",
                all.join(", and ")
            ),
        }
    }
}
