//! What an operation is made of: stages in order, each safe to begin again.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ResourceId;
use crate::alteration::{Alteration, PolicyMove};
use crate::restore::RestoreOrder;
use crate::roles::RoleGrant;

/// What an operation does, in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OperationPlan {
    /// In order.
    pub stages: Vec<Stage>,
    /// What a person should know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

impl OperationPlan {
    /// Whether Azure is asked before anything is changed, so that a dry run has Azure's word too.
    pub fn asks_azure(&self) -> bool {
        self.stages.iter().any(Stage::only_asks)
    }
}

/// A part of an operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "camelCase", tag = "stage")]
pub enum Stage {
    /// Give the vault's identity what it lacks.
    Grant {
        /// Roles and where.
        roles: Vec<RoleGrant>,
    },
    /// Let Azure say whether a restore can be done.
    ValidateRestore {
        /// The restore.
        order: Box<RestoreOrder>,
    },
    /// Restore.
    Restore {
        /// The restore.
        order: Box<RestoreOrder>,
    },
    /// Back up now.
    Backup {
        /// The backup instance.
        instance: ResourceId,
        /// Backup rule of its policy.
        rule: String,
        /// Retention rule; the default one if none is named.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retention: Option<String>,
    },
    /// Let Azure say whether the instance can follow another policy.
    ValidateMove {
        /// The move.
        change: PolicyMove,
    },
    /// Write the instance with another policy.
    Move {
        /// The move.
        change: PolicyMove,
    },
    /// Stop, suspend, resume or delete.
    Alter {
        /// The backup instance.
        instance: ResourceId,
        /// Which.
        alteration: Alteration,
    },
    /// Bring a deleted instance back.
    Undelete {
        /// The backup instance.
        instance: ResourceId,
    },
}

impl Stage {
    /// Whether it only asks whether something can be done.
    pub fn only_asks(&self) -> bool {
        match self {
            Self::ValidateRestore { .. } | Self::ValidateMove { .. } => true,
            Self::Grant { .. }
            | Self::Restore { .. }
            | Self::Backup { .. }
            | Self::Move { .. }
            | Self::Alter { .. }
            | Self::Undelete { .. } => false,
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Grant { roles } => {
                let roles: Vec<String> = roles
                    .iter()
                    .map(|grant| format!("{} on {}", grant.role.display_name(), grant.scope))
                    .collect();
                write!(f, "grant {}", roles.join("; "))
            }
            Self::ValidateRestore { order } => write!(f, "validate the restore to {}", order.target()),
            Self::Restore { order } => write!(f, "restore to {}", order.target()),
            Self::Backup { instance, rule, retention } => {
                write!(f, "back up {} by rule {rule}", instance.name())?;
                retention.iter().try_for_each(|retention| write!(f, ", kept by {retention}"))
            }
            Self::ValidateMove { change } => {
                write!(f, "validate policy {} for {}", change.policy.name(), change.instance.name())
            }
            Self::Move { change } => {
                write!(f, "move {} to policy {}", change.instance.name(), change.policy.name())
            }
            Self::Alter { instance, alteration } => write!(f, "{alteration} {}", instance.name()),
            Self::Undelete { instance } => write!(f, "undelete {}", instance.name()),
        }
    }
}
