//! Blobs of a storage account: continuous in the account itself, with point-in-time restore.

use holdfast_evaluator::Resource;

use super::manifest::{
    DataStore, DatasourceSet, Grantee, Manifest, RoleNeed, RoleScope, StoreBounds, Unsupported,
};
use super::storage_account::{flag, unsupported_kind};
use crate::policy::{Period, RetentionTag};
use crate::roles::Role;

pub(super) const MANIFEST: Manifest = Manifest {
    noun: "storage account",
    slug: "blobs",
    resource_type: "Microsoft.Storage/storageAccounts",
    datasource_type: "Microsoft.Storage/storageAccounts/blobServices",
    set: DatasourceSet::Itself,
    snapshot_group: false,
    backup_type: "Discrete",
    stores: &[StoreBounds {
        store: DataStore::OperationalStore,
        retention_days: 1..=360,
        default_days: 30,
        rhythm: None,
        template: Period::days(30),
    }],
    tags: &[RetentionTag::Weekly, RetentionTag::Monthly, RetentionTag::Yearly],
    most_points: None,
    roles: &[RoleNeed {
        role: Role::StorageAccountBackupContributor,
        grantee: Grantee::Vault,
        on: RoleScope::Datasource,
    }],
    source: "blob backup support matrix",
    unsupported,
};

/// The applicability test of Azure's built-in policy for operational blob backup.
fn unsupported(account: &Resource) -> Option<Unsupported> {
    unsupported_kind(account, "blob backup").or_else(|| {
        flag(account, "isHnsEnabled").then(|| Unsupported {
            reason: "operational blob backup does not support a hierarchical namespace (Data Lake Storage)"
                .to_owned(),
            way_out: "use an account without a hierarchical namespace",
        })
    })
}
