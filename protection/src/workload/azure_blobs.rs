//! Blobs of a storage account: continuous in the account itself, copied into the vault, or both.

use holdfast_evaluator::Resource;

use super::manifest::{DatasourceSet, Manifest, Rhythm, RoleNeed, RoleScope, StoreBounds, Unsupported};
use super::storage_account::{is_data_lake, unsupported_account};
use crate::roles::Role;
use crate::schedule::{Every, Period, RetentionTag, Schedule, TimeOfDay};
use crate::tier::DataStore;

pub(super) const MANIFEST: Manifest = Manifest {
    noun: "storage account",
    slug: "blobs",
    resource_type: "Microsoft.Storage/storageAccounts",
    datasource_type: "Microsoft.Storage/storageAccounts/blobServices",
    set: DatasourceSet::Itself,
    snapshot_group: false,
    backup_type: "Discrete",
    stores: &[
        StoreBounds {
            store: DataStore::OperationalStore,
            retention_days: 1..=360,
            default_days: 30,
            rhythm: None,
            template: Period::days(30),
        },
        StoreBounds {
            store: DataStore::VaultStore,
            retention_days: 1..=3650,
            default_days: 30,
            rhythm: Some(Rhythm {
                periods: &[Every::Day, Every::Week],
                template: Schedule { every: Every::Week, at: TimeOfDay::hour(13) },
            }),
            template: Period::days(7),
        },
    ],
    tags: &[RetentionTag::Weekly, RetentionTag::Monthly, RetentionTag::Yearly],
    most_points: None,
    roles: &[RoleNeed::of_vault(Role::StorageAccountBackupContributor, RoleScope::Datasource)],
    source: "blob backup support matrix",
    claims: |account| !is_data_lake(account),
    unsupported,
};

/// The applicability test of Azure's built-in policy for operational blob backup.
fn unsupported(account: &Resource) -> Option<Unsupported> {
    unsupported_account(account, "blob backup")
}
