//! A backup policy that should exist.

use serde::{Deserialize, Serialize};

use super::{DatabasePolicy, FilesPolicy, Policy, PolicyBody, RuleSpec, VmPolicy};
use crate::tier::DataStore;

/// A backup policy that should exist, in the form of what it is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum PolicySpec {
    /// Of a backup vault.
    Rules(RuleSpec),
    /// For virtual machines.
    Vm(VmPolicy),
    /// For file shares.
    Files(FilesPolicy),
    /// For databases in machines.
    Databases(DatabasePolicy),
}

impl PolicySpec {
    /// A name that says what the policy does, the same for the same policy.
    pub fn name(&self) -> String {
        match self {
            Self::Rules(spec) => spec.name(),
            Self::Vm(policy) => policy.name(),
            Self::Files(policy) => policy.name(),
            Self::Databases(policy) => policy.name(),
        }
    }

    /// What it would keep in the vault for a shorter time than a policy that is there, in words; none if it keeps
    /// all there as long.
    pub fn keeps_shorter_than(&self, other: &Policy) -> Option<String> {
        let shorter = match (self, &other.body) {
            (Self::Rules(new), PolicyBody::Rules(old)) => new.keeps_shorter_than(old),
            (Self::Vm(new), PolicyBody::Vm(old)) => new.keeps_shorter_than(old),
            (Self::Files(new), PolicyBody::Files(old)) => new.keeps_shorter_than(old),
            (Self::Databases(new), PolicyBody::Databases(old)) => new.keeps_shorter_than(old),
            (Self::Rules(_) | Self::Vm(_) | Self::Files(_) | Self::Databases(_), _) => None,
        };
        shorter.map(|shorter| format!("{shorter} in `{}`", self.name()))
    }

    /// Whether its backups go into the vault.
    pub fn backs_up_into_vault(&self) -> bool {
        match self {
            Self::Rules(spec) => spec.backup.is_some_and(|backup| backup.store == DataStore::VaultStore),
            Self::Vm(policy) => policy.stores().contains(&DataStore::VaultStore),
            Self::Files(policy) => policy.stores().contains(&DataStore::VaultStore),
            Self::Databases(policy) => policy.stores().contains(&DataStore::VaultStore),
        }
    }
}
