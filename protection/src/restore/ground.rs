//! What a restore is planned from: the instance, the vault, its recovery points, and the place it goes to.

use std::collections::BTreeSet;

use serde_json::Value;

use super::cluster_ground::ClusterGround;
use super::{RestoreSource, RestoreTarget, RestoreVault, RestoreWish, WishedRegion};
use crate::impossible::Impossible;
use crate::points::{RecoveryPoint, TimeRange, in_paired_region};
use crate::ports::{Azure, AzureRestore, ObservedResource};
use crate::restore::CrossRegion;
use crate::roles::RoleAssignment;
use crate::tier::DataStore;
use crate::workload::postgresql_single::{KeyVault, SecretUri};
use crate::{AzureError, Location, ResourceId, Workload};

/// All that a plan is made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoreGround {
    /// What is restored.
    pub source: RestoreSource,
    /// Its vault.
    pub vault: RestoreVault,
    /// Recovery points, of the region that is to restore.
    pub points: Vec<RecoveryPoint>,
    /// Spans of continuous backup; empty where there is none.
    pub ranges: Vec<TimeRange>,
    /// Where it goes.
    pub place: Place,
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
}

/// Reads all that a plan is made from.
///
/// Refused where the wish cannot even be looked into, such as a paired region that the vault does not have.
pub async fn observe(
    azure: &dyn Azure,
    restores: &dyn AzureRestore,
    mut source: RestoreSource,
    wish: &RestoreWish,
) -> Result<Result<RestoreGround, Impossible>, AzureError> {
    let Some(vault_id) = source.vault() else { return Ok(Err(vault_gone(&source))) };
    let Some(vault) = restores.restore_vault(&vault_id).await? else { return Ok(Err(vault_gone(&source))) };
    if source.location.as_str().is_empty() {
        // Some tools leave it out; a datasource is always in the region of its vault.
        source.location = vault.location.clone();
    }
    let region = match region_of(&vault, wish.region) {
        Ok(region) => region,
        Err(impossible) => return Ok(Err(impossible)),
    };
    let stores = stores_of(azure, &source).await?;
    let (points, ranges) = copies(restores, &source, &vault, &region, wish, &stores).await?;
    let Some(id) = place_of(&source, &wish.to) else { return Ok(Err(no_place(&wish.to))) };
    let observed = azure.resource(&id).await?;
    let cluster = match (&wish.to, &observed) {
        (RestoreTarget::Cluster(_), Some(observed)) => {
            Some(ClusterGround::observe(azure, &id, observed).await?)
        }
        _ => None,
    };
    let place = look_at(azure, restores, id, &wish.to, observed).await?;
    let key_vault = match secret_of(&source, &wish.to) {
        Some(secret) => azure.key_vault(secret.vault()).await?,
        None => None,
    };
    let roles = roles(azure, &source, &vault, &place, key_vault.as_ref(), cluster.as_ref()).await?;
    Ok(Ok(RestoreGround { source, vault, points, ranges, place, roles, key_vault, cluster, stores }))
}

/// Recovery points, or spans of continuous backup: what the wish goes back to.
async fn copies(
    restores: &dyn AzureRestore,
    source: &RestoreSource,
    vault: &RestoreVault,
    region: &Location,
    wish: &RestoreWish,
    stores: &[DataStore],
) -> Result<(Vec<RecoveryPoint>, Vec<TimeRange>), AzureError> {
    let instance = &source.instance;
    if !matches!(wish.to, RestoreTarget::BlobsInPlace { .. }) {
        return Ok(match wish.region {
            WishedRegion::Primary => (restores.points(instance).await?, Vec::new()),
            WishedRegion::Secondary => {
                let points = restores.secondary_points(instance, region, &vault.location).await?;
                (in_paired_region(points), Vec::new())
            }
        });
    }
    if is_kept_in(stores, DataStore::OperationalStore) {
        let ranges = restores.restorable_ranges(instance, DataStore::OperationalStore, None).await?;
        return Ok((Vec::new(), ranges));
    }
    Ok((Vec::new(), Vec::new()))
}

/// Stores in which the policy of a storage account keeps backups: it may be in the account, in the vault, or in both.
async fn stores_of(azure: &dyn Azure, source: &RestoreSource) -> Result<Vec<DataStore>, AzureError> {
    if !source.datasource_type.eq_ignore_ascii_case(Workload::AzureBlobs.datasource_type()) {
        return Ok(Vec::new());
    }
    Ok(azure.policy(&source.policy).await?.map(|policy| policy.stores()).unwrap_or_default())
}

/// Whether backups may be in this store; where no store is known, they may be in each.
pub(super) fn is_kept_in(stores: &[DataStore], store: DataStore) -> bool {
    stores.is_empty() || stores.contains(&store)
}

/// Role assignments of everybody who needs a role, in each subscription in which one is needed.
async fn roles(
    azure: &dyn Azure,
    source: &RestoreSource,
    vault: &RestoreVault,
    place: &Place,
    key_vault: Option<&KeyVault>,
    cluster: Option<&ClusterGround>,
) -> Result<Vec<RoleAssignment>, AzureError> {
    let mut roles = Vec::new();
    if let Some(principal) = &vault.principal {
        let scopes = [Some(&place.id), source.snapshot_group.as_ref(), key_vault.map(|one| &one.id)];
        let subscriptions: BTreeSet<String> =
            scopes.into_iter().flatten().map(|id| id.subscription().to_ascii_lowercase()).collect();
        for subscription in subscriptions {
            roles.extend(azure.role_assignments(&subscription, principal).await?);
        }
    }
    if let Some(cluster) = cluster {
        roles.extend(cluster.roles(azure, source.snapshot_group.as_ref()).await?);
    }
    Ok(roles)
}

/// The secret that the target is written with: as wished, else that of the instance.
fn secret_of(source: &RestoreSource, target: &RestoreTarget) -> Option<SecretUri> {
    let RestoreTarget::Database { secret, .. } = target else { return None };
    secret.clone().or_else(|| source.secret.clone())?.try_into().ok()
}

/// The region that restores.
pub(super) fn region_of(vault: &RestoreVault, wished: WishedRegion) -> Result<Location, Impossible> {
    match (wished, &vault.cross_region) {
        (WishedRegion::Primary, _) => Ok(vault.location.clone()),
        (WishedRegion::Secondary, CrossRegion::Enabled { secondary: Some(secondary) }) => {
            Ok(secondary.clone())
        }
        (WishedRegion::Secondary, CrossRegion::Enabled { secondary: None }) => Err(Impossible::new(
            "SecondaryRegionUnknown",
            format!("Azure names no paired region for Backup vault `{}`", vault.id.name()),
            "wait until its backup data is replicated, or restore in the region of the vault",
        )),
        (WishedRegion::Secondary, CrossRegion::Disabled) => Err(Impossible::new(
            "CrossRegionRestoreDisabled",
            format!("Backup vault `{}` does not restore in its paired region", vault.id.name()),
            "use a geo-redundant vault and enable cross-region restore on it, or restore in the region of the vault",
        )),
    }
}

/// What has to be there before a restore can put something in it.
fn place_of(source: &RestoreSource, target: &RestoreTarget) -> Option<ResourceId> {
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
    }
    .filter(|id| is_a(id, target))
}

/// Whether the place is of the type that the target needs.
fn is_a(id: &ResourceId, target: &RestoreTarget) -> bool {
    let needed = match target {
        RestoreTarget::Disk { .. } => "Microsoft.Resources/resourceGroups",
        RestoreTarget::BlobsInPlace { .. }
        | RestoreTarget::Containers { .. }
        | RestoreTarget::Files { .. } => "Microsoft.Storage/storageAccounts",
        RestoreTarget::Database { .. } => "Microsoft.DBforPostgreSQL/servers",
        RestoreTarget::Cluster(_) => "Microsoft.ContainerService/managedClusters",
    };
    id.resource_type().eq_ignore_ascii_case(needed)
}

async fn look_at(
    azure: &dyn Azure,
    restores: &dyn AzureRestore,
    id: ResourceId,
    target: &RestoreTarget,
    observed: Option<ObservedResource>,
) -> Result<Place, AzureError> {
    let seen = observed.map(|observed| SeenPlace {
        location: Location::from(observed.resource.location.as_str()),
        blob_endpoint: blob_endpoint(&observed.resource.body),
    });
    if seen.is_none() {
        return Ok(Place { id, seen, taken: Vec::new() });
    }
    let taken = match target {
        RestoreTarget::Disk { name, .. } => taken_by(azure, disk_id(&id, name), name).await?,
        RestoreTarget::Database { name, .. } => {
            taken_by(azure, id.child("databases", name).ok(), name).await?
        }
        RestoreTarget::BlobsInPlace { containers, prefixes }
            if containers.is_empty() && prefixes.is_empty() =>
        {
            Vec::new()
        }
        RestoreTarget::BlobsInPlace { .. }
        | RestoreTarget::Containers { .. }
        | RestoreTarget::Files { .. } => restores.container_names(&id).await?.unwrap_or_default(),
        RestoreTarget::Cluster(_) => Vec::new(),
    };
    Ok(Place { id, seen, taken })
}

/// The id of the disk that a restore would make; none if the name cannot be part of an id.
pub(super) fn disk_id(group: &ResourceId, name: &str) -> Option<ResourceId> {
    format!("{group}/providers/Microsoft.Compute/disks/{name}").parse().ok()
}

async fn taken_by(azure: &dyn Azure, id: Option<ResourceId>, name: &str) -> Result<Vec<String>, AzureError> {
    let Some(id) = id else { return Ok(Vec::new()) };
    Ok(azure.resource(&id).await?.map(|_| name.to_owned()).into_iter().collect())
}

fn blob_endpoint(body: &str) -> Option<String> {
    let body: Value = serde_json::from_str(body).ok()?;
    let endpoint = body.pointer("/properties/primaryEndpoints/blob")?.as_str()?;
    Some(endpoint.trim_end_matches('/').to_owned())
}

fn vault_gone(source: &RestoreSource) -> Impossible {
    Impossible::new(
        "VaultNotFound",
        format!("the vault of backup instance `{}` is not there", source.instance.name()),
        "undelete the vault if it was deleted softly",
    )
}

fn no_place(target: &RestoreTarget) -> Impossible {
    let needed = match target {
        RestoreTarget::Disk { .. } => "`resourceGroup` has to be the ARM id of a resource group",
        RestoreTarget::BlobsInPlace { .. } => "the datasource has to be a storage account",
        RestoreTarget::Containers { .. } | RestoreTarget::Files { .. } => {
            "`account` has to be the ARM id of a storage account"
        }
        RestoreTarget::Database { .. } => "`server` has to be the ARM id of a PostgreSQL single server",
        RestoreTarget::Cluster(_) => "`cluster` has to be the ARM id of a Kubernetes cluster",
    };
    Impossible::new("RestoreTargetOfWrongType", needed, "name one, and see what the datasource can become")
}
