//! File shares of storage accounts: snapshots of the share, and copies in a Recovery Services vault.

use super::manifest::{DatasourceSet, Manifest, PolicyModel, Rhythm, StoreBounds};
use crate::family::Family;
use crate::schedule::{Every, Period, RetentionTag, Schedule, TimeOfDay};
use crate::tier::DataStore;

pub(crate) const MANIFEST: Manifest = Manifest {
    noun: "file share",
    slug: "files",
    family: Family::RecoveryServices,
    resource_type: "Microsoft.Storage/storageAccounts/fileServices/shares",
    datasource_type: "Microsoft.Storage/storageAccounts/fileServices/shares",
    set: DatasourceSet::Parent,
    snapshot_group: false,
    backup_type: "Full",
    stores: &[
        StoreBounds {
            store: DataStore::OperationalStore,
            retention_days: 1..=200,
            default_days: 30,
            rhythm: Some(RHYTHM),
            template: Period::days(30),
        },
        StoreBounds {
            store: DataStore::VaultStore,
            retention_days: 1..=9999,
            default_days: 30,
            rhythm: Some(RHYTHM),
            template: Period::days(30),
        },
    ],
    policy: PolicyModel::Files,
    tags: &[RetentionTag::Weekly, RetentionTag::Monthly, RetentionTag::Yearly],
    most_points: Some(200),
    roles: &[],
    source: "Azure Files backup support matrix",
};

const RHYTHM: Rhythm = Rhythm {
    periods: &[Every::Hours(4), Every::Hours(6), Every::Hours(8), Every::Hours(12), Every::Day],
    template: Schedule { every: Every::Day, at: TimeOfDay::hour(22) },
};
