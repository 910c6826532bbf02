//! Blobs of a storage account: continuous in the account itself, copied into the vault, or both.

use holdfast_evaluator::{Protection, Resource, Tier};

use super::manifest::{Cadence, DatasourceSet, Manifest, PolicyModel, RoleNeed, RoleScope, StoreBounds};
use super::rules::{Kept, Restating, Unsupported, WorkloadRules};
use super::storage_account::{self, containers, is_data_lake, unsupported_account};
use super::{BackupParameters, Case, Dependencies, Details, Restated, Stated};
use crate::family::Family;
use crate::impossible::Impossible;
use crate::roles::Role;
use crate::schedule::{Frequency, Period, RetentionTag, Schedule, TimeOfDay};
use crate::tier::DataStore;

pub(super) struct AzureBlobs;

impl WorkloadRules for AzureBlobs {
    fn manifest(&self) -> &'static Manifest {
        &MANIFEST
    }

    fn claims(&self, account: &Resource) -> bool {
        !is_data_lake(account)
    }

    /// An account has a hierarchical namespace or not, and never changes.
    fn excludes_others(&self) -> bool {
        true
    }

    /// The applicability test of Azure's built-in policy for operational blob backup.
    fn unsupported(&self, account: &Resource) -> Option<Unsupported> {
        unsupported_account(account, "blob backup")
    }

    fn parameters(&self, case: &Case<'_>, into_vault: bool) -> Result<Option<BackupParameters>, Impossible> {
        storage_account::parameters(case, into_vault)
    }

    fn details(&self, _account: &Resource, how: &Protection) -> Result<Details, Impossible> {
        // A policy that is chosen by name may keep blobs in the vault as well.
        let vaulted = how.tier == Some(Tier::Vault) || how.blob_containers.is_some() || how.policy.is_some();
        if vaulted { containers(how).map(Details::Containers) } else { Ok(Details::Nothing) }
    }

    fn restating(&self, kept: &Kept<'_>) -> Result<Restating, Impossible> {
        let lists_none = kept.stated.containers.is_empty() && !kept.goes_into_vault;
        if lists_none || kept.stated.auto_protection.is_some() {
            return Ok(Restating::Nothing);
        }
        storage_account::restating(kept, self.details(kept.resource, kept.how)?)
    }

    fn restated(&self, kept: &Kept<'_>, dependencies: &Dependencies) -> Result<Option<Restated>, Impossible> {
        storage_account::restated(kept, dependencies)
    }

    fn repaired(&self, case: &Case<'_>, stated: &Stated, into_vault: bool) -> Result<Restated, Impossible> {
        storage_account::listing(case, stated, into_vault)
    }

    fn continuous_backup(&self) -> Option<&'static str> {
        Some("UserErrorStopProtectionNotSupportedForBlobOperationalBackup")
    }
}

const MANIFEST: Manifest = Manifest {
    noun: "storage account",
    slug: "blobs",
    family: Family::BackupVault,
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
            cadence: None,
            template: Period::days(30),
        },
        StoreBounds {
            store: DataStore::VaultStore,
            retention_days: 1..=3650,
            default_days: 30,
            cadence: Some(Cadence {
                periods: &[Frequency::Day, Frequency::Week],
                template: Schedule { every: Frequency::Week, at: TimeOfDay::hour(13) },
            }),
            template: Period::days(7),
        },
    ],
    policy: PolicyModel::Rules,
    tags: &[RetentionTag::Weekly, RetentionTag::Monthly, RetentionTag::Yearly],
    most_points: None,
    roles: &[RoleNeed::of_vault(Role::StorageAccountBackupContributor, RoleScope::Datasource)],
    source: "blob backup support matrix",
};
