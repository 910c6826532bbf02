//! Data Lake Storage: accounts with a hierarchical namespace, copied into the vault.

use holdfast_evaluator::{Protection, Resource};

use super::manifest::{Cadence, DatasourceSet, Manifest, PolicyModel, RoleNeed, RoleScope, StoreBounds};
use super::rules::{Kept, Restating, Unsupported, WorkloadRules};
use super::storage_account::{self, containers, is_data_lake, unsupported_account};
use super::{BackupParameters, Case, Dependencies, Details, Restated, Stated};
use crate::family::Family;
use crate::impossible::Impossible;
use crate::roles::Role;
use crate::schedule::{Frequency, Period, RetentionTag, Schedule, TimeOfDay};
use crate::tier::DataStore;

pub(super) struct DataLake;

impl WorkloadRules for DataLake {
    fn manifest(&self) -> &'static Manifest {
        &MANIFEST
    }

    fn claims(&self, account: &Resource) -> bool {
        is_data_lake(account)
    }

    /// An account has a hierarchical namespace or not, and never changes.
    fn excludes_others(&self) -> bool {
        true
    }

    fn unsupported(&self, account: &Resource) -> Option<Unsupported> {
        unsupported_account(account, "Data Lake Storage backup")
    }

    fn parameters(&self, case: &Case<'_>, into_vault: bool) -> Result<Option<BackupParameters>, Impossible> {
        storage_account::parameters(case, into_vault)
    }

    fn details(&self, _account: &Resource, how: &Protection) -> Result<Details, Impossible> {
        containers(how).map(Details::Containers)
    }

    fn restating(&self, kept: &Kept<'_>) -> Result<Restating, Impossible> {
        if kept.stated.containers.is_empty() || kept.stated.auto_protection.is_some() {
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
}

const MANIFEST: Manifest = Manifest {
    noun: "Data Lake Storage account",
    slug: "adls",
    family: Family::BackupVault,
    resource_type: "Microsoft.Storage/storageAccounts",
    datasource_type: "Microsoft.Storage/storageAccounts/adlsBlobServices",
    set: DatasourceSet::Itself,
    snapshot_group: false,
    backup_type: "Discrete",
    stores: &[StoreBounds {
        store: DataStore::VaultStore,
        retention_days: 1..=3650,
        default_days: 30,
        cadence: Some(Cadence {
            periods: &[Frequency::Day, Frequency::Week],
            template: Schedule { every: Frequency::Week, at: TimeOfDay::hour(13) },
        }),
        template: Period::days(7),
    }],
    policy: PolicyModel::Rules,
    tags: &[RetentionTag::Weekly, RetentionTag::Monthly, RetentionTag::Yearly],
    most_points: None,
    roles: &[RoleNeed::of_vault(Role::StorageAccountBackupContributor, RoleScope::Datasource)],
    source: "Data Lake Storage backup support matrix",
};
