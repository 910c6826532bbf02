//! Reads what a restore is planned from: the instance, the vault, its recovery points, and the place it goes to.

use std::collections::BTreeSet;

use super::aks;
use crate::impossible::Impossible;
use crate::instance::BackupInstance;
use crate::points::{RecoveryPoint, TimeRange, in_paired_region};
use crate::ports::{Azure, InstancesOf, ObservedResource};
use crate::restore::{
    ClusterGround, DatabasesGround, DesiredRegion, DesiredRestore, GoesBackTo, LooksFor, Place,
    RestoreGround, RestoreTarget, SeenPlace, is_kept_in, place_of, region_of,
};
use crate::roles::RoleAssignment;
use crate::tier::DataStore;
use crate::vault::Vault;
use crate::workload::in_machine::{Database, DatabaseKind};
use crate::workload::postgresql_single::KeyVault;
use crate::{AzureError, Location, ResourceId, Workload};

/// Reads all that a plan is made from.
///
/// Refused where the wish cannot even be looked into, such as a paired region that the vault does not have.
pub async fn restore(
    azure: &dyn Azure,
    mut source: BackupInstance,
    desired: &DesiredRestore,
) -> Result<Result<RestoreGround, Impossible>, AzureError> {
    let Some(vault) = azure.backups_of(&source.vault)?.vault(&source.vault).await? else {
        return Ok(Err(source.vault_gone()));
    };
    if source.location.as_str().is_empty() {
        // Some tools leave it out; a datasource is always in the region of its vault.
        source.location = vault.location.clone();
    }
    let region = match region_of(&vault, desired.region) {
        Ok(region) => region,
        Err(impossible) => return Ok(Err(impossible)),
    };
    let stores = stores_of(azure, &source).await?;
    let (points, ranges) = copies(azure, &source, &vault, &region, desired, &stores).await?;
    let id = match place_of(&source, &desired.to) {
        Ok(id) => id,
        Err(impossible) => return Ok(Err(impossible)),
    };
    let observed = azure.resource(&id).await?;
    let looks_for = desired.to.kind().looks_for(&id);
    let cluster = match (&looks_for, &observed) {
        (LooksFor::Cluster, Some(observed)) => Some(aks::for_restore(azure, &id, observed).await?),
        _ => None,
    };
    let (databases, taken) = match &looks_for {
        LooksFor::Databases(kind) if observed.is_some() => {
            in_machine(azure, &source, (&id, &region), *kind, desired).await?
        }
        _ => (None, Vec::new()),
    };
    let mut place = look_at(azure, id, looks_for, observed).await?;
    place.taken.extend(taken);
    let staging = match desired.to.kind().staging() {
        Some(account) => Some(staging(azure, account).await?),
        None => None,
    };
    let secret = desired.to.kind().secret(&source);
    let key_vault = match secret {
        Some(secret) => azure.key_vault(secret.vault()).await?,
        None => None,
    };
    let roles = roles(azure, &source, &vault, &place, key_vault.as_ref(), cluster.as_ref()).await?;
    Ok(Ok(RestoreGround {
        source,
        vault,
        points,
        ranges,
        place,
        staging,
        roles,
        key_vault,
        cluster,
        databases,
        stores,
    }))
}

/// Recovery points, or spans of continuous backup: what the wish goes back to.
async fn copies(
    azure: &dyn Azure,
    source: &BackupInstance,
    vault: &Vault,
    region: &Location,
    desired: &DesiredRestore,
    stores: &[DataStore],
) -> Result<(Vec<RecoveryPoint>, Vec<TimeRange>), AzureError> {
    let (instance, backups) = (&source.id, azure.backups_of(&source.id)?);
    let goes_back_to = desired.to.kind().goes_back_to();
    if goes_back_to != GoesBackTo::Moments {
        let has_moments = goes_back_to == GoesBackTo::PointsAndMoments;
        let points = match desired.region {
            DesiredRegion::Primary => backups.points(instance).await?,
            DesiredRegion::Secondary => {
                in_paired_region(backups.secondary_points(instance, region, &vault.location).await?)
            }
        };
        let ranges = match desired.region {
            _ if !has_moments => Vec::new(),
            DesiredRegion::Primary => {
                backups.restorable_ranges(instance, DataStore::VaultStore, None).await?
            }
            DesiredRegion::Secondary => backups.secondary_ranges(instance).await?,
        };
        return Ok((points, ranges));
    }
    if is_kept_in(stores, DataStore::OperationalStore) {
        let ranges = backups.restorable_ranges(instance, DataStore::OperationalStore, None).await?;
        return Ok((Vec::new(), ranges));
    }
    Ok((Vec::new(), Vec::new()))
}

/// Stores in which the policy keeps backups, where some may be continuous: these are kept in the datasource itself.
async fn stores_of(azure: &dyn Azure, source: &BackupInstance) -> Result<Vec<DataStore>, AzureError> {
    if source.workload().and_then(Workload::continuous_backup).is_none() {
        return Ok(Vec::new());
    }
    let Some(policy) = &source.policy else { return Ok(Vec::new()) };
    Ok(azure.backups_of(policy)?.policy(policy).await?.map(|policy| policy.stores()).unwrap_or_default())
}

/// Databases that are in a machine, and what is known of their files; none where it is not registered with the vault, or
/// in the paired region with any vault there.
async fn in_machine(
    azure: &dyn Azure,
    source: &BackupInstance,
    (machine, region): (&ResourceId, &Location),
    kind: DatabaseKind,
    desired: &DesiredRestore,
) -> Result<(Option<DatabasesGround>, Vec<String>), AzureError> {
    let workload = Workload::ALL.into_iter().find(|one| one.databases() == Some(kind));
    let backups = azure.backups_of(&source.vault)?;
    let of = InstancesOf { datasource: machine, workload, location: Some(region) };
    let is_known = |vault: &ResourceId| desired.region == DesiredRegion::Secondary || *vault == source.vault;
    let host = backups.host(&of).await?.filter(|host| is_known(&host.vault));
    let Some(host) = host else { return Ok((None, Vec::new())) };
    let there = match &desired.to {
        RestoreTarget::DatabaseFiles(_) => Vec::new(),
        _ => backups.found_in(&host, kind).await?,
    };
    let names = there.iter().filter_map(Database::of);
    let taken = names.map(|database| format!("{}/{}", database.holder, database.name)).collect();
    let (directories, files) = match (kind, &desired.to) {
        (DatabaseKind::Sql, RestoreTarget::SqlDatabase(_)) => {
            let files = backups.data_files(&source.id, &desired.point).await?;
            (backups.data_directories(&host).await?, files)
        }
        _ => (Vec::new(), Vec::new()),
    };
    Ok((Some(DatabasesGround { container: host.container, directories, files }), taken))
}

/// Role assignments of everybody who needs a role, in each subscription in which one is needed.
async fn roles(
    azure: &dyn Azure,
    source: &BackupInstance,
    vault: &Vault,
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
        for (subscription, holder) in cluster.holders(source.snapshot_group.as_ref()) {
            roles.extend(azure.role_assignments(subscription, holder).await?);
        }
    }
    Ok(roles)
}

async fn look_at(
    azure: &dyn Azure,
    id: ResourceId,
    looks_for: LooksFor,
    observed: Option<ObservedResource>,
) -> Result<Place, AzureError> {
    let seen = observed.map(|observed| SeenPlace::of(&observed.resource));
    if seen.is_none() {
        return Ok(Place { id, seen, taken: Vec::new() });
    }
    let taken = match looks_for {
        LooksFor::Resource(Some(named)) => taken_by(azure, &named).await?,
        LooksFor::Containers => azure.containers(&id).await?.unwrap_or_default(),
        LooksFor::Resource(None) | LooksFor::Nothing | LooksFor::Cluster | LooksFor::Databases(_) => {
            Vec::new()
        }
    };
    Ok(Place { id, seen, taken })
}

async fn taken_by(azure: &dyn Azure, id: &ResourceId) -> Result<Vec<String>, AzureError> {
    Ok(azure.resource(id).await?.map(|_| id.name().to_owned()).into_iter().collect())
}

/// The account that a restore passes its data through.
async fn staging(azure: &dyn Azure, account: &ResourceId) -> Result<Place, AzureError> {
    let observed = azure.resource(account).await?;
    Ok(Place {
        id: account.clone(),
        seen: observed.map(|observed| SeenPlace::of(&observed.resource)),
        taken: Vec::new(),
    })
}
