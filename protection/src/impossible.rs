//! A request that cannot be met as it is, and the way out.

use serde::{Deserialize, Serialize};

/// A decision that cannot be carried out as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "camelCase")]
#[error("{message}; {way_out}")]
pub struct Impossible {
    /// A stable word.
    pub code: String,
    /// What is wrong, with the thing's name.
    pub message: String,
    /// What to do next.
    pub way_out: String,
}

impl Impossible {
    /// A name that Azure would not take.
    pub(crate) fn unusable_name(error: &crate::ResourceIdError) -> Self {
        Self::new("NameNotUsable", error.to_string(), "rename it in the rules' settings")
    }

    /// A datasource that holds nothing as yet. Nobody has to act: the sweep looks again.
    pub(crate) const NOTHING_TO_BACK_UP: &str = "NothingToBackUp";

    /// A refusal to plan.
    pub fn new(code: &str, message: impl Into<String>, way_out: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into(), way_out: way_out.into() }
    }
}
