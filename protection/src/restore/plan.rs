//! The plan of a restore: roles first, then Azure's validation, then the restore.

use serde::{Deserialize, Serialize};

use super::RestoreOrder;
use crate::roles::RoleGrant;

/// What a restore takes, in order: the grants, the validation of the order, the order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RestorePlan {
    /// Roles that the vault's identity lacks on the target.
    pub grants: Vec<RoleGrant>,
    /// What Azure is asked.
    pub order: RestoreOrder,
    /// What a person should know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

impl RestorePlan {
    /// The steps in words.
    pub fn steps(&self) -> Vec<String> {
        let grants =
            self.grants.iter().map(|grant| format!("grant {} on {}", grant.role.display_name(), grant.scope));
        let target = self.order.target();
        grants.chain([format!("validate the restore to {target}"), format!("restore to {target}")]).collect()
    }
}
