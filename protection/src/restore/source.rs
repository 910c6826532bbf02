//! What is restored from: the backup instance and its vault, as far as a restore has to repeat them.

use serde::{Deserialize, Serialize};

use crate::instance::ProtectionState;
use crate::{Location, ResourceId};

/// A backup instance, as far as a restore has to repeat what it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RestoreSource {
    /// ARM id.
    pub instance: ResourceId,
    /// The resource that was backed up.
    pub datasource: ResourceId,
    /// `datasourceType`.
    pub datasource_type: String,
    /// Region of the resource.
    pub location: Location,
    /// The policy.
    pub policy: ResourceId,
    /// `currentProtectionState`.
    pub state: ProtectionState,
    /// Where its snapshots lie, for workloads that take them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshot_group: Option<ResourceId>,
    /// Blob containers that are backed up into the vault.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub containers: Vec<String>,
    /// Identifier of the Key Vault secret that the datasource is read with; never the secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

/// A Backup vault, as far as it matters where it can restore to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RestoreVault {
    /// ARM id.
    pub id: ResourceId,
    /// Region.
    pub location: Location,
    /// Object id of its system-assigned identity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<String>,
    /// Whether it restores in the paired region.
    pub cross_region: CrossRegion,
    /// Whether it restores to other subscriptions than its own; Azure's default is that it does.
    pub cross_subscription: bool,
}

/// Whether a vault restores in the paired region.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "state")]
pub enum CrossRegion {
    /// It does not.
    Disabled,
    /// It does.
    Enabled {
        /// The paired region, if Azure names it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        secondary: Option<Location>,
    },
}

impl RestoreSource {
    /// The vault.
    pub fn vault(&self) -> Option<ResourceId> {
        self.instance.parent()
    }
}
