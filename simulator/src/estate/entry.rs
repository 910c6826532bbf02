//! The things of an estate.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A resource group of an estate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EstateGroup {
    /// `/subscriptions/{id}/resourceGroups/{name}`
    pub id: String,
    /// Region.
    pub location: String,
    /// Tags.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

/// A Backup vault of an estate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EstateVault {
    /// ARM id.
    pub id: String,
    /// Region.
    pub location: String,
    /// Whether the vault has a system-assigned identity.
    #[serde(default = "yes")]
    pub identity: bool,
    /// `LocallyRedundant`, `ZoneRedundant` or `GeoRedundant`.
    #[serde(default = "locally_redundant")]
    pub redundancy: String,
    /// `On`, `Off` or `AlwaysOn`.
    #[serde(default = "on")]
    pub soft_delete: String,
    /// `Disabled`, `Unlocked` or `Locked`; `Disabled` when absent.
    pub immutability: Option<String>,
    /// Whether recovery points can be restored in the paired region; needs `GeoRedundant`.
    #[serde(default)]
    pub cross_region_restore: bool,
    /// Most protected items of this vault, for an estate that has a full one; that of all vaults when absent.
    pub instance_limit: Option<usize>,
    /// Tags.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

fn yes() -> bool {
    true
}

fn locally_redundant() -> String {
    "LocallyRedundant".to_owned()
}

fn on() -> String {
    "On".to_owned()
}

/// A backup policy of an estate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EstatePolicy {
    /// ARM id or name of a vault of this estate.
    pub vault: String,
    /// Name of the policy.
    pub name: String,
    /// The `properties` of the policy as in a PUT.
    pub properties: Value,
}

/// A resource of an estate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EstateResource {
    /// ARM id.
    pub id: String,
    /// Region; absent for child resources.
    pub location: Option<String>,
    /// Tags.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// Kind, such as `StorageV2`.
    pub kind: Option<String>,
    /// Sku object.
    pub sku: Option<Value>,
    /// Identity object; a principal that it does not name is made up.
    pub identity: Option<Value>,
    /// Properties.
    pub properties: Option<Value>,
}

/// A role assignment of an estate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EstateAssignment {
    /// Scope of the assignment.
    pub scope: String,
    /// Name or id of a built-in role.
    pub role: String,
    /// An object id, `vault:{id or name}` for the identity of a vault of this estate, or `resource:{id}` for that of a
    /// resource, such as a cluster or its backup extension.
    pub principal: String,
    /// `User`, `Group` or `ServicePrincipal`; the last when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal_type: Option<String>,
}

/// An event subscription of an estate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EstateSubscription {
    /// What is listened to: a subscription, a resource group or a resource.
    pub scope: String,
    /// Name of the subscription.
    pub name: String,
    /// The `properties` of the subscription as in a PUT.
    pub properties: Value,
}
