//! Resource guards: somebody else must let us in before what they guard is done to a vault.

use serde::{Deserialize, Serialize};

use crate::ResourceId;

/// What a guard can guard, as far as we do it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GuardedAct {
    /// Deleting what protects something, with its recovery points.
    Delete,
    /// Stopping backups.
    Stop,
    /// Another policy for what is protected.
    ChangePolicy,
    /// Restoring.
    Restore,
}

/// The resource guard of a vault, as it is for us now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guard {
    /// ARM id of the guard.
    pub id: ResourceId,
    /// What it guards.
    pub acts: Vec<GuardedAct>,
    /// Whether its owner lets us in.
    pub is_open: bool,
}

/// The role on a guard with which what it guards can be done (documentation).
pub const GUARD_ROLE: &str = "Backup MUA Operator";
