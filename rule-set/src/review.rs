//! What holds for an operation that no rule speaks of: the `[review]` table of a rule set.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::operation::OperationKind;

/// The roles of those who may approve, as callers have them.
pub const APPROVING_ROLES: [&str; 3] = ["operator", "restorer", "admin"];

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
        let can_be_had = |role: &String| APPROVING_ROLES.iter().any(|known| known.eq_ignore_ascii_case(role));
        let somebody_can = self.approver_roles.iter().any(can_be_had);
        // Beside a role that somebody can have, what is no word harms nobody: it is noticed, as any unknown role is.
        let is_wrong = |role: &String| role.trim().is_empty() || !(somebody_can || is_word(role));
        let at = self.approver_roles.iter().position(is_wrong)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_word_is_refused_where_nobody_could_approve_and_where_it_is_empty() {
        let refused = |roles: &[&str]| {
            let approver_roles = roles.iter().map(|role| (*role).to_owned()).collect();
            let review = ReviewDefaults { approver_roles, ..ReviewDefaults::default() };
            review.contradiction().map(|(at, _)| at)
        };
        let at = |place: usize| Some(format!("review.approver-roles[{place}]"));
        assert_eq!(refused(&["admin", "security team"]), None);
        assert_eq!(refused(&["security, lead", " admin", "Operator"]), None);
        assert_eq!(refused(&["lead"]), None);
        assert_eq!(refused(&["security team"]), at(0));
        assert_eq!(refused(&["lead", "security team"]), at(1));
        assert_eq!(refused(&["reader", " admin"]), at(1));
        assert_eq!(refused(&["admin", ""]), at(1));
        assert_eq!(refused(&[" ", "admin"]), at(0));
    }
}
