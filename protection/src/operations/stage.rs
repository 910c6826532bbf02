//! What an operation is made of: stages in order, each safe to begin again.

mod words;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ResourceId;
use crate::backup::BackupOrder;
use crate::file_session::FileSession;
use crate::lifecycle::{LifecycleChange, PolicyMove};
use crate::policy::PolicySpec;
use crate::restore::{Change, RestoreOrder};
use crate::roles::RoleGrant;
use crate::workload::Preparation;

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

    /// What of the things that are there does not stay as it is.
    pub fn changes(&self) -> Vec<Change> {
        self.stages.iter().flat_map(Stage::changes).collect()
    }
}

/// A part of an operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "camelCase", tag = "stage")]
pub enum Stage {
    /// Give the roles that are missing.
    Grant {
        /// Roles and where.
        roles: Vec<RoleGrant>,
        /// Who gets them, in words, by the object id of the principal.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        holders: BTreeMap<String, String>,
    },
    /// Prepare the target, beside roles.
    Prepare {
        /// What is made.
        preparation: Preparation,
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
        /// The backup.
        #[serde(flatten)]
        order: BackupOrder,
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
        #[serde(rename = "alteration")]
        lifecycle: LifecycleChange,
    },
    /// Bring a deleted instance back.
    Undelete {
        /// The backup instance.
        instance: ResourceId,
    },
    /// Make the policy that the rules decide, which the vault does not have.
    MakePolicy {
        /// Its id.
        id: ResourceId,
        /// What it does.
        spec: Box<PolicySpec>,
    },
    /// Wait until the owner of a resource guard lets us in.
    AwaitGuard {
        /// The guarded vault.
        vault: ResourceId,
        /// The guard.
        guard: ResourceId,
    },
    /// Open a session out of which files are taken.
    OpenFiles {
        /// The session.
        session: FileSession,
    },
    /// End such a session.
    CloseFiles {
        /// The session.
        session: FileSession,
    },
    /// Move a recovery point into the archive tier.
    Archive {
        /// The backup instance.
        instance: ResourceId,
        /// Id of the recovery point.
        point: String,
    },
    /// End a job that runs.
    CancelJob {
        /// The job.
        job: ResourceId,
    },
}

impl Stage {
    fn changes(&self) -> Vec<Change> {
        match self {
            Self::Restore { order } => order.changes(),
            Self::Alter { instance, lifecycle: LifecycleChange::Delete } => {
                vec![Change::of(instance, "its recovery points are deleted with it")]
            }
            Self::Archive { instance, point } => {
                let what = format!(
                    "recovery point {point} is in the archive alone, and a restore of it takes hours longer"
                );
                vec![Change::of(instance, what)]
            }
            Self::CancelJob { job } => vec![Change::of(job, "it ends before its end")],
            Self::Grant { .. }
            | Self::Prepare { .. }
            | Self::ValidateRestore { .. }
            | Self::Backup { .. }
            | Self::ValidateMove { .. }
            | Self::Move { .. }
            | Self::Alter { .. }
            | Self::Undelete { .. }
            | Self::MakePolicy { .. }
            | Self::AwaitGuard { .. }
            | Self::OpenFiles { .. }
            | Self::CloseFiles { .. } => Vec::new(),
        }
    }

    /// Whether it only asks whether something can be done.
    pub fn only_asks(&self) -> bool {
        match self {
            Self::ValidateRestore { .. } | Self::ValidateMove { .. } => true,
            Self::Grant { .. }
            | Self::Prepare { .. }
            | Self::Restore { .. }
            | Self::Backup { .. }
            | Self::Move { .. }
            | Self::Alter { .. }
            | Self::Undelete { .. }
            | Self::MakePolicy { .. }
            | Self::AwaitGuard { .. }
            | Self::OpenFiles { .. }
            | Self::CloseFiles { .. }
            | Self::Archive { .. }
            | Self::CancelJob { .. } => false,
        }
    }
}
