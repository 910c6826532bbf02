//! Observe: what Azure shows of a resource's protection, read just before planning.

use serde::{Deserialize, Serialize};

use crate::policy::Policy;
use crate::ports::Azure;
use crate::roles::RoleAssignment;
use crate::snapshot_group::SnapshotGroup;
use crate::vault::Vault;
use crate::{AzureError, ResourceId};

/// What a plan for one vault is made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ground {
    /// The vault that was chosen.
    pub vault: Vault,
    /// Its policies.
    pub policies: Vec<Policy>,
    /// Assignments of its identity in the datasource's subscription and above.
    pub roles: Vec<RoleAssignment>,
    /// The resource group for snapshots, if one is needed and it is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshot_group: Option<SnapshotGroup>,
}

/// Reads what a plan for `vault` needs: its policies, the roles of its identity, and the group for snapshots.
pub async fn ground(
    azure: &dyn Azure,
    datasource: &ResourceId,
    vault: Vault,
    wanted_group: Option<&ResourceId>,
) -> Result<Ground, AzureError> {
    let snapshot_group = snapshot_group(azure, wanted_group).await?;
    let policies = azure.policies(&vault.id).await?;
    let roles = match &vault.principal {
        Some(principal) => azure.role_assignments(datasource.subscription(), principal).await?,
        None => Vec::new(),
    };
    Ok(Ground { vault, policies, roles, snapshot_group })
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
