//! What an administrator may tune.

use serde::Deserialize;

use crate::clause::{Clause, ExcludeClause};

/// The rule's settings, in the order in which clauses are tried.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// Tried first: what is left out, and why.
    pub exclude: Vec<ExcludeClause>,
    /// Tried next: what is protected.
    pub protect: Vec<Clause>,
}
