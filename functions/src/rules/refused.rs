//! Why a rule set is not taken into force.

use serde::Serialize;

use crate::clock;

/// A rule set that is not taken into force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Refused {
    /// RFC 3339.
    pub(crate) at: String,
    /// What is wrong, and the way out.
    pub(crate) reason: String,
}

impl Refused {
    pub(super) fn now(error: &anyhow::Error) -> Self {
        Self { at: clock::now().to_string(), reason: format!("{error:#}") }
    }
}
