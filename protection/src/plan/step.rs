//! One step of a plan: one call to Azure, or a wait for what Azure does already.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ResourceId;
use crate::alteration::{Alteration, PolicyMove};
use crate::family::Family;
use crate::instance::InstanceSpec;
use crate::policy::PolicySpec;
use crate::roles::RoleGrant;
use crate::snapshot_group::GroupSpec;
use crate::vault::VaultSpec;
use crate::workload::Preparation;

/// One call to Azure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "step")]
pub enum Step {
    /// Create the resource group that takes the snapshots.
    CreateSnapshotGroup(GroupSpec),
    /// Create a Backup vault with a system-assigned identity; what follows is planned when it is there.
    CreateVault(Box<VaultSpec>),
    /// Wait until Azure is done with a vault.
    AwaitVault {
        /// The vault.
        vault: ResourceId,
    },
    /// Give a vault a system-assigned identity; what follows is planned when it is there.
    GiveVaultIdentity {
        /// The vault.
        vault: ResourceId,
    },
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
    /// Let Azure check that the datasource can be protected, then create the instance.
    Configure(Box<InstanceSpec>),
    /// Write an instance that is in error once more, under its own name: Azure validates only what has no instance.
    Repair(PolicyMove),
    /// Let Azure check that an instance can follow another policy, or copy other containers, then write it so.
    MovePolicy(PolicyMove),
    /// Bring back an instance that was deleted softly, and resume its protection.
    Undelete {
        /// The instance.
        instance: ResourceId,
    },
    /// Stop, suspend, resume or delete an instance.
    Alter {
        /// The instance.
        instance: ResourceId,
        /// Which of them.
        alteration: Alteration,
    },
    /// Wait until an instance that is being configured is there.
    Await {
        /// The instance.
        instance: ResourceId,
    },
}

impl Step {
    /// Whether it changes nothing: it waits for what Azure does already.
    pub fn only_waits(&self) -> bool {
        match self {
            Self::AwaitVault { .. } | Self::Await { .. } => true,
            Self::CreateSnapshotGroup(_)
            | Self::CreateVault(_)
            | Self::GiveVaultIdentity { .. }
            | Self::GrantRole(_)
            | Self::Prepare(_)
            | Self::CreatePolicy { .. }
            | Self::Configure(_)
            | Self::Repair(_)
            | Self::MovePolicy(_)
            | Self::Undelete { .. }
            | Self::Alter { .. } => false,
        }
    }

    /// Whether it gives somebody a permission.
    pub fn is_permission(&self) -> bool {
        match self {
            Self::GrantRole(_) => true,
            Self::Prepare(preparation) => preparation.is_permission(),
            Self::CreateSnapshotGroup(_)
            | Self::CreateVault(_)
            | Self::AwaitVault { .. }
            | Self::GiveVaultIdentity { .. }
            | Self::CreatePolicy { .. }
            | Self::Configure(_)
            | Self::Repair(_)
            | Self::MovePolicy(_)
            | Self::Undelete { .. }
            | Self::Alter { .. }
            | Self::Await { .. } => false,
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CreateSnapshotGroup(spec) => {
                write!(f, "create resource group {} in {}", spec.id.name(), spec.location)
            }
            Self::CreateVault(spec) => {
                write!(f, "create {} in {}, with an identity", named(&spec.id), spec.location)
            }
            Self::AwaitVault { vault } => write!(f, "wait until {} is ready", named(vault)),
            Self::GiveVaultIdentity { vault } => write!(f, "give {} an identity", named(vault)),
            Self::GrantRole(grant) => write!(f, "grant {} on {}", grant.role.display_name(), grant.scope),
            Self::Prepare(preparation) => preparation.fmt(f),
            Self::CreatePolicy { id, .. } => write!(f, "create backup policy {}", id.name()),
            Self::Configure(spec) => {
                let (instance, policy) = (spec.id.name(), spec.policy.name());
                write!(f, "validate and configure backup instance {instance} with policy {policy}")
            }
            Self::Repair(change) => write!(f, "configure backup instance {} again", change.instance.name()),
            Self::MovePolicy(change) => {
                let (instance, policy) = (change.instance.name(), change.policy.name());
                let values = change.values();
                if values.is_empty() {
                    return write!(f, "validate and move backup instance {instance} to policy {policy}");
                }
                let values = values.join("; ");
                write!(f, "validate and write backup instance {instance} with policy {policy} and {values}")
            }
            Self::Undelete { instance } => {
                write!(f, "undelete backup instance {} and resume its protection", instance.name())
            }
            Self::Alter { instance, alteration } => {
                write!(f, "{alteration} backup instance {}", instance.name())
            }
            Self::Await { instance } => {
                write!(f, "wait until backup instance {} is configured", instance.name())
            }
        }
    }
}

/// A vault without quotation marks, as steps name things.
fn named(vault: &ResourceId) -> String {
    Family::vault_in_words(vault).replace('`', "")
}
