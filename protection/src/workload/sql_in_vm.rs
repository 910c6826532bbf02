//! SQL Server in virtual machines: full, differential and log backups of each database.

use super::in_machine::{DatabaseKind, InMachine, MACHINES};
use super::manifest::{Cadence, DatasourceSet, Manifest, PolicyModel, StoreBounds};
use crate::family::Family;
use crate::schedule::{Frequency, Period, RetentionTag, Schedule, TimeOfDay};
use crate::tier::DataStore;

pub(super) const SQL_IN_VM: InMachine = InMachine {
    manifest: &MANIFEST,
    kind: DatabaseKind::Sql,
    word: "sql-in-vm",
    witness: Some("Microsoft.SqlVirtualMachine/sqlVirtualMachines"),
    never: &["tempdb"],
};

pub(crate) const MANIFEST: Manifest = Manifest {
    noun: "SQL Server database",
    slug: "sql",
    family: Family::RecoveryServices,
    resource_type: MACHINES,
    datasource_type: "SQLDataBase",
    set: DatasourceSet::Absent,
    snapshot_group: false,
    backup_type: "Full",
    stores: &[StoreBounds {
        store: DataStore::VaultStore,
        retention_days: 7..=9999,
        default_days: 30,
        cadence: Some(Cadence {
            periods: &[Frequency::Day, Frequency::Week],
            template: Schedule { every: Frequency::Week, at: TimeOfDay::hour(22) },
        }),
        template: Period::days(30),
    }],
    policy: PolicyModel::Databases(DatabaseKind::Sql),
    tags: &[RetentionTag::Weekly, RetentionTag::Monthly, RetentionTag::Yearly],
    most_points: None,
    roles: &[],
    source: "support matrix of SQL Server backup in Azure VMs",
};
