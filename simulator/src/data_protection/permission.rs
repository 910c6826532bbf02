//! Which roles the vault's identity needs for each kind of datasource, and which of them it misses.
//!
//! Source: the role matrix of the Azure Backup documentation and the datasource manifests of Azure PowerShell.

use jiff::Timestamp;

use crate::arm::path::{group_id_of, key, within};
use crate::authorization::role;
use crate::world::World;

/// A role that must be held at a scope or above it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Requirement {
    pub(crate) role: &'static role::Role,
    pub(crate) scope: String,
    /// An action that the role brings and that would be missed first.
    pub(crate) action: &'static str,
    /// The service's own code for this gap.
    pub(crate) code: &'static str,
}

const GENERIC: &str = "UserErrorMSIPermissionsNotPresent";

/// What protecting `datasource` takes; `snapshot_group` is the resource group that receives snapshots.
pub(crate) fn requirements(
    datasource_type: &str,
    datasource: &str,
    snapshot_group: Option<&str>,
) -> Vec<Requirement> {
    let on = |role, scope: &str, action, code| Requirement { role, scope: scope.to_owned(), action, code };
    let group = group_id_of(datasource).unwrap_or_default();
    let server = parent(datasource);
    let mut needed = match datasource_type.to_ascii_lowercase().as_str() {
        "microsoft.compute/disks" => vec![on(
            &role::DISK_BACKUP_READER,
            datasource,
            "Microsoft.Compute/disks/beginGetAccess/action",
            "UserErrorDiskBackupDiskOrMSIPermissionsNotPresent",
        )],
        "microsoft.storage/storageaccounts/blobservices"
        | "microsoft.storage/storageaccounts/adlsblobservices" => vec![on(
            &role::STORAGE_ACCOUNT_BACKUP_CONTRIBUTOR,
            datasource,
            "Microsoft.Storage/storageAccounts/blobServices/write",
            GENERIC,
        )],
        "microsoft.dbforpostgresql/flexibleservers" => vec![
            on(
                &role::POSTGRESQL_FLEXIBLE_LONG_TERM,
                datasource,
                "Microsoft.DBforPostgreSQL/flexibleServers/ltrPreBackup/action",
                GENERIC,
            ),
            on(&role::READER, &group, "Microsoft.Resources/subscriptions/resourceGroups/read", GENERIC),
        ],
        "microsoft.dbforpostgresql/servers/databases" => {
            vec![on(&role::READER, &server, "Microsoft.DBforPostgreSQL/servers/read", GENERIC)]
        }
        "microsoft.dbformysql/flexibleservers" => vec![
            on(
                &role::MYSQL_BACKUP_AND_EXPORT,
                datasource,
                "Microsoft.DBforMySQL/flexibleServers/backupAndExport/action",
                GENERIC,
            ),
            on(&role::READER, &group, "Microsoft.Resources/subscriptions/resourceGroups/read", GENERIC),
        ],
        "microsoft.containerservice/managedclusters" => {
            vec![on(&role::READER, datasource, "Microsoft.ContainerService/managedClusters/read", GENERIC)]
        }
        "microsoft.elasticsan/elasticsans/volumegroups" => {
            vec![on(
                &role::ELASTIC_SAN_SNAPSHOT_EXPORTER,
                &server,
                "Microsoft.ElasticSan/elasticSans/read",
                GENERIC,
            )]
        }
        "microsoft.documentdb/databaseaccounts" => vec![
            on(&role::COSMOS_DB_OPERATOR, datasource, "Microsoft.DocumentDB/databaseAccounts/read", GENERIC),
            on(&role::READER, &group, "Microsoft.Resources/subscriptions/resourceGroups/read", GENERIC),
        ],
        _ => Vec::new(),
    };
    if let Some(snapshots) = snapshot_group {
        needed.extend(on_snapshots(datasource_type, snapshots));
    }
    needed
}

fn on_snapshots(datasource_type: &str, group: &str) -> Option<Requirement> {
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
    Some(Requirement { role, scope: group.to_owned(), action, code })
}

/// The id above `id`: one type and name less.
fn parent(id: &str) -> String {
    let mut parts: Vec<&str> = id.split('/').collect();
    parts.truncate(parts.len().saturating_sub(2));
    parts.join("/")
}

/// The first requirement that `principal` does not meet with assignments effective at `at`.
pub(crate) fn missing(
    world: &World,
    principal: &str,
    needed: Vec<Requirement>,
    at: Timestamp,
) -> Option<Requirement> {
    needed.into_iter().find(|requirement| {
        !world.assignments.iter().any(|assignment| {
            assignment.effective <= at
                && assignment.principal.eq_ignore_ascii_case(principal)
                && assignment.role == key(requirement.role.id)
                && within(&requirement.scope, &assignment.scope)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_needs_a_role_on_itself_and_one_on_the_snapshot_group() {
        let disk = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/disks/d";
        let needed =
            requirements("Microsoft.Compute/disks", disk, Some("/subscriptions/s/resourceGroups/snaps"));
        let shown: Vec<_> = needed.iter().map(|one| (one.role.name, one.scope.as_str())).collect();
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
        let needed = requirements("Microsoft.DBforPostgreSQL/flexibleServers", server, None);
        assert_eq!(needed.last().map(|one| one.scope.as_str()), Some("/subscriptions/s/resourceGroups/g"));
    }
}
