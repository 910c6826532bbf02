//! Observe: what Azure shows of a resource and its protection, read just before planning.

mod aks;
mod dependencies;
mod instances;
mod kept_by_vault;
mod restore;

pub use dependencies::dependencies;
pub use instances::{ReadableInstances, UnreadInstances, deleted_instances, instances, readable_instances};
pub use kept_by_vault::kept_by_vault;
pub use restore::restore;

use std::collections::BTreeMap;

use holdfast_evaluator::Resource;
use serde::{Deserialize, Serialize};

use crate::instance::{BackupInstance, ProtectionState};
use crate::policy::{self, Policy};
use crate::ports::{Azure, ObservedResource};
use crate::roles::RoleAssignment;
use crate::snapshot_group::SnapshotGroup;
use crate::tier::DataStore;
use crate::vault::Vault;
use crate::workload::in_machine::Database;
use crate::workload::{Dependencies, Details};
use crate::{AzureError, ResourceId, Workload};

/// What a plan for one vault is made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ground {
    /// The vault that was chosen.
    pub vault: Vault,
    /// Its policies.
    pub policies: Vec<Policy>,
    /// Assignments of everybody whose permissions matter, where they matter and above.
    pub roles: Vec<RoleAssignment>,
    /// Whether Azure has just refused a role assignment because the subscription has as many as it takes.
    #[serde(default)]
    pub is_full: bool,
    /// Whether copies of the datasource lie in the vault, where its instance follows no policy and they say which it may
    /// follow.
    #[serde(default)]
    pub has_copies: bool,
    /// What else takes part in its protection.
    pub dependencies: Dependencies,
    /// The resource group for snapshots, if one is needed and it is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshot_group: Option<SnapshotGroup>,
}

/// A resource as decisions see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// The resource. What has neither region nor tags of its own, such as a database, has those of what it belongs to.
    pub resource: Resource,
    /// `properties.provisioningState`; none means done.
    pub provisioning_state: Option<String>,
    /// Tags of what it belongs to, where that gave its region.
    pub parent_tags: BTreeMap<String, String>,
}

/// Reads a resource, and what it belongs to if it has no region of its own.
pub async fn resource(azure: &dyn Azure, id: &ResourceId) -> Result<Option<Observed>, AzureError> {
    if let Some(database) = Database::of(id) {
        return in_machine(azure, id, &database).await;
    }
    let Some(ObservedResource { mut resource, provisioning_state }) = azure.resource(id).await? else {
        return Ok(None);
    };
    let mut parent_tags = BTreeMap::new();
    let is_resource = |id: &ResourceId| id.resource_type().contains('/');
    let mut above = id.parent().filter(is_resource);
    while let Some(parent) = above.take_if(|_| resource.location.is_empty()) {
        if let Some(ObservedResource { resource: shown, .. }) = azure.resource(&parent).await? {
            resource.location = shown.location;
            parent_tags = shown.tags;
        }
        above = parent.parent().filter(is_resource);
    }
    if resource.tags.is_empty() {
        resource.tags.clone_from(&parent_tags);
    }
    Ok(Some(Observed { resource, provisioning_state, parent_tags }))
}

/// A database of a machine as rules see it: Resource Manager knows the machine alone.
async fn in_machine(
    azure: &dyn Azure,
    id: &ResourceId,
    database: &Database,
) -> Result<Option<Observed>, AzureError> {
    let Some(ObservedResource { resource: machine, provisioning_state }) =
        azure.resource(&database.machine).await?
    else {
        return Ok(None);
    };
    let parent_tags = machine.tags.clone();
    Ok(Some(Observed { resource: database.described(id, machine), provisioning_state, parent_tags }))
}

impl Ground {
    /// Whether the vault has this policy.
    pub(crate) fn has_policy(&self, id: &ResourceId) -> bool {
        self.policy(id).is_some()
    }

    /// Whether the vault has this policy, and backups go into the vault by it.
    pub(crate) fn copies_by(&self, id: &ResourceId) -> bool {
        self.policy(id).is_some_and(Policy::backs_up_into_vault)
    }

    fn policy(&self, id: &ResourceId) -> Option<&Policy> {
        self.policies.iter().find(|policy| policy.name.eq_ignore_ascii_case(id.name()))
    }
}

/// Reads what a plan for `vault` needs: its policies, the roles of its identity, and the group for snapshots.
pub async fn ground(
    azure: &dyn Azure,
    datasource: &ResourceId,
    vault: Vault,
    wanted_group: Option<&ResourceId>,
    details: &Details,
) -> Result<Ground, AzureError> {
    let snapshot_group = snapshot_group(azure, wanted_group).await?;
    let policies = azure.backups_of(&vault.id)?.policies(&vault.id).await?;
    let dependencies = dependencies(azure, datasource, details, Some(&vault.id)).await?;
    let roles = dependencies::roles(azure, datasource, details, &dependencies, &vault).await?;
    Ok(Ground { vault, policies, roles, is_full: false, has_copies: false, dependencies, snapshot_group })
}

/// Whether copies of what follows no policy, or will not once it is back from deletion, lie in the vault. Nothing is read
/// where they do not say which policy it may follow.
pub async fn has_copies(
    azure: &dyn Azure,
    workload: Workload,
    instance: &BackupInstance,
) -> Result<bool, AzureError> {
    // The points of what was deleted softly are listed still.
    let follows_one = instance.policy.is_some() && instance.state != ProtectionState::SoftDeleted;
    if follows_one || !policy::copies_bind(workload) {
        return Ok(false);
    }
    let points = azure.backups_of(&instance.vault)?.points(&instance.id).await?;
    let mut copies = points.iter().flat_map(|point| &point.copies);
    Ok(copies.any(|copy| copy.store == DataStore::VaultStore))
}

/// Reads the group for snapshots, if one is wanted.
pub async fn snapshot_group(
    azure: &dyn Azure,
    wanted: Option<&ResourceId>,
) -> Result<Option<SnapshotGroup>, AzureError> {
    match wanted {
        Some(group) => azure.snapshot_group(group).await,
        None => Ok(None),
    }
}
