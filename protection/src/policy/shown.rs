//! A backup policy as Azure shows it.

use serde::{Deserialize, Serialize};

use super::{DatabasePolicy, FilesPolicy, RulePolicy, VmPolicy};
use crate::Workload;
use crate::tier::DataStore;

/// A backup policy as Azure shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Its name in the vault.
    pub name: String,
    /// Instances that follow it, where Azure counts them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<u32>,
    /// What it says.
    #[serde(flatten)]
    pub body: PolicyBody,
}

/// What a policy says, in the form of what it is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum PolicyBody {
    /// Of a backup vault.
    Rules(RulePolicy),
    /// For virtual machines.
    Vm(VmPolicy),
    /// For file shares.
    Files(FilesPolicy),
    /// For databases in machines.
    Databases(DatabasePolicy),
    /// For something else, or in a form that is not understood: such a policy is never chosen by us, only by name.
    Other(OtherPolicy),
}

/// A policy that is not understood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OtherPolicy {
    /// Types of datasource that it is for, or Azure's word for them.
    pub serves: Vec<String>,
    /// What of it is not understood.
    pub unread: String,
}

impl Policy {
    /// Its rules; none for a policy of a Recovery Services vault.
    pub fn rules(&self) -> Option<&RulePolicy> {
        match &self.body {
            PolicyBody::Rules(rules) => Some(rules),
            PolicyBody::Vm(_) | PolicyBody::Files(_) | PolicyBody::Databases(_) | PolicyBody::Other(_) => {
                None
            }
        }
    }

    /// Whether fewer instances than these follow it, as far as is known.
    pub fn has_room(&self, most: u32) -> bool {
        self.items.is_none_or(|items| items < most)
    }

    /// Types of datasource that it is for.
    pub fn datasource_types(&self) -> Vec<String> {
        match &self.body {
            PolicyBody::Rules(rules) => rules.datasource_types.clone(),
            PolicyBody::Vm(_) => vec![VmPolicy::DATASOURCE_TYPE.to_owned()],
            PolicyBody::Files(_) => vec![FilesPolicy::DATASOURCE_TYPE.to_owned()],
            PolicyBody::Databases(policy) => vec![policy.databases.datasource_type().to_owned()],
            PolicyBody::Other(policy) => policy.serves.clone(),
        }
    }

    /// Whether it is for another kind of datasource. Of rules, only Azure knows for what they may be used.
    pub fn is_for_others(&self, workload: Workload) -> bool {
        let own = workload.datasource_type();
        let types = self.datasource_types();
        self.rules().is_none() && !types.iter().any(|kind| kind.eq_ignore_ascii_case(own))
    }

    /// What it keeps in the vault for a shorter time than another policy does, in words; none if it keeps all
    /// there as long or longer.
    pub fn keeps_shorter_than(&self, other: &Self) -> Option<String> {
        let shorter = match (&self.body, &other.body) {
            (PolicyBody::Rules(new), PolicyBody::Rules(old)) => new.keeps_shorter_than(old),
            (PolicyBody::Vm(new), PolicyBody::Vm(old)) => new.keeps_shorter_than(old),
            (PolicyBody::Files(new), PolicyBody::Files(old)) => new.keeps_shorter_than(old),
            (PolicyBody::Databases(new), PolicyBody::Databases(old)) => new.keeps_shorter_than(old),
            (
                PolicyBody::Rules(_)
                | PolicyBody::Vm(_)
                | PolicyBody::Files(_)
                | PolicyBody::Databases(_)
                | PolicyBody::Other(_),
                _,
            ) => None,
        };
        shorter.map(|shorter| format!("{shorter} in `{}`", self.name))
    }

    /// Stores in which it keeps backups.
    pub fn stores(&self) -> Vec<DataStore> {
        match &self.body {
            PolicyBody::Rules(rules) => rules.stores(),
            PolicyBody::Vm(policy) => policy.stores(),
            PolicyBody::Files(policy) => policy.stores(),
            PolicyBody::Databases(policy) => policy.stores(),
            PolicyBody::Other(_) => Vec::new(),
        }
    }

    /// Whether it takes backups at times: continuous backup takes none.
    pub fn takes_backups(&self) -> bool {
        self.rules().is_none_or(|rules| !rules.backup.is_empty())
    }

    /// Whether its backups go into the vault.
    pub fn backs_up_into_vault(&self) -> bool {
        match &self.body {
            PolicyBody::Rules(rules) => rules.backup.iter().any(|rule| rule.store == DataStore::VaultStore),
            PolicyBody::Vm(_) | PolicyBody::Files(_) | PolicyBody::Databases(_) | PolicyBody::Other(_) => {
                self.stores().contains(&DataStore::VaultStore)
            }
        }
    }

    /// Days for which it keeps recovery points, all classes of them together.
    pub(super) fn kept_days(&self) -> u32 {
        match &self.body {
            PolicyBody::Rules(rules) => {
                let kept = rules.retention.iter().flat_map(|rule| &rule.lifecycles);
                kept.map(|lifecycle| lifecycle.keep.nominal_days()).fold(0, u32::saturating_add)
            }
            PolicyBody::Vm(policy) => policy.kept.days(),
            PolicyBody::Files(policy) => policy.kept().days(),
            PolicyBody::Databases(policy) => policy.kept.days(),
            PolicyBody::Other(_) => 0,
        }
    }
}
