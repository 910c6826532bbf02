//! What Azure carries out as a long-running operation.

use serde::{Deserialize, Serialize};

use crate::ResourceId;
use crate::instance::InstanceSpec;
use crate::lifecycle::{LifecycleChange, PolicyMove};
use crate::outcome::Waiting;

/// What an operation of Azure's does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "kind")]
pub enum Underway {
    /// `validateForBackup`; when it succeeds and the decision is still the same, the instance is configured as validated.
    Validation {
        /// What is validated.
        spec: Box<InstanceSpec>,
    },
    /// `validateForModifyBackup`; when it succeeds and the decision is still the same, the instance is moved.
    MoveValidation {
        /// What is validated.
        change: Box<PolicyMove>,
    },
    /// An instance is written, for the first time or because it is in error; the instance shows what came of it.
    Configuration {
        /// The instance.
        instance: ResourceId,
    },
    /// An instance is written with another policy.
    Moving {
        /// The move.
        change: Box<PolicyMove>,
    },
    /// The datasource, or what takes part in its protection, is prepared.
    #[serde(rename = "binding")]
    Preparing,
    /// A vault is created or changed.
    Vault {
        /// The vault.
        vault: ResourceId,
    },
    /// An instance is undeleted; then its protection is resumed.
    Undeleting {
        /// The instance.
        instance: ResourceId,
    },
    /// An instance is stopped, suspended, resumed or deleted.
    #[serde(rename = "alteration")]
    LifecycleChange {
        /// The instance.
        instance: ResourceId,
        /// Which of them.
        #[serde(rename = "alteration")]
        lifecycle: LifecycleChange,
    },
}

impl Underway {
    /// What people read about the wait.
    pub(super) fn waiting(&self) -> Waiting {
        match self {
            Self::Validation { .. } | Self::MoveValidation { .. } => Waiting::Validation,
            Self::Configuration { .. } => Waiting::Configuration,
            Self::Preparing | Self::Vault { .. } => Waiting::Vault,
            Self::Moving { .. } | Self::Undeleting { .. } | Self::LifecycleChange { .. } => Waiting::Change,
        }
    }

    /// The instance that is brought back from deletion, if one is: it is undeleted, or resumed after that.
    pub(super) fn brought_back(&self) -> Option<&ResourceId> {
        match self {
            Self::Undeleting { instance }
            | Self::LifecycleChange { instance, lifecycle: LifecycleChange::ResumeProtection } => {
                Some(instance)
            }
            Self::Validation { .. }
            | Self::MoveValidation { .. }
            | Self::Configuration { .. }
            | Self::Moving { .. }
            | Self::Preparing
            | Self::Vault { .. }
            | Self::LifecycleChange { .. } => None,
        }
    }
}
