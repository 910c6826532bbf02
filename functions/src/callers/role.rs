//! Roles of callers.

use serde::{Deserialize, Serialize};

/// What a caller may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// See decisions, plans, jobs and recovery points.
    Reader,
    /// Back up now; stop, suspend and resume protection, as far as the operation-review rules let.
    Operator,
    /// Restore, as far as the operation-review rules let.
    Restorer,
    /// Everything, approvals and the rule set included.
    Admin,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 4] = [Self::Reader, Self::Operator, Self::Restorer, Self::Admin];

    /// The word in settings, rules and records.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::Operator => "operator",
            Self::Restorer => "restorer",
            Self::Admin => "admin",
        }
    }

    /// The app setting that gives it.
    pub const fn setting(self) -> &'static str {
        match self {
            Self::Reader => "HOLDFAST_READERS",
            Self::Operator => "HOLDFAST_OPERATORS",
            Self::Restorer => "HOLDFAST_RESTORERS",
            Self::Admin => "HOLDFAST_ADMINS",
        }
    }

    /// Whether who has this role may do what `needed` may.
    pub fn includes(self, needed: Self) -> bool {
        self == needed || self == Self::Admin || needed == Self::Reader
    }
}

#[cfg(test)]
mod tests {
    use super::Role;

    #[test]
    fn everybody_with_a_role_may_read_and_an_admin_may_do_all() {
        for role in Role::ALL {
            assert!(role.includes(Role::Reader) && Role::Admin.includes(role));
        }
        assert!(!Role::Operator.includes(Role::Restorer) && !Role::Restorer.includes(Role::Operator));
        assert!(!Role::Reader.includes(Role::Operator));
    }
}
