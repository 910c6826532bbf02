//! What an item of work waits for.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Underway;
use crate::ResourceId;
use crate::instance::InstanceSpec;
use crate::lifecycle::LifecycleChange;
use crate::operation::OperationUrl;
use crate::outcome::Waiting;

/// What is waited for: an operation of Azure's nearly always. Its URL is the one thing that Azure does not keep for us.
///
/// Each form that was ever written is still read: kinds of operations and of other waits share one field, `kind`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "kind")]
pub enum Pending {
    /// Nothing but the time that roles take to count; then the same is validated again, without planning again.
    Propagation {
        /// What was refused because permissions were missing.
        spec: Box<InstanceSpec>,
    },
    /// An instance is to be undeleted and resumed. Nothing was asked of Azure yet: see [`crate::apply::carry_out`].
    Undelete {
        /// The instance.
        instance: ResourceId,
    },
    /// The operation is over; the instance says that it is still being configured.
    Settling {
        /// The instance.
        instance: ResourceId,
    },
    /// Azure is at work on a vault, and only the vault itself tells how far it is.
    #[serde(rename = "vault")]
    VaultSettling {
        /// Always null.
        #[serde(default)]
        operation: (),
        /// The vault.
        vault: ResourceId,
    },
    /// Azure carries something out.
    #[serde(untagged)]
    Operation {
        /// Where to ask.
        operation: OperationUrl,
        /// What it does.
        #[serde(flatten)]
        on: Underway,
    },
}

/// As much of a [`Pending`] as every version writes.
#[derive(Deserialize)]
struct Outline {
    kind: String,
    instance: Option<ResourceId>,
    #[serde(rename = "alteration")]
    lifecycle: Option<Value>,
}

impl Pending {
    /// Waits for a vault that has no operation.
    pub fn vault(vault: ResourceId) -> Self {
        Self::VaultSettling { operation: (), vault }
    }

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
        let Outline { kind, instance, lifecycle } = serde_json::from_value(value).ok()?;
        let resumes = || lifecycle == serde_json::to_value(LifecycleChange::ResumeProtection).ok();
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
    pub fn announced_again(&self) -> Option<Self> {
        self.brought_back().cloned().map(|instance| Self::Undelete { instance })
    }

    /// The instance that is brought back from deletion, if one is.
    fn brought_back(&self) -> Option<&ResourceId> {
        match self {
            Self::Undelete { instance } => Some(instance),
            Self::Operation { on, .. } => on.brought_back(),
            Self::Propagation { .. } | Self::Settling { .. } | Self::VaultSettling { .. } => None,
        }
    }

    /// Whether an instance is undeleted, so that it is found stopped although nobody stopped it.
    pub fn undeletes(&self) -> bool {
        matches!(self, Self::Undelete { .. } | Self::Operation { on: Underway::Undeleting { .. }, .. })
    }

    /// Whether going on may change the instance before anything is decided again.
    pub fn may_write(&self) -> bool {
        matches!(self, Self::Propagation { .. }) || self.brought_back().is_some()
    }

    /// Whether an instance is stopped, suspended, resumed or deleted.
    pub fn changes_life(&self) -> bool {
        matches!(self, Self::Operation { on: Underway::LifecycleChange { .. }, .. })
    }

    /// Whether Azure may have lost it; an instance that is being configured is waited for.
    pub fn may_be_lost(&self) -> bool {
        matches!(self, Self::Operation { .. } | Self::VaultSettling { .. })
    }

    /// The new instance that Azure was asked to validate, if that is what is waited for.
    pub fn into_validated(self) -> Option<Box<InstanceSpec>> {
        match self {
            Self::Propagation { spec } | Self::Operation { on: Underway::Validation { spec }, .. } => {
                Some(spec)
            }
            Self::Undelete { .. }
            | Self::Settling { .. }
            | Self::VaultSettling { .. }
            | Self::Operation { .. } => None,
        }
    }

    /// What people read about the wait.
    pub fn waiting(&self) -> Waiting {
        match self {
            Self::Propagation { .. } => Waiting::Validation,
            Self::Undelete { .. } => Waiting::Change,
            Self::Settling { .. } => Waiting::Configuration,
            Self::VaultSettling { .. } => Waiting::Vault,
            Self::Operation { on, .. } => on.waiting(),
        }
    }
}
