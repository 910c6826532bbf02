//! Stages in words, as they are planned and as a dry run tells them.

use std::fmt;

use super::Stage;
use crate::guard::GUARD_ROLE;
use crate::roles::RoleGrant;

impl Stage {
    /// What a dry run says of it: that it would be done; what only asks is done.
    pub fn rehearsed(&self) -> String {
        if self.only_asks() { self.to_string() } else { format!("would {self}") }
    }

    /// One of the roles that it gives, in words.
    pub(crate) fn grant_in_words(&self, grant: &RoleGrant) -> String {
        let holder = match self {
            Self::Grant { holders, .. } => holders.get(&grant.principal),
            _ => None,
        };
        let role = format!("{} on {}", grant.role.display_name(), grant.scope);
        match holder {
            Some(holder) => format!("{role} to {holder}"),
            None => role,
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Grant { roles, .. } => {
                let roles: Vec<String> = roles.iter().map(|grant| self.grant_in_words(grant)).collect();
                write!(f, "grant {}", roles.join("; "))
            }
            Self::Prepare { preparation } => preparation.fmt(f),
            Self::ValidateRestore { order } => write!(f, "validate the restore to {}", order.target()),
            Self::Restore { order } => write!(f, "restore to {}", order.target()),
            Self::Backup { order } => order.fmt(f),
            Self::ValidateMove { change } => {
                write!(f, "validate policy {} for {}", change.policy.name(), change.instance.name())
            }
            Self::Move { change } => {
                write!(f, "move {} to policy {}", change.instance.name(), change.policy.name())?;
                match change.values().as_slice() {
                    [] => Ok(()),
                    values => write!(f, " with {}", values.join("; ")),
                }
            }
            Self::Alter { instance, lifecycle } => write!(f, "{lifecycle} {}", instance.name()),
            Self::Undelete { instance } => write!(f, "undelete {}", instance.name()),
            Self::MakePolicy { id, .. } => write!(f, "create policy {}", id.name()),
            Self::AwaitGuard { guard, .. } => {
                write!(f, "wait until the owner of resource guard {} gives {GUARD_ROLE} on it", guard.name())
            }
            Self::OpenFiles { session } => {
                write!(f, "open the files of {} in recovery point {}", session.machine.name(), session.point)
            }
            Self::CloseFiles { session } => {
                write!(f, "close the files of {} in recovery point {}", session.machine.name(), session.point)
            }
            Self::Archive { point, .. } => write!(f, "move recovery point {point} to the archive"),
            Self::CancelJob { job } => write!(f, "cancel job {}", job.name()),
        }
    }
}
