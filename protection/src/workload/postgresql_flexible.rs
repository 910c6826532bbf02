//! PostgreSQL flexible servers: full backups of the whole server in the vault.

use super::manifest::{
    DataStore, DatasourceSet, Grantee, Manifest, Rhythm, RoleNeed, RoleScope, StoreBounds, always_supported,
};
use crate::policy::Every;
use crate::roles::Role;

pub(super) const MANIFEST: Manifest = Manifest {
    noun: "PostgreSQL flexible server",
    slug: "pgflex",
    resource_type: "Microsoft.DBforPostgreSQL/flexibleServers",
    datasource_type: "Microsoft.DBforPostgreSQL/flexibleServers",
    set: DatasourceSet::Itself,
    snapshot_group: false,
    backup_type: "Full",
    stores: &[StoreBounds {
        store: DataStore::VaultStore,
        retention_days: 7..=3650,
        default_days: 90,
        rhythm: Some(Rhythm { periods: &[Every::Day, Every::Week], usual: Every::Week }),
    }],
    most_points: None,
    roles: &[
        RoleNeed {
            role: Role::PostgresqlLongTermRetention,
            grantee: Grantee::Vault,
            on: RoleScope::Datasource,
        },
        RoleNeed { role: Role::Reader, grantee: Grantee::Vault, on: RoleScope::DatasourceGroup },
    ],
    source: "PostgreSQL flexible server backup support matrix",
    unsupported: always_supported,
};
