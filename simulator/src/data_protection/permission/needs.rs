//! Which role each kind of datasource needs, and where.

use super::{Requirement, parent};
use crate::authorization::role::{self, Role};
use crate::wire::path::group_id_of;

/// The code behind a missing role where the documentation names no better one.
const GENERIC: &str = "UserErrorMSIPermissionsNotPresent";

/// Where a role is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Datasource,
    /// What the datasource lies in.
    Parent,
}

/// What a kind of datasource needs.
pub(super) struct Kind {
    pub(super) datasource_type: &'static str,
    role: &'static Role,
    place: Place,
    /// What the vault does with the role, as refusals name it.
    action: &'static str,
    code: &'static str,
    /// Whether the vault reads the resource group as well.
    reads_group: bool,
}

const fn kind(
    datasource_type: &'static str,
    role: &'static Role,
    place: Place,
    action: &'static str,
    reads_group: bool,
) -> Kind {
    Kind { datasource_type, role, place, action, code: GENERIC, reads_group }
}

pub(super) const KINDS: [Kind; 9] = [
    Kind {
        code: "UserErrorDiskBackupDiskOrMSIPermissionsNotPresent",
        ..kind(
            "Microsoft.Compute/disks",
            &role::DISK_BACKUP_READER,
            Place::Datasource,
            "Microsoft.Compute/disks/beginGetAccess/action",
            false,
        )
    },
    kind(
        "Microsoft.Storage/storageAccounts/blobServices",
        &role::STORAGE_ACCOUNT_BACKUP_CONTRIBUTOR,
        Place::Datasource,
        "Microsoft.Storage/storageAccounts/blobServices/write",
        false,
    ),
    kind(
        "Microsoft.Storage/storageAccounts/adlsBlobServices",
        &role::STORAGE_ACCOUNT_BACKUP_CONTRIBUTOR,
        Place::Datasource,
        "Microsoft.Storage/storageAccounts/blobServices/write",
        false,
    ),
    kind(
        "Microsoft.DBforPostgreSQL/flexibleServers",
        &role::POSTGRESQL_FLEXIBLE_LONG_TERM,
        Place::Datasource,
        "Microsoft.DBforPostgreSQL/flexibleServers/ltrPreBackup/action",
        true,
    ),
    kind(
        "Microsoft.DBforPostgreSQL/servers/databases",
        &role::READER,
        Place::Parent,
        "Microsoft.DBforPostgreSQL/servers/read",
        false,
    ),
    kind(
        "Microsoft.DBforMySQL/flexibleServers",
        &role::MYSQL_BACKUP_AND_EXPORT,
        Place::Datasource,
        "Microsoft.DBforMySQL/flexibleServers/backupAndExport/action",
        true,
    ),
    Kind {
        code: "KubernetesBackupListExtensionsError",
        ..kind(
            "Microsoft.ContainerService/managedClusters",
            &role::READER,
            Place::Datasource,
            "Microsoft.ContainerService/managedClusters/read",
            false,
        )
    },
    kind(
        "Microsoft.ElasticSan/elasticSans/volumeGroups",
        &role::ELASTIC_SAN_SNAPSHOT_EXPORTER,
        Place::Parent,
        "Microsoft.ElasticSan/elasticSans/read",
        false,
    ),
    kind(
        "Microsoft.DocumentDB/databaseAccounts",
        &role::COSMOS_DB_OPERATOR,
        Place::Datasource,
        "Microsoft.DocumentDB/databaseAccounts/read",
        true,
    ),
];

impl Kind {
    /// What protecting `datasource` takes beside the group that receives snapshots.
    pub(super) fn requirements(&self, datasource: &str, principal: &str) -> Vec<Requirement> {
        let scope = match self.place {
            Place::Datasource => datasource.to_owned(),
            Place::Parent => parent(datasource),
        };
        let own = Requirement::of_vault(&[self.role], &scope, self.action, self.code, principal);
        let group = self.reads_group.then(|| {
            let group = group_id_of(datasource).unwrap_or_default();
            let action = "Microsoft.Resources/subscriptions/resourceGroups/read";
            Requirement::of_vault(&[&role::READER], &group, action, GENERIC, principal)
        });
        [Some(own), group].into_iter().flatten().collect()
    }
}
