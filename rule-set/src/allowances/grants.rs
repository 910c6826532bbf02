//! On what roles are granted: the `[grants]` table.

use serde::{Deserialize, Serialize};

/// The `[grants]` table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Grants {
    /// On what the roles are granted that a vault's identity needs on each datasource.
    pub on: GrantScope,
}

/// On what a role is granted that is needed on a datasource.
///
/// Azure takes 4,000 role assignments in a subscription with everything below it (official).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GrantScope {
    /// On the datasource; on its resource group where the limit is near.
    #[default]
    Automatic,
    /// On the datasource only.
    Datasource,
    /// On its resource group.
    ResourceGroup,
    /// On its subscription; so are roles on the resource group of the datasource and on that of its snapshots.
    Subscription,
}

impl Grants {
    pub(super) fn is_unstated(&self) -> bool {
        *self == Self::default()
    }
}
