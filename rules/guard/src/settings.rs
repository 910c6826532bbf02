//! What an administrator may tune, and what the schema cannot check.

use std::collections::BTreeMap;

use holdfast_rule_sdk::Issue;
use serde::Deserialize;

/// How long an approval may take where the clause does not say.
const HOURS: u32 = 24;

/// The rule's settings.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Settings {
    /// Tried in order; the first that matches rules.
    pub clauses: Vec<Clause>,
}

/// A condition on an operation, and the ruling where it holds; what is not stated accepts anything.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Clause {
    /// Kinds of operation, such as `stop-and-delete`.
    #[serde(default)]
    pub operations: Vec<String>,
    /// Resource types.
    #[serde(default)]
    pub types: Vec<String>,
    /// Regions, such as `westeurope`.
    #[serde(default)]
    pub locations: Vec<String>,
    /// Tag name to accepted values; `*` accepts any value.
    #[serde(default)]
    pub tags: BTreeMap<String, Vec<String>>,
    /// The caller has at least one of these roles.
    #[serde(default)]
    pub caller_has: Vec<String>,
    /// The caller has none of these roles.
    #[serde(default)]
    pub caller_lacks: Vec<String>,
    /// What holds then.
    pub ruling: RulingKind,
    /// Roles of which an approver must have one; absent or empty means those that may do the
    /// operation. Who may only read never counts.
    pub approver_roles: Option<Vec<String>>,
    /// How long an approval may take.
    pub within_hours: Option<u32>,
    /// The reason that people are told, instead of what matched.
    pub because: Option<String>,
}

/// What a clause rules, the strictest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RulingKind {
    /// It may go on.
    Allow,
    /// It may once a second person has agreed.
    NeedsApproval,
    /// It may not.
    Deny,
}

impl Clause {
    pub(crate) fn hours(&self) -> u32 {
        self.within_hours.unwrap_or(HOURS)
    }
}

impl Settings {
    pub(crate) fn issues(&self) -> Vec<Issue> {
        let mut issues = Vec::new();
        for (index, clause) in self.clauses.iter().enumerate() {
            let mut issue = |key: &str, message: &str| {
                issues.push(Issue { pointer: format!("/clauses/{index}/{key}"), message: message.into() });
            };
            if clause.ruling != RulingKind::NeedsApproval {
                let only = "is for the ruling `needs-approval`; leave it out";
                if clause.approver_roles.is_some() {
                    issue("approver-roles", only);
                }
                if clause.within_hours.is_some() {
                    issue("within-hours", only);
                }
            }
            let lacked =
                |role: &String| clause.caller_lacks.iter().any(|other| other.eq_ignore_ascii_case(role));
            if clause.caller_has.iter().any(lacked) {
                issue("caller-lacks", "names a role that `caller-has` names too: no caller matches both");
            }
        }
        issues
    }
}
