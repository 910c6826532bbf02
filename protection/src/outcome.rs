//! How work on a resource ended, or what it waits for: what the ledger and people are told.

use serde::{Deserialize, Serialize};

use crate::ResourceId;
use crate::impossible::Impossible;
use crate::lifecycle::LifecycleChange;

/// How work on a resource ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "outcome")]
pub enum Outcome {
    /// Azure says `ProtectionConfigured`.
    Protected {
        /// The instance.
        instance: ResourceId,
        /// What a person should know.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// It holds what is protected piece by piece, and all is ready for that: a machine with databases.
    Prepared {
        /// Its container in the vault.
        container: ResourceId,
        /// What a person should know.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// A rule excluded it.
    Excluded {
        /// The decision's sentence.
        reason: String,
    },
    /// No rule or no workload covers it.
    Ignored {
        /// Why.
        reason: String,
    },
    /// It is not there any more.
    Gone,
    /// A person has to act; the sweep tries again.
    Failed {
        /// A stable word, Azure's where Azure refused.
        code: String,
        /// What went wrong, with the things' names.
        message: String,
        /// What to do next.
        way_out: String,
    },
    /// Its protection was ended, as the rule set wishes.
    Unprotected {
        /// The instance.
        instance: ResourceId,
        /// What was done to it.
        by: LifecycleChange,
    },
    /// Its protection is to end, and the rules for operations want a person to agree, or forbid it. Nothing was touched.
    Held {
        /// The instance.
        instance: ResourceId,
        /// What was to be done: `stop-and-retain`, `suspend` or `stop-and-delete`.
        operation: String,
        /// Why not, and by whom.
        reason: String,
        /// What to do next.
        way_out: String,
    },
    /// An instance exists and was left as somebody wished.
    LeftAlone {
        /// The instance.
        instance: ResourceId,
        /// Why.
        note: String,
    },
}

impl Outcome {
    /// A word for paths and tables.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Protected { .. } => "protected",
            Self::Prepared { .. } => "prepared",
            Self::Excluded { .. } => "excluded",
            Self::Ignored { .. } => "ignored",
            Self::Gone => "gone",
            Self::Failed { .. } => "failed",
            Self::Unprotected { .. } => "unprotected",
            Self::Held { .. } => "held",
            Self::LeftAlone { .. } => "left-alone",
        }
    }
}

impl Outcome {
    /// The same, with what the plan had to say to a person.
    pub(crate) fn with_note(self, note: Option<&str>) -> Self {
        match (self, note) {
            (Self::Protected { instance, note: None }, Some(note)) => {
                Self::Protected { instance, note: Some(note.to_owned()) }
            }
            (Self::LeftAlone { instance, .. }, Some(note)) => {
                Self::LeftAlone { instance, note: note.to_owned() }
            }
            (outcome, _) => outcome,
        }
    }
}

impl From<Impossible> for Outcome {
    fn from(impossible: Impossible) -> Self {
        if impossible.code == Impossible::NOTHING_TO_BACK_UP {
            return Self::Ignored { reason: impossible.to_string() };
        }
        let Impossible { code, message, way_out } = impossible;
        Self::Failed { code, message, way_out }
    }
}

/// What is asked of somebody who may give permissions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PermissionRequest {
    /// `UserCannotAssignRoles`.
    pub code: String,
    /// Why we do not give them ourselves.
    pub message: String,
    /// What is missing, one line for each.
    pub missing: Vec<String>,
    /// Path in the ledger of the template that gives it.
    pub template: String,
    /// How the template is deployed.
    pub way_out: String,
}

impl From<PermissionRequest> for Outcome {
    fn from(request: PermissionRequest) -> Self {
        let PermissionRequest { code, message, missing, way_out, .. } = request;
        Self::Failed { code, message: format!("{message}; missing: {}", missing.join("; ")), way_out }
    }
}

/// What work waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "for")]
pub enum Waiting {
    /// The resource's own creation.
    Creation,
    /// Roles of the vault's identity to come into force.
    Permissions {
        /// Azure's words.
        message: String,
    },
    /// Somebody to give permissions that we may not give.
    Administrator(PermissionRequest),
    /// Azure's check of the datasource.
    Validation,
    /// Azure's work on the instance.
    Configuration,
    /// Azure's work on the vault.
    Vault,
    /// Azure to stop, suspend, resume or delete the instance, or to move it to another policy.
    Change,
    /// Azure to answer properly.
    Azure {
        /// What went wrong.
        message: String,
    },
}

impl Waiting {
    /// A word for paths and tables.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Creation => "creation",
            Self::Permissions { .. } => "permissions",
            Self::Administrator(_) => "administrator",
            Self::Validation => "validation",
            Self::Configuration => "configuration",
            Self::Vault => "vault",
            Self::Change => "change",
            Self::Azure { .. } => "azure",
        }
    }
}
