//! What an immutable vault keeps: a backup instance with recovery points that nobody deletes before their time.

use jiff::Timestamp;

use crate::instance::BackupInstance;
use crate::points::{PointCopy, RecoveryPoint};
use crate::ports::Azure;
use crate::tier::DataStore;
use crate::vault::Immutability;
use crate::{AzureError, Workload};

/// How immutable the vault of an instance is, where that keeps the instance from being deleted now.
///
/// Official ("Immutable vault for Azure Backup", the same of both families of vaults): "A protected item can't have its
/// recovery points deleted before their respective expiry dates", and "immutability doesn't apply to operational backups
/// for resources like blobs, files, and disks". So an instance can be deleted that has no recovery point, none whose time
/// is not over, or none but beside its resource. Snapshots are told from copies only of workloads whose backups may be
/// operational: a snapshot of a machine is on its way into the vault.
///
/// Recovery points are read only where the vault is immutable, and no page of them after the first one that is kept.
///
/// # Errors
///
/// When the vault or the recovery points cannot be read.
pub async fn kept_by_vault(
    azure: &dyn Azure,
    instance: &BackupInstance,
    now: Timestamp,
) -> Result<Option<Immutability>, AzureError> {
    let backups = azure.backups_of(&instance.vault)?;
    let vault = backups.vault(&instance.vault).await?;
    let Some(immutability) = vault.map(|vault| vault.immutability).filter(|one| one.is_on()) else {
        return Ok(None);
    };
    let may_be_operational = instance.workload().is_some_and(has_operational);
    let is_meant = |point: &RecoveryPoint| is_kept(point, may_be_operational, now);
    Ok(backups.has_point(&instance.id, &is_meant).await?.then_some(immutability))
}

fn has_operational(workload: Workload) -> bool {
    workload.manifest().bounds(DataStore::OperationalStore).is_some()
}

fn is_kept(point: &RecoveryPoint, may_be_operational: bool, now: Timestamp) -> bool {
    if point.has_expired(now) {
        return false;
    }
    let lies_in_vault = |copy: &PointCopy| {
        copy.store != DataStore::OperationalStore && copy.expires.is_none_or(|expires| expires > now)
    };
    // What is not said to lie anywhere may lie in the vault.
    !may_be_operational || point.copies.is_empty() || point.copies.iter().any(lies_in_vault)
}
