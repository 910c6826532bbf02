//! What is forbidden to whom.

use serde::{Deserialize, Serialize};

/// Where role assignments may not be written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Denial {
    /// Nobody may, at and below this scope.
    Everybody(String),
    /// These principals may not.
    Principals {
        /// The scope.
        scope: String,
        /// Object ids; `function-app` is the managed identity that asks for tokens here.
        principals: Vec<String>,
    },
}

/// An action that is not permitted to some, or to anybody.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ActionDenial {
    /// As Azure names it, such as `Microsoft.Resources/subscriptions/resourceGroups/write`; `*` stands for anything.
    pub action: String,
    /// The scope at and below which it is not permitted.
    pub scope: String,
    /// Object ids, or `function-app`; anybody when empty.
    #[serde(default)]
    pub principals: Vec<String>,
}

/// A resource type that an Azure Policy does not let anybody write.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PolicyDenial {
    /// The scope of the policy's assignment.
    pub scope: String,
    /// Such as `Microsoft.Compute/snapshots`.
    pub resource_type: String,
    /// Name of the assignment.
    pub assignment: String,
}
