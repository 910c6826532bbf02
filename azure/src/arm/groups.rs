//! Resource groups that take snapshots.

use holdfast_protection::snapshot_group::{GroupSpec, SnapshotGroup};
use holdfast_protection::{AzureError, ResourceId};
use serde_json::json;

use super::absence::or_absent;
use super::api_version::RESOURCES;
use super::dependencies;
use super::transport::ArmClient;

/// The group with the locks that hold for it, or `None`.
pub(super) async fn get(arm: &ArmClient, id: &ResourceId) -> Result<Option<SnapshotGroup>, AzureError> {
    if !is_there(arm, id).await? {
        return Ok(None);
    }
    let mut locks = dependencies::locks(arm, id.subscription()).await?;
    locks.retain(|lock| lock.holds_for(id));
    locks.sort();
    Ok(Some(SnapshotGroup { id: id.clone(), locks }))
}

async fn is_there(arm: &ArmClient, id: &ResourceId) -> Result<bool, AzureError> {
    let action = format!("read resource group `{}`", id.name());
    Ok(or_absent(arm.get(&action, arm.url_of(id, "", RESOURCES)).await)?.is_some())
}

/// Creates the group. One that somebody made meanwhile is success and keeps its tags, in whatever region it is: any will do
/// for a group.
pub(super) async fn create(arm: &ArmClient, spec: &GroupSpec) -> Result<(), AzureError> {
    if is_there(arm, &spec.id).await? {
        return Ok(());
    }
    let action = format!("create resource group `{}`", spec.id.name());
    let body = json!({ "location": spec.location, "tags": spec.tags });
    match arm.put(&action, arm.url_of(&spec.id, "", RESOURCES), &body).await {
        Ok(_) => Ok(()),
        Err(AzureError::Refused { refusal, .. }) if refusal.is("InvalidResourceGroupLocation") => Ok(()),
        Err(error) => Err(error),
    }
}
