//! The result of one apply pass.

use std::time::Duration;

use crate::operation::OperationUrl;
use crate::outcome::Outcome;
use crate::plan::{InstanceChange, MissingPermissions};
use crate::work::{Pending, Underway};
use crate::{Refusal, ResourceId, Retry};

/// The result of one apply pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Applied {
    /// It is over.
    Ended(Outcome),
    /// Azure is at work; ask again after `after`.
    Pending {
        /// What Azure does.
        pending: Pending,
        /// How long to wait.
        after: Duration,
    },
    /// Permissions are missing, or not yet in force; plan again later.
    Permissions(Refusal),
    /// Permissions are missing, and we may not give them.
    CannotAssign {
        /// Azure's first refusal.
        refusal: Refusal,
        /// All that is missing.
        missing: Box<MissingPermissions>,
    },
    /// Azure refused what it may take later.
    Passing {
        /// When another try is worth it.
        retry: Retry,
        /// How it ends if no later try succeeds.
        outcome: Outcome,
        /// What has to be gone on with; none to plan again.
        pending: Option<Pending>,
    },
    /// The vault takes no more instances.
    FullVault {
        /// The vault.
        vault: ResourceId,
        /// How it ends if no other vault fits.
        outcome: Outcome,
    },
    /// The subscription takes no more role assignments.
    RoleLimit {
        /// How it ends if no assignment on something above the datasource helps.
        outcome: Outcome,
    },
    /// The resource itself is still being made.
    NotMade,
    /// The world is not as it was planned for; observe and plan again now.
    Again {
        /// What was found.
        because: String,
    },
}

/// What a wait came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Waited {
    /// Azure has validated this change, and would make it: see `super::change`.
    Validated(InstanceChange),
    /// Anything else.
    Other(Applied),
}

impl Applied {
    pub(super) fn again(because: &str) -> Self {
        Self::Again { because: because.to_owned() }
    }

    /// An operation of Azure's runs.
    pub(super) fn running(operation: OperationUrl, on: Underway, retry_after: Duration) -> Self {
        Self::Pending { pending: Pending::Operation { operation, on }, after: retry_after }
    }

    /// Whether nobody would look again.
    pub fn is_end(&self) -> bool {
        match self {
            Self::Ended(outcome) => matches!(outcome, Outcome::Failed { .. }),
            Self::CannotAssign { .. } => true,
            // Without a reason, it may as well have been a value that no longer holds.
            Self::Passing { retry, .. } => *retry == Retry::Once,
            Self::Pending { .. }
            | Self::Permissions(_)
            | Self::FullVault { .. }
            | Self::RoleLimit { .. }
            | Self::NotMade
            | Self::Again { .. } => false,
        }
    }

    /// Whether a pass may have come to this only because it began with what had been read before.
    pub fn is_doubtful(&self) -> bool {
        matches!(self, Self::Permissions(_) | Self::Again { .. }) || self.is_end()
    }
}
