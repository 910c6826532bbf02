//! Databases of PostgreSQL single servers: full dumps in the vault, taken with a secret from a key vault.

use holdfast_evaluator::Resource;

use super::manifest::{
    DatasourceSet, Manifest, Rhythm, RoleNeed, RoleScope, StoreBounds, Unsupported, every_resource,
};
use crate::roles::Role;
use crate::schedule::{Every, Period, RetentionTag, Schedule, TimeOfDay};
use crate::tier::DataStore;

pub(super) const MANIFEST: Manifest = Manifest {
    noun: "PostgreSQL database",
    slug: "pgsql",
    resource_type: "Microsoft.DBforPostgreSQL/servers/databases",
    datasource_type: "Microsoft.DBforPostgreSQL/servers/databases",
    set: DatasourceSet::Parent,
    snapshot_group: false,
    backup_type: "Full",
    stores: &[StoreBounds {
        store: DataStore::VaultStore,
        retention_days: 7..=3650,
        default_days: 90,
        rhythm: Some(Rhythm {
            periods: &[Every::Week],
            template: Schedule { every: Every::Week, at: TimeOfDay::hour(2) },
        }),
        template: Period::months(3),
    }],
    tags: &[RetentionTag::Weekly, RetentionTag::Monthly, RetentionTag::Yearly],
    most_points: None,
    roles: &[
        RoleNeed::reader(RoleScope::Parent),
        RoleNeed::of_vault(Role::KeyVaultSecretsUser, RoleScope::KeyVault),
    ],
    source: "PostgreSQL backup support matrix",
    claims: every_resource,
    unsupported,
};

/// Azure keeps two databases of its own on every server; nobody may dump them.
fn unsupported(database: &Resource) -> Option<Unsupported> {
    let own = ["azure_maintenance", "azure_sys"];
    own.iter().any(|name| database.name.eq_ignore_ascii_case(name)).then(|| Unsupported {
        reason: format!("`{}` is a database of Azure's own, which cannot be backed up", database.name),
        way_out: "nothing needs to be done",
    })
}
