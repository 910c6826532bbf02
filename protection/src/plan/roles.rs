//! Permission closure: what the identity of the vault still lacks.

use super::{Datasource, Impossible};
use crate::ResourceId;
use crate::observe::Ground;
use crate::roles::RoleGrant;
use crate::workload::{Grantee, RoleScope};

/// The roles that have to be granted.
pub(super) fn missing_roles(
    datasource: Datasource<'_>,
    snapshot_group: Option<&ResourceId>,
    ground: &Ground,
) -> Result<Vec<RoleGrant>, Impossible> {
    let Some(principal) = &ground.vault.principal else {
        return Err(Impossible::new(
            "VaultWithoutIdentity",
            format!(
                "Backup vault `{}` has no system-assigned identity, so it can read no datasource",
                ground.vault.id.name()
            ),
            "turn on the system-assigned identity of the vault",
        ));
    };
    let scope = |at| match at {
        RoleScope::Datasource => Some(datasource.id.clone()),
        RoleScope::DatasourceGroup => datasource.id.resource_group_id(),
        RoleScope::SnapshotGroup => snapshot_group.cloned(),
    };
    let principal = |grantee| match grantee {
        Grantee::Vault => principal.clone(),
    };
    let grants = datasource.workload.manifest().roles.iter().filter_map(|need| {
        Some(RoleGrant { role: need.role, scope: scope(need.on)?, principal: principal(need.grantee) })
    });
    Ok(grants.filter(|grant| !ground.roles.iter().any(|assignment| grant.is_met_by(assignment))).collect())
}
