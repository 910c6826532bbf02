//! What a module is, before anybody binds it.

use crate::opinion::Manifest;
use crate::sandbox::{self, GateError, RuleFailure, Workshop};

/// A module that passed the gate and said who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspected {
    /// Who it says it is.
    pub manifest: Manifest,
}

/// Why a module could not be inspected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InspectError {
    /// It is not admitted.
    #[error("the module is not admitted")]
    Gate(#[source] GateError),
    /// It was admitted and could not say who it is.
    #[error("the module failed in `describe`")]
    Describe(#[source] RuleFailure),
}

/// Takes a module through the load gate and asks it who it is, within the limits of a rule set.
///
/// # Errors
///
/// Says what the gate refuses, or how `describe` failed.
pub fn inspect(bytes: &[u8]) -> Result<Inspected, InspectError> {
    let shape = sandbox::admit(bytes).map_err(InspectError::Gate)?;
    let workshop = Workshop::open(bytes, shape).map_err(InspectError::Describe)?;
    workshop.describe().map(|manifest| Inspected { manifest }).map_err(InspectError::Describe)
}
