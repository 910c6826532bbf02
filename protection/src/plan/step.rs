//! One step of a plan: one call to Azure, or a wait for what Azure does already.

use std::fmt;

use serde::Serialize;

use super::InstanceChange;
use crate::ResourceId;
use crate::family::Family;
use crate::policy::PolicySpec;
use crate::roles::RoleGrant;
use crate::snapshot_group::GroupSpec;
use crate::vault::VaultSpec;
use crate::workload::Preparation;

/// One call to Azure. Callers see it as data: whatever its kind, `step` names what is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "step")]
pub enum Step {
    /// Create the resource group that takes the snapshots.
    CreateSnapshotGroup(GroupSpec),
    /// Give the vault's identity a role.
    GrantRole(RoleGrant),
    /// Prepare the datasource, or what takes part in its protection.
    Prepare(Preparation),
    /// Create a backup policy.
    CreatePolicy {
        /// Its id.
        id: ResourceId,
        /// What it says.
        spec: PolicySpec,
    },
    /// Create or change a vault; what follows is planned when Azure is done with it.
    #[serde(untagged)]
    ChangeVault(VaultChange),
    /// Change a backup instance.
    #[serde(untagged)]
    Change(InstanceChange),
    /// Wait for what Azure does already.
    #[serde(untagged)]
    Await(Awaited),
}

/// What is done to a vault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "step")]
pub enum VaultChange {
    /// Create it, with a system-assigned identity.
    #[serde(rename = "createVault")]
    Create(Box<VaultSpec>),
    /// Give it a system-assigned identity.
    #[serde(rename = "giveVaultIdentity")]
    GiveIdentity {
        /// The vault.
        vault: ResourceId,
    },
}

/// What Azure is at work on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "step")]
pub enum Awaited {
    /// A vault, until it can be used.
    #[serde(rename = "awaitVault")]
    Vault {
        /// The vault.
        vault: ResourceId,
    },
    /// A backup instance, until it is configured.
    #[serde(rename = "await")]
    Instance {
        /// The instance.
        instance: ResourceId,
    },
}

impl Step {
    /// Whether it changes nothing: it waits for what Azure does already.
    pub fn only_waits(&self) -> bool {
        matches!(self, Self::Await(_))
    }

    /// Whether it gives somebody a permission.
    pub fn is_permission(&self) -> bool {
        match self {
            Self::GrantRole(_) => true,
            Self::Prepare(preparation) => preparation.is_permission(),
            Self::CreateSnapshotGroup(_)
            | Self::ChangeVault(_)
            | Self::CreatePolicy { .. }
            | Self::Change(_)
            | Self::Await(_) => false,
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CreateSnapshotGroup(spec) => {
                write!(f, "create resource group {} in {}", spec.id.name(), spec.location)
            }
            Self::ChangeVault(change) => change.fmt(f),
            Self::GrantRole(grant) => write!(f, "grant {} on {}", grant.role.display_name(), grant.scope),
            Self::Prepare(preparation) => preparation.fmt(f),
            Self::CreatePolicy { id, .. } => write!(f, "create backup policy {}", id.name()),
            Self::Change(change) => change.fmt(f),
            Self::Await(awaited) => awaited.fmt(f),
        }
    }
}

impl fmt::Display for VaultChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Create(spec) => {
                write!(f, "create {} in {}, with an identity", named(&spec.id), spec.location)
            }
            Self::GiveIdentity { vault } => write!(f, "give {} an identity", named(vault)),
        }
    }
}

impl fmt::Display for Awaited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Vault { vault } => write!(f, "wait until {} is ready", named(vault)),
            Self::Instance { instance } => {
                write!(f, "wait until backup instance {} is configured", instance.name())
            }
        }
    }
}

/// A vault without quotation marks, as steps name things.
fn named(vault: &ResourceId) -> String {
    Family::vault_in_words(vault).replace('`', "")
}
