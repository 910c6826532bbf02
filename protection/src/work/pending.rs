//! What Azure is doing for an item of work.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ResourceId;
use crate::alteration::{Alteration, PolicyMove};
use crate::instance::InstanceSpec;
use crate::operation::OperationUrl;

/// Something that Azure is doing. The operation's URL is the one thing that Azure does not keep for us.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "kind")]
pub enum Pending {
    /// `validateForBackup`; when it succeeds and the decision is still the same, the instance is configured as validated.
    Validation {
        /// Where to ask.
        operation: OperationUrl,
        /// What was validated.
        spec: Box<InstanceSpec>,
    },
    /// Nothing but the time that roles take to count; then the same is validated again, without planning anew.
    Propagation {
        /// What was refused for want of permissions.
        spec: Box<InstanceSpec>,
    },
    /// PUT of the backup instance.
    Configuration {
        /// Where to ask.
        operation: OperationUrl,
        /// The instance.
        instance: ResourceId,
    },
    /// `validateForModifyBackup`; when it succeeds and the decision is still the same, the instance is moved.
    MoveValidation {
        /// Where to ask.
        operation: OperationUrl,
        /// What was validated.
        change: Box<PolicyMove>,
    },
    /// PUT of an instance with another policy.
    Moving {
        /// Where to ask.
        operation: OperationUrl,
        /// The move.
        change: Box<PolicyMove>,
    },
    /// The datasource, or what takes part in its protection, is being prepared.
    #[serde(rename = "binding")]
    Preparing {
        /// Where to ask.
        operation: OperationUrl,
    },
    /// Creation or change of a Backup vault.
    Vault {
        /// Where to ask; none if only the vault itself tells.
        operation: Option<OperationUrl>,
        /// The vault.
        vault: ResourceId,
    },
    /// An instance is to be undeleted and resumed. Nothing was asked of Azure yet: see [`crate::apply::carry_out`].
    Undelete {
        /// The instance.
        instance: ResourceId,
    },
    /// An instance is being undeleted; then its protection is resumed.
    Undeleting {
        /// Where to ask.
        operation: OperationUrl,
        /// The instance.
        instance: ResourceId,
    },
    /// An instance is being stopped, suspended, resumed or deleted.
    Alteration {
        /// Where to ask.
        operation: OperationUrl,
        /// The instance.
        instance: ResourceId,
        /// Which of them.
        alteration: Alteration,
    },
    /// The operation is over; the instance says that it is still being configured.
    Settling {
        /// The instance.
        instance: ResourceId,
    },
}

/// As much of a [`Pending`] as every version writes.
#[derive(Deserialize)]
struct Outline {
    kind: String,
    instance: Option<ResourceId>,
    alteration: Option<Value>,
}

impl Pending {
    /// Reads what was pending, or as much of it as must not be lost.
    ///
    /// A field that is not known here may change what is to be done, so nothing is done by half: unless all of it is
    /// understood, the item goes on without, and is planned again.
    pub(super) fn read(value: Value) -> Option<Self> {
        let read = Self::deserialize(&value).ok();
        let whole = read.filter(|read| serde_json::to_value(read).is_ok_and(|again| again == value));
        whole.or_else(|| Self::announced_in(value))
    }

    fn announced_in(value: Value) -> Option<Self> {
        let Outline { kind, instance, alteration } = serde_json::from_value(value).ok()?;
        let resumes = || alteration == serde_json::to_value(Alteration::ResumeProtection).ok();
        let announced = match kind.as_str() {
            "undelete" | "undeleting" => true,
            "alteration" => resumes(),
            _ => false,
        };
        instance.filter(|_| announced).map(|instance| Self::Undelete { instance })
    }

    /// What must outlive everything else: an instance that was brought back, but not resumed, looks like one that a
    /// person has stopped.
    #[must_use]
    pub fn announced_again(self) -> Option<Self> {
        match self {
            Self::Undelete { instance }
            | Self::Undeleting { instance, .. }
            | Self::Alteration { instance, alteration: Alteration::ResumeProtection, .. } => {
                Some(Self::Undelete { instance })
            }
            Self::Alteration { .. }
            | Self::Validation { .. }
            | Self::Propagation { .. }
            | Self::Configuration { .. }
            | Self::MoveValidation { .. }
            | Self::Moving { .. }
            | Self::Preparing { .. }
            | Self::Vault { .. }
            | Self::Settling { .. } => None,
        }
    }
}
