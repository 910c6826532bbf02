//! What a restore is planned from: the instance, the vault, its recovery points, and the place it goes to.

use holdfast_evaluator::Resource;
use serde_json::Value;

use super::cluster_ground::ClusterGround;
use super::{DataDirectory, DataFile, DesiredRegion, RestoreTarget};
use crate::family::Family;
use crate::impossible::Impossible;
use crate::instance::BackupInstance;
use crate::points::{RecoveryPoint, TimeRange};
use crate::roles::RoleAssignment;
use crate::tier::DataStore;
use crate::vault::{CrossRegion, Vault};
use crate::workload::postgresql_single::KeyVault;
use crate::workload::storage_account;
use crate::{Location, ResourceId};

/// All that a plan is made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoreGround {
    /// What is restored.
    pub source: BackupInstance,
    /// Its vault.
    pub vault: Vault,
    /// Recovery points, of the region that is to restore.
    pub points: Vec<RecoveryPoint>,
    /// Spans of continuous backup; empty where there is none.
    pub ranges: Vec<TimeRange>,
    /// Where it goes.
    pub place: Place,
    /// The storage account that the restore passes through, if it needs one.
    pub staging: Option<Place>,
    /// Roles of everybody who needs one, wherever they need it and above.
    pub roles: Vec<RoleAssignment>,
    /// The key vault of the secret that the target is written with, if one is needed and found.
    pub key_vault: Option<KeyVault>,
    /// What is in the cluster that it goes to, if it goes to one that is there.
    pub cluster: Option<ClusterGround>,
    /// What is known of the databases of the machine that it goes to, if it goes to one.
    pub databases: Option<DatabasesGround>,
    /// Stores in which the policy keeps backups of a storage account; empty if that is not known.
    pub stores: Vec<DataStore>,
}

/// What is known of databases in the machine that a restore goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabasesGround {
    /// The container of the machine in the vault.
    pub container: ResourceId,
    /// Where its instances have the files of their databases.
    pub directories: Vec<DataDirectory>,
    /// The files of the backup.
    pub files: Vec<DataFile>,
}

/// The place that a restore goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// What has to be there: a resource group, an account, a server, a cluster.
    pub id: ResourceId,
    /// What is there, if anything is.
    pub seen: Option<SeenPlace>,
    /// Names of what is in it, as far as it matters: the disk's, the database's, those of containers.
    pub taken: Vec<String>,
}

/// A place as Azure shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenPlace {
    /// Region.
    pub location: Location,
    /// Where its blobs are reached, for a storage account.
    pub blob_endpoint: Option<String>,
    /// `sku.name`, such as `Standard_ZRS`.
    pub sku: Option<String>,
}

impl SeenPlace {
    /// What a resource shows.
    pub(crate) fn of(resource: &Resource) -> Self {
        let body: Option<Value> = serde_json::from_str(&resource.body).ok();
        Self {
            location: Location::from(resource.location.as_str()),
            blob_endpoint: storage_account::blob_endpoint(resource),
            sku: body.and_then(|body| body.pointer("/sku/name")?.as_str().map(str::to_owned)),
        }
    }
}

/// Whether backups may be in this store; where no store is known, they may be in each.
pub(crate) fn is_kept_in(stores: &[DataStore], store: DataStore) -> bool {
    stores.is_empty() || stores.contains(&store)
}

/// The region that restores.
pub(crate) fn region_of(vault: &Vault, desired: DesiredRegion) -> Result<Location, Impossible> {
    match (desired, &vault.cross_region) {
        (DesiredRegion::Primary, _) => Ok(vault.location.clone()),
        (DesiredRegion::Secondary, CrossRegion::Enabled { secondary: Some(secondary) }) => {
            Ok(secondary.clone())
        }
        (DesiredRegion::Secondary, CrossRegion::Enabled { secondary: None }) => Err(Impossible::new(
            "SecondaryRegionUnknown",
            format!("Azure names no paired region for {}", Family::vault_in_words(&vault.id)),
            "wait until its backup data is replicated, or restore in the region of the vault",
        )),
        (DesiredRegion::Secondary, CrossRegion::Disabled) => Err(Impossible::new(
            "CrossRegionRestoreDisabled",
            format!("{} does not restore in its paired region", Family::vault_in_words(&vault.id)),
            "use a geo-redundant vault and enable cross-region restore on it, or restore in the region of the vault",
        )),
    }
}

/// What has to be there before a restore can put something in it; refused where something of another type is named.
pub(crate) fn place_of(source: &BackupInstance, target: &RestoreTarget) -> Result<ResourceId, Impossible> {
    let kind = target.kind();
    let (needed, named) = kind.place_type();
    let place = kind.place(source).filter(|id| id.resource_type().eq_ignore_ascii_case(needed));
    place.ok_or_else(|| wrong_type(named))
}

pub(super) fn wrong_type(named: &str) -> Impossible {
    Impossible::new("RestoreTargetOfWrongType", named, "name one, and see what the datasource can become")
}
