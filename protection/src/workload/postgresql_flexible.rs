//! PostgreSQL flexible servers: full backups of the whole server in the vault.

use super::manifest::{Cadence, DatasourceSet, Manifest, PolicyModel, RoleNeed, RoleScope, StoreBounds};
use super::rules::WorkloadRules;
use crate::family::Family;
use crate::roles::Role;
use crate::schedule::{Frequency, Period, RetentionTag, Schedule, TimeOfDay};
use crate::tier::DataStore;

pub(super) struct PostgresqlFlexible;

impl WorkloadRules for PostgresqlFlexible {
    fn manifest(&self) -> &'static Manifest {
        &MANIFEST
    }
}

const MANIFEST: Manifest = Manifest {
    noun: "PostgreSQL flexible server",
    slug: "pgflex",
    family: Family::BackupVault,
    resource_type: "Microsoft.DBforPostgreSQL/flexibleServers",
    datasource_type: "Microsoft.DBforPostgreSQL/flexibleServers",
    set: DatasourceSet::Itself,
    snapshot_group: false,
    backup_type: "Full",
    stores: &[StoreBounds {
        store: DataStore::VaultStore,
        retention_days: 7..=3650,
        // The template keeps ten years; what nobody asked for is kept for three months, as the command line proposes.
        default_days: 90,
        cadence: Some(Cadence {
            periods: &[Frequency::Day, Frequency::Week],
            template: Schedule { every: Frequency::Week, at: TimeOfDay::hour(23) },
        }),
        template: Period::years(10),
    }],
    policy: PolicyModel::Rules,
    tags: &[RetentionTag::Weekly, RetentionTag::Monthly, RetentionTag::Yearly],
    most_points: None,
    roles: &[
        RoleNeed::of_vault(Role::PostgresqlLongTermRetention, RoleScope::Datasource),
        RoleNeed::reader(RoleScope::DatasourceGroup),
    ],
    source: "PostgreSQL flexible server backup support matrix",
};
