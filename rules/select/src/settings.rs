//! What an administrator may tune.

use serde::Deserialize;

use crate::clause::{Clause, ExcludeClause};
use crate::inherit::Source;

/// The rule's settings, in the order in which clauses are tried.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// Tried first: what is left out, and why.
    pub exclude: Vec<ExcludeClause>,
    /// Tried next: what is protected.
    pub protect: Vec<Clause>,
    /// Whose tags count where the resource has none of a name; the first that has it.
    pub inherit_tags: Vec<Source>,
}
