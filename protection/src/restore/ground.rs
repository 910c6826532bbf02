//! What a restore is planned from: the instance, the vault, its recovery points, and the place it goes to.

use super::cluster_ground::ClusterGround;
use super::{RestoreTarget, WishedRegion};
use crate::family::Family;
use crate::impossible::Impossible;
use crate::instance::BackupInstance;
use crate::points::{RecoveryPoint, TimeRange};
use crate::roles::RoleAssignment;
use crate::tier::DataStore;
use crate::vault::{CrossRegion, Vault};
use crate::workload::postgresql_single::{KeyVault, SecretUri};
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
    /// Stores in which the policy keeps backups of a storage account; empty if that is not known.
    pub stores: Vec<DataStore>,
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

/// Whether backups may be in this store; where no store is known, they may be in each.
pub(crate) fn is_kept_in(stores: &[DataStore], store: DataStore) -> bool {
    stores.is_empty() || stores.contains(&store)
}

/// The secret that the target is written with: as wished, else that of the instance.
pub(crate) fn secret_of(source: &BackupInstance, target: &RestoreTarget) -> Option<SecretUri> {
    let RestoreTarget::Database { secret, .. } = target else { return None };
    secret.clone().or_else(|| source.stated.secret.clone())?.try_into().ok()
}

/// The region that restores.
pub(crate) fn region_of(vault: &Vault, wished: WishedRegion) -> Result<Location, Impossible> {
    match (wished, &vault.cross_region) {
        (WishedRegion::Primary, _) => Ok(vault.location.clone()),
        (WishedRegion::Secondary, CrossRegion::Enabled { secondary: Some(secondary) }) => {
            Ok(secondary.clone())
        }
        (WishedRegion::Secondary, CrossRegion::Enabled { secondary: None }) => Err(Impossible::new(
            "SecondaryRegionUnknown",
            format!("Azure names no paired region for {}", Family::vault_in_words(&vault.id)),
            "wait until its backup data is replicated, or restore in the region of the vault",
        )),
        (WishedRegion::Secondary, CrossRegion::Disabled) => Err(Impossible::new(
            "CrossRegionRestoreDisabled",
            format!("{} does not restore in its paired region", Family::vault_in_words(&vault.id)),
            "use a geo-redundant vault and enable cross-region restore on it, or restore in the region of the vault",
        )),
    }
}

/// What has to be there before a restore can put something in it.
pub(crate) fn place_of(source: &BackupInstance, target: &RestoreTarget) -> Option<ResourceId> {
    match target {
        RestoreTarget::Disk { resource_group, .. } => Some(resource_group.clone()),
        RestoreTarget::BlobsInPlace { .. } => Some(source.datasource.clone()),
        RestoreTarget::Containers { account, .. } | RestoreTarget::Files { account, .. } => {
            Some(account.clone())
        }
        RestoreTarget::Database { server, .. } => Some(server.clone()),
        RestoreTarget::Cluster(wish) => {
            Some(wish.cluster.clone().unwrap_or_else(|| source.datasource.clone()))
        }
        RestoreTarget::VmDisks(wish) => Some(wish.resource_group.clone()),
        RestoreTarget::Vm(wish) => Some(wish.resource_group.clone()),
        RestoreTarget::VmInPlace(_) => Some(source.datasource.clone()),
        RestoreTarget::Share(wish) => Some(wish.share.clone().unwrap_or_else(|| source.datasource.clone())),
    }
    .filter(|id| is_a(id, target))
}

/// Whether the place is of the type that the target needs.
fn is_a(id: &ResourceId, target: &RestoreTarget) -> bool {
    let needed = match target {
        RestoreTarget::Disk { .. } | RestoreTarget::VmDisks(_) | RestoreTarget::Vm(_) => {
            "Microsoft.Resources/resourceGroups"
        }
        RestoreTarget::VmInPlace(_) => "Microsoft.Compute/virtualMachines",
        RestoreTarget::Share(_) => "Microsoft.Storage/storageAccounts/fileServices/shares",
        RestoreTarget::BlobsInPlace { .. }
        | RestoreTarget::Containers { .. }
        | RestoreTarget::Files { .. } => "Microsoft.Storage/storageAccounts",
        RestoreTarget::Database { .. } => "Microsoft.DBforPostgreSQL/servers",
        RestoreTarget::Cluster(_) => "Microsoft.ContainerService/managedClusters",
    };
    id.resource_type().eq_ignore_ascii_case(needed)
}

/// The id of the disk that a restore would make; none if the name cannot be part of an id.
pub(crate) fn disk_id(group: &ResourceId, name: &str) -> Option<ResourceId> {
    format!("{group}/providers/Microsoft.Compute/disks/{name}").parse().ok()
}

/// The storage account that a restore passes its data through, where it needs one.
pub(crate) fn staging_of(target: &RestoreTarget) -> Option<&ResourceId> {
    match target {
        RestoreTarget::VmDisks(wish) => Some(&wish.staging),
        RestoreTarget::Vm(wish) => Some(&wish.staging),
        RestoreTarget::VmInPlace(wish) => Some(&wish.staging),
        RestoreTarget::Disk { .. }
        | RestoreTarget::BlobsInPlace { .. }
        | RestoreTarget::Containers { .. }
        | RestoreTarget::Files { .. }
        | RestoreTarget::Database { .. }
        | RestoreTarget::Cluster(_)
        | RestoreTarget::Share(_) => None,
    }
}

/// The id of the virtual machine that a restore would make; none if the name cannot be part of an id.
pub(crate) fn machine_id(group: &ResourceId, name: &str) -> Option<ResourceId> {
    format!("{group}/providers/Microsoft.Compute/virtualMachines/{name}").parse().ok()
}

pub(crate) fn no_place(target: &RestoreTarget) -> Impossible {
    let needed = match target {
        RestoreTarget::Disk { .. } | RestoreTarget::VmDisks(_) | RestoreTarget::Vm(_) => {
            "`resourceGroup` has to be the ARM id of a resource group"
        }
        RestoreTarget::VmInPlace(_) => "the datasource has to be a virtual machine",
        RestoreTarget::Share(_) => {
            "`share` has to be the ARM id of a file share: <account>/fileServices/default/shares/<name>"
        }
        RestoreTarget::BlobsInPlace { .. } => "the datasource has to be a storage account",
        RestoreTarget::Containers { .. } | RestoreTarget::Files { .. } => {
            "`account` has to be the ARM id of a storage account"
        }
        RestoreTarget::Database { .. } => "`server` has to be the ARM id of a PostgreSQL single server",
        RestoreTarget::Cluster(_) => "`cluster` has to be the ARM id of a Kubernetes cluster",
    };
    Impossible::new("RestoreTargetOfWrongType", needed, "name one, and see what the datasource can become")
}
