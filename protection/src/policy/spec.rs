//! A backup policy that should exist.

use serde::{Deserialize, Serialize};

use super::{DatabasePolicy, FilesPolicy, RuleSpec, VmPolicy};
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
