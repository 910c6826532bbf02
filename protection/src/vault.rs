//! Vaults: as Azure shows them, and as wanted where one is missing.

use std::collections::BTreeMap;

use holdfast_evaluator::{NewImmutability, Redundancy, SoftDelete};
use serde::{Deserialize, Serialize};

use crate::family::Family;
use crate::{Location, ResourceId};

/// A vault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Vault {
    /// ARM id.
    pub id: ResourceId,
    /// Its family.
    #[serde(default)]
    pub family: Family,
    /// Region; a datasource must be in the same one.
    pub location: Location,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// Object id of the system-assigned identity; absent on a vault made by a bare API call.
    pub principal: Option<String>,
    /// Whether Azure is done making or changing it.
    #[serde(default, rename = "making")]
    pub provisioning: ProvisioningState,
    /// Whether recovery points may be deleted before their time.
    #[serde(default)]
    pub immutability: Immutability,
    /// Whether it restores in the paired region.
    #[serde(default)]
    pub cross_region: CrossRegion,
    /// Whether it restores to other subscriptions than its own; Azure's default is that it does.
    #[serde(default = "yes")]
    pub cross_subscription: bool,
}

fn yes() -> bool {
    true
}

/// Whether a vault restores in the paired region.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "state")]
pub enum CrossRegion {
    /// It does not.
    #[default]
    Disabled,
    /// It does.
    Enabled {
        /// The paired region, if Azure names it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        secondary: Option<Location>,
    },
}

/// `provisioningState` of a vault, as far as it matters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProvisioningState {
    /// It can be used.
    #[default]
    Done,
    /// Azure is at work on it.
    Running,
    /// It could not be made.
    Failed,
}

/// `immutabilitySettings.state` of a vault.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Immutability {
    /// Recovery points can be deleted.
    #[default]
    Disabled,
    /// They cannot, until somebody disables it.
    Unlocked,
    /// They never can.
    Locked,
}

impl Immutability {
    /// Whether what is kept cannot be deleted before its time.
    pub fn is_on(self) -> bool {
        match self {
            Self::Unlocked | Self::Locked => true,
            Self::Disabled => false,
        }
    }
}

/// A vault that should exist. It always gets a system-assigned identity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VaultSpec {
    /// ARM id.
    pub id: ResourceId,
    /// Region.
    pub location: Location,
    /// Copies of the backups in it.
    pub redundancy: Redundancy,
    /// Whether what is deleted can be had back.
    pub soft_delete: SoftDelete,
    /// For how many days.
    pub soft_delete_days: u32,
    /// Whether recovery points may be deleted before their time.
    pub immutability: NewImmutability,
    /// Whether backups can be restored in the paired region.
    pub cross_region_restore: bool,
    /// Tags.
    pub tags: BTreeMap<String, String>,
}

/// Whether a vault with these tags is one of those that are chosen by their tags.
pub(crate) fn carries(tags: &BTreeMap<String, String>, chosen: &BTreeMap<String, String>) -> bool {
    chosen.iter().all(|(name, value)| tags.get(name) == Some(value))
}
