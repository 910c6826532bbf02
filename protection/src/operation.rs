//! Long-running operations of Azure: where they are asked about, and what they answer.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{Refusal, ResourceId};

/// URL of a long-running operation: verbatim from Azure's header, never parsed, up to 4 KB.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OperationUrl(pub String);

/// What a call that may be long-running gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Started {
    /// It is done already.
    Done,
    /// Ask `operation` again, not before `retry_after`.
    Running {
        /// Where to ask.
        operation: OperationUrl,
        /// How long to wait.
        retry_after: Duration,
    },
}

/// State of a long-running operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OperationState {
    /// Any word that is not an end.
    Running {
        /// How long to wait before asking again.
        retry_after: Duration,
    },
    /// It succeeded.
    Succeeded {
        /// The job it started, if it is of that kind.
        job: Option<NamedJob>,
    },
    /// It failed or was cancelled.
    Failed(Refusal),
    /// Azure no longer knows it.
    Gone,
}

/// A job as the operation that started it names it (both forms are recorded).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NamedJob {
    /// By its ARM id: operations of a vault.
    Id(ResourceId),
    /// By its GUID alone: operations of the paired region. It lies in the vault of the instance that the call was about.
    Guid(String),
}

impl NamedJob {
    /// The job's ARM id, `vault` being that of the instance; none if the name is none that an id can hold.
    pub fn in_vault(self, vault: &ResourceId) -> Option<ResourceId> {
        match self {
            Self::Id(id) => Some(id),
            Self::Guid(name) => vault.child("backupJobs", &name).ok(),
        }
    }
}
