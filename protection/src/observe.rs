//! Observe: what Azure shows of a resource's protection, read just before planning.

use serde::{Deserialize, Serialize};

use crate::policy::Policy;
use crate::ports::Azure;
use crate::roles::RoleAssignment;
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
}

/// Reads what a plan for `vault` needs: its policies, and the roles of its identity.
pub async fn ground(azure: &dyn Azure, datasource: &ResourceId, vault: Vault) -> Result<Ground, AzureError> {
    let policies = azure.policies(&vault.id).await?;
    let roles = match &vault.principal {
        Some(principal) => azure.role_assignments(datasource.subscription(), principal).await?,
        None => Vec::new(),
    };
    Ok(Ground { vault, policies, roles })
}
