//! Which roles the vault's identity needs for each kind of datasource, and which of them it misses.
//!
//! Source: the role matrix of the Azure Backup documentation and the datasource manifests of Azure PowerShell.

mod needs;

use jiff::Timestamp;

use crate::authorization::{assignments, role};
use crate::world::World;

/// A role, or one of several, that must be held at a scope or above it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Requirement {
    pub(crate) roles: Vec<&'static role::Role>,
    pub(crate) scope: String,
    /// An action that the role brings and that would be missed first.
    pub(crate) action: &'static str,
    /// The service's own code for this gap.
    pub(crate) code: &'static str,
    /// Who must hold it, and what that is called.
    pub(crate) principal: String,
    pub(crate) holder: &'static str,
    /// The code of the whole refusal, where it is not the usual one.
    pub(crate) own_code: Option<&'static str>,
}

impl Requirement {
    /// What the vault's identity must hold.
    pub(crate) fn of_vault(
        roles: &[&'static role::Role],
        scope: &str,
        action: &'static str,
        code: &'static str,
        principal: &str,
    ) -> Self {
        Self {
            roles: roles.to_vec(),
            scope: scope.to_owned(),
            action,
            code,
            principal: principal.to_owned(),
            holder: "the vault's managed identity",
            own_code: None,
        }
    }

    /// Since when, as of `at`, it is met; `None` when it is not.
    pub(crate) fn held_since(&self, world: &World, at: Timestamp) -> Option<Timestamp> {
        let held = assignments(world).held_by(&self.principal).filter(|assignment| {
            assignment.effective <= at
                && self.roles.iter().any(|role| brings(&assignment.role, role))
                && world.reaches(&assignment.scope, &self.scope)
        });
        held.map(|assignment| assignment.effective).min()
    }
}

/// Whether the role with this id brings what `needed` does. Reading comes with every role that may do more; the narrow
/// roles of backup are not replaced by wide ones ("use of other roles like owner, contributor is not supported").
fn brings(held: &str, needed: &role::Role) -> bool {
    let is = |role: &role::Role| held.eq_ignore_ascii_case(role.id);
    is(needed)
        || (needed.id == role::READER.id && (is(&role::CONTRIBUTOR) || is(&role::OWNER)))
        || (needed.id == role::CONTRIBUTOR.id && is(&role::OWNER))
}

/// What protecting `datasource` takes; `snapshot_group` is the resource group that receives snapshots.
pub(crate) fn requirements(
    datasource_type: &str,
    datasource: &str,
    snapshot_group: Option<&str>,
    principal: &str,
) -> Vec<Requirement> {
    let kind = needs::KINDS.iter().find(|kind| kind.datasource_type.eq_ignore_ascii_case(datasource_type));
    let mut needed = kind.map(|kind| kind.requirements(datasource, principal)).unwrap_or_default();
    if let Some(snapshots) = snapshot_group {
        needed.extend(on_snapshots(datasource_type, snapshots, principal));
    }
    needed
}

fn on_snapshots(datasource_type: &str, group: &str, principal: &str) -> Option<Requirement> {
    let (role, action): (&'static role::Role, _) = match datasource_type.to_ascii_lowercase().as_str() {
        "microsoft.compute/disks" | "microsoft.elasticsan/elasticsans/volumegroups" => {
            (&role::DISK_SNAPSHOT_CONTRIBUTOR, "Microsoft.Compute/snapshots/write")
        }
        "microsoft.containerservice/managedclusters" => {
            (&role::READER, "Microsoft.Resources/subscriptions/resourceGroups/read")
        }
        _ => return None,
    };
    let code = "UserErrorDiskBackupSnapshotRGOrMSIPermissionsNotPresent";
    Some(Requirement::of_vault(&[role], group, action, code, principal))
}

/// The id above `id`: one type and name less.
pub(crate) fn parent(id: &str) -> String {
    let mut parts: Vec<&str> = id.split('/').collect();
    parts.truncate(parts.len().saturating_sub(2));
    parts.join("/")
}

/// The first requirement that is not met with assignments effective at `at`.
pub(crate) fn missing(world: &World, needed: Vec<Requirement>, at: Timestamp) -> Option<Requirement> {
    needed.into_iter().find(|requirement| requirement.held_since(world, at).is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_needs_a_role_on_itself_and_one_on_the_snapshot_group() {
        let disk = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/disks/d";
        let needed =
            requirements("Microsoft.Compute/disks", disk, Some("/subscriptions/s/resourceGroups/snaps"), "p");
        let shown: Vec<_> = needed.iter().map(|one| (one.roles[0].name, one.scope.as_str())).collect();
        assert_eq!(
            shown,
            [
                ("Disk Backup Reader", disk),
                ("Disk Snapshot Contributor", "/subscriptions/s/resourceGroups/snaps"),
            ]
        );
    }

    #[test]
    fn a_flexible_server_needs_reader_on_its_group() {
        let server =
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.DBforPostgreSQL/flexibleServers/p";
        let needed = requirements("Microsoft.DBforPostgreSQL/flexibleServers", server, None, "p");
        assert_eq!(needed.last().map(|one| one.scope.as_str()), Some("/subscriptions/s/resourceGroups/g"));
    }
}
