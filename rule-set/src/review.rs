//! What holds for an operation that no rule speaks of: the `[review]` table of a rule set.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::operation::OperationKind;

/// A default, as a rule set writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DefaultRuling {
    /// It may go on.
    Allow,
    /// It may not.
    Deny,
    /// It may once a second person has agreed.
    NeedsApproval,
}

/// The `[review]` table.
///
/// Where it is silent, operations that leave a resource protected (`backup`, `restore`, `resume`,
/// `change-policy`) are allowed, and those after which backups cease or are lost (`suspend`,
/// `stop-and-retain`, `stop-and-delete`) need an approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct ReviewDefaults {
    /// For every operation that `operations` does not name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<DefaultRuling>,
    /// By kind of operation.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub operations: BTreeMap<OperationKind, DefaultRuling>,
    /// Roles of which an approver must have one; empty means those that may do the
    /// operation. Who may only read never counts.
    pub approver_roles: Vec<String>,
    /// How long an approval may take.
    pub within_hours: u32,
}

impl Default for ReviewDefaults {
    fn default() -> Self {
        Self {
            default: None,
            operations: BTreeMap::new(),
            approver_roles: vec!["admin".to_owned()],
            within_hours: 24,
        }
    }
}

impl ReviewDefaults {
    /// What holds for this operation where no rule speaks.
    pub fn of(&self, operation: OperationKind) -> DefaultRuling {
        let stated = self.operations.get(&operation).copied().or(self.default);
        stated.unwrap_or(match operation {
            OperationKind::Backup
            | OperationKind::Restore
            | OperationKind::Resume
            | OperationKind::ChangePolicy => DefaultRuling::Allow,
            OperationKind::StopAndRetain | OperationKind::StopAndDelete | OperationKind::Suspend => {
                DefaultRuling::NeedsApproval
            }
        })
    }

    /// Where it says what nobody can have meant, and what is wrong there.
    pub(crate) fn contradiction(&self) -> Option<(String, &'static str)> {
        if self.within_hours == 0 {
            return Some(("review.within-hours".to_owned(), "an approval needs at least one hour"));
        }
        let at = self.approver_roles.iter().position(|role| !is_word(role))?;
        Some((format!("review.approver-roles[{at}]"), "a role is one word, such as `admin`"))
    }

    /// Whether the rule set says nothing of it.
    pub fn is_unstated(&self) -> bool {
        *self == Self::default()
    }
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|one| one.is_alphanumeric() || "-_.".contains(one))
}
