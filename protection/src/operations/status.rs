//! How far an operation is.

use holdfast_evaluator::{Caller, Denial};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::progress::Progress;
use super::{Answer, Asked};
use crate::roles::RoleGrant;
use crate::{Refusal, ResourceId};

/// An operation with all that is known of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Operation {
    /// What was asked.
    pub asked: Asked,
    /// What a second person said, if one was needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
    /// How far it is.
    #[serde(rename = "standing")]
    pub status: OperationStatus,
    /// Seconds after which it is worth looking again; none once it is over or waits for a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
    /// What was done of it, and what was not.
    #[serde(default)]
    pub progress: Progress,
}

/// How far an operation is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "camelCase", tag = "status")]
pub enum OperationStatus {
    /// The rules for operations forbid it.
    Denied {
        /// What each of them said.
        reasons: Vec<Denial>,
    },
    /// A second person has to agree.
    AwaitsApproval {
        /// Roles of which that person must have one.
        roles: Vec<String>,
        /// Until when.
        until: Timestamp,
    },
    /// A second person did not agree.
    Rejected {
        /// Who.
        by: Caller,
        /// Why.
        why: Option<String>,
    },
    /// Nobody agreed in time.
    Expired,
    /// Azure checks whether it can be done.
    Validating,
    /// Roles were granted and are not in force yet, or have to be granted by an administrator.
    AwaitsPermissions {
        /// What the vault's identity needs, and where.
        roles: Vec<RoleGrant>,
        /// Azure's words.
        message: String,
    },
    /// Azure is at it.
    Running {
        /// The job, once there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        job: Option<ResourceId>,
    },
    /// It was only to be validated, and nothing speaks against it. Azure was asked if a stage only asks; see
    /// [`OperationPlan::asks_azure`](super::OperationPlan::asks_azure).
    Validated {
        /// Azure found these roles missing, which the operation grants first when it is not a dry run.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        granted_first: Vec<RoleGrant>,
    },
    /// It is done.
    Succeeded {
        /// The job that did it, if it took one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        job: Option<ResourceId>,
        /// What a person should know, such as warnings of the job.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// It did not work.
    Failed {
        /// Azure's code, or ours.
        code: String,
        /// What went wrong.
        message: String,
        /// What to do next.
        way_out: String,
        /// The job, if it came so far.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        job: Option<ResourceId>,
        /// What Azure said, where the message is in our words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        azure: Option<Refusal>,
    },
    /// The owner of a resource guard has to let us in.
    AwaitsGuard {
        /// The guard.
        guard: Option<ResourceId>,
        /// What the owner is to do.
        message: String,
        /// Until when.
        until: Timestamp,
    },
}

impl OperationStatus {
    /// Whether nothing more will happen.
    pub fn is_over(&self) -> bool {
        match self {
            Self::Denied { .. }
            | Self::Rejected { .. }
            | Self::Expired
            | Self::Validated { .. }
            | Self::Succeeded { .. }
            | Self::Failed { .. } => true,
            Self::AwaitsApproval { .. }
            | Self::Validating
            | Self::AwaitsPermissions { .. }
            | Self::Running { .. }
            | Self::AwaitsGuard { .. } => false,
        }
    }

    /// The job that does it, or did, once there is one.
    pub fn job(&self) -> Option<&ResourceId> {
        match self {
            Self::Running { job } | Self::Succeeded { job, .. } | Self::Failed { job, .. } => job.as_ref(),
            Self::Denied { .. }
            | Self::AwaitsApproval { .. }
            | Self::Rejected { .. }
            | Self::Expired
            | Self::Validating
            | Self::AwaitsPermissions { .. }
            | Self::AwaitsGuard { .. }
            | Self::Validated { .. } => None,
        }
    }
}
