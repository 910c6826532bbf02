//! What Azure Policy is to do about backup, and which rules do the same.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An assignment of Azure Policy that is about backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AssignedPolicy {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Where it holds.
    pub scope: String,
    /// The rules that select the same resources; none where that was not possible, and then a note says why.
    pub rules: Vec<EquivalentRule>,
    /// What a person has to know before the assignment is taken away.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// A rule that does what an assignment of Azure Policy does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EquivalentRule {
    /// Its id.
    pub id: String,
    /// `enforce`, or `shadow` where Azure Policy does not act either.
    pub mode: String,
    /// The type of the resources that it is about.
    pub resource_type: String,
    /// The rule, to be added to a rule set.
    pub toml: String,
}

impl AssignedPolicy {
    /// The rules in a line, such as `disk-backup (enforce)`; `none` where there are none.
    pub fn rules_in_words(&self) -> String {
        let rules: Vec<String> =
            self.rules.iter().map(|rule| format!("{} ({})", rule.id, rule.mode)).collect();
        if rules.is_empty() { "none".to_owned() } else { rules.join(", ") }
    }
}
