//! Virtual machines: their disks together, as snapshots and as copies in a Recovery Services vault.

use super::manifest::{DatasourceSet, Manifest, PolicyModel, Rhythm, StoreBounds};
use crate::family::Family;
use crate::schedule::{Every, Period, RetentionTag, Schedule, TimeOfDay};
use crate::tier::DataStore;

pub(crate) const MANIFEST: Manifest = Manifest {
    noun: "virtual machine",
    slug: "vm",
    family: Family::RecoveryServices,
    resource_type: "Microsoft.Compute/virtualMachines",
    datasource_type: "Microsoft.Compute/virtualMachines",
    set: DatasourceSet::Absent,
    snapshot_group: false,
    backup_type: "Full",
    stores: &[StoreBounds {
        store: DataStore::VaultStore,
        retention_days: 7..=9999,
        default_days: 30,
        rhythm: Some(Rhythm {
            periods: &[
                Every::Hours(4),
                Every::Hours(6),
                Every::Hours(8),
                Every::Hours(12),
                Every::Day,
                Every::Week,
            ],
            template: Schedule { every: Every::Day, at: TimeOfDay::hour(22) },
        }),
        template: Period::days(30),
    }],
    policy: PolicyModel::Vm,
    tags: &[RetentionTag::Weekly, RetentionTag::Monthly, RetentionTag::Yearly],
    most_points: None,
    roles: &[],
    source: "Azure VM backup support matrix",
};
