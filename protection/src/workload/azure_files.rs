//! File shares of storage accounts: snapshots of the share, and copies in a Recovery Services vault.

mod registration;

use holdfast_evaluator::{Protection, Resource};
use serde_json::Value;

use super::manifest::{Cadence, DatasourceSet, Manifest, PolicyModel, StoreBounds};
use super::rules::{Unsupported, WorkloadRules};
use super::{Case, Dependencies, Details, Parties, Preparation, tag};
use crate::family::Family;
use crate::family::recovery_services::ItemName;
use crate::impossible::Impossible;
use crate::schedule::{Frequency, Period, RetentionTag, Schedule, TimeOfDay};
use crate::tier::DataStore;
use crate::{ResourceId, ResourceIdError};

pub use registration::{Inquiry, Protectable, Registration};

/// Whether Azure Backup may lock the account of a share against deletion.
pub const LOCK_TAG: &str = "holdfast-lock-account";

pub(super) struct AzureFiles;

impl WorkloadRules for AzureFiles {
    fn manifest(&self) -> &'static Manifest {
        &MANIFEST
    }

    fn crosses_subscriptions(&self) -> bool {
        false
    }

    fn unsupported(&self, share: &Resource) -> Option<Unsupported> {
        let body: Value = serde_json::from_str(&share.body).unwrap_or_default();
        let protocol = body.pointer("/properties/enabledProtocols").and_then(Value::as_str).unwrap_or("SMB");
        (!protocol.eq_ignore_ascii_case("SMB")).then(|| Unsupported {
            reason: format!("Azure Files backup needs a share of SMB; this one is of {protocol}"),
            way_out: "keep what has to be backed up in an SMB share",
        })
    }

    fn details(&self, share: &Resource, _how: &Protection) -> Result<Details, Impossible> {
        Ok(Details::Share { lock: tag::switch(share, LOCK_TAG)?.unwrap_or(false) })
    }

    /// The account is registered first; then Azure is asked for shares that came later.
    fn parties(&self, case: &Case<'_>) -> Result<Parties, Impossible> {
        let Dependencies::Known(known) = case.dependencies else { return Ok(Parties::default()) };
        let Some(account) = account(case.datasource) else { return Ok(Parties::default()) };
        let container =
            container_of(case.vault, &account).map_err(|error| Impossible::unusable_name(&error))?;
        let vault = case.vault.clone();
        let lock = matches!(case.details, Details::Share { lock: true });
        let preparation = match known {
            Protectable::NotRegistered => {
                Some(Preparation::Register(Registration { container, vault, account, lock }))
            }
            Protectable::NotFound => Some(Preparation::Inquire(Inquiry { inquired: container, vault })),
            Protectable::Item(_) => None,
        };
        Ok(Parties::default().prepared(preparation))
    }

    /// Until Azure has named the item, it is called as its share.
    fn instance(&self, case: &Case<'_>) -> Result<ResourceId, Impossible> {
        let account = account(case.datasource).unwrap_or_else(|| case.datasource.clone());
        let name = match case.dependencies {
            Dependencies::Known(Protectable::Item(system)) => system.as_str(),
            Dependencies::Known(Protectable::NotRegistered | Protectable::NotFound)
            | Dependencies::Nothing
            | Dependencies::Containers(_)
            | Dependencies::KeyVault(_)
            | Dependencies::Cluster { .. } => case.datasource.name(),
        };
        ItemName::of_share(&account, name).id(case.vault).map_err(|error| Impossible::unusable_name(&error))
    }
}

/// ARM id of the container of a storage account in a vault.
pub fn container_of(vault: &ResourceId, account: &ResourceId) -> Result<ResourceId, ResourceIdError> {
    ItemName::of_share(account, "").container_id(vault)
}

/// The storage account of a share.
pub fn account(share: &ResourceId) -> Option<ResourceId> {
    share.parent()?.parent()
}

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
            cadence: Some(CADENCE),
            template: Period::days(30),
        },
        StoreBounds {
            store: DataStore::VaultStore,
            retention_days: 1..=9999,
            default_days: 30,
            cadence: Some(CADENCE),
            template: Period::days(30),
        },
    ],
    policy: PolicyModel::Files,
    tags: &[RetentionTag::Weekly, RetentionTag::Monthly, RetentionTag::Yearly],
    most_points: Some(200),
    roles: &[],
    source: "Azure Files backup support matrix",
};

const CADENCE: Cadence = Cadence {
    periods: &[
        Frequency::Hours(4),
        Frequency::Hours(6),
        Frequency::Hours(8),
        Frequency::Hours(12),
        Frequency::Day,
    ],
    template: Schedule { every: Frequency::Day, at: TimeOfDay::hour(22) },
};
