//! How a protection differs from what was decided, as far as what is known of it tells. Nobody is asked.

use std::collections::BTreeMap;

use holdfast_evaluator::{Allowances, Protection, Resource};
use serde::{Deserialize, Serialize};

use super::drift::{is_as_decided, other_group, protected_elsewhere, to_follow};
use super::{Datasource, InstanceChange, Step, policy};
use crate::impossible::Impossible;
use crate::instance::BackupInstance;
use crate::policy::Policy;
use crate::vault::Immutability;
use crate::workload::{Kept, Restated, Restating};

/// In what a protection differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Differs {
    /// It lies in another vault.
    Vault,
    /// It follows a policy with another schedule or retention.
    Policy,
    /// Its snapshots go to another resource group.
    SnapshotGroup,
    /// It states other containers, disks, namespaces or another secret of the datasource.
    Contents,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// In what.
    pub differs: Differs,
    /// What is there, and what was decided.
    pub text: String,
}

/// What is known of a protection.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// The datasource.
    pub resource: &'a Resource,
    /// The instance.
    pub instance: &'a BackupInstance,
    /// Tags of its vault; none where they are not known.
    pub vault_tags: Option<&'a BTreeMap<String, String>>,
    /// Policies of its vault that are known.
    pub policies: &'a [Policy],
    /// Whether its vault is immutable, as far as it is known.
    pub immutability: Immutability,
}

/// Differences, and whether there may be others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Compared {
    /// What differs.
    pub differences: Vec<Difference>,
    /// Whether the policy cannot be compared, because nobody knows what it says.
    pub is_policy_unknown: bool,
}

/// Compares a protection with what was decided. A decision that cannot be carried out is compared with nothing.
pub fn compared(datasource: Datasource<'_>, how: &Protection, seen: &Seen<'_>) -> Compared {
    let mut compared = Compared::default();
    if let Some(text) = protected_elsewhere(how, seen.instance, seen.vault_tags) {
        compared.add(Differs::Vault, text);
        return compared;
    }
    if let Some(text) = other_group(how, seen.instance) {
        compared.add(Differs::SnapshotGroup, text);
    }
    match follows(datasource, how, seen) {
        Ok(Follows::Decided) | Err(_) => {}
        Ok(Follows::Other(text)) => compared.add(Differs::Policy, text),
        Ok(Follows::Unknown) => compared.is_policy_unknown = true,
    }
    let kept = Kept {
        resource: seen.resource,
        how,
        stated: &seen.instance.stated,
        // What goes with another policy is told as a difference of policies.
        goes_into_vault: false,
        is_ours: seen.instance.is_ours(),
    };
    if let Ok(Restating::Now(restated) | Restating::WithRoles(restated)) =
        datasource.workload.restating(&kept)
    {
        compared.add(Differs::Contents, stated(&restated));
    }
    compared
}

enum Follows {
    Decided,
    Other(String),
    Unknown,
}

fn follows(datasource: Datasource<'_>, how: &Protection, seen: &Seen<'_>) -> Result<Follows, Impossible> {
    let own = seen.instance.policy_name();
    if is_as_decided(datasource, how, seen.instance)? {
        return Ok(Follows::Decided);
    }
    let is_known = seen.policies.iter().any(|policy| policy.name.eq_ignore_ascii_case(own));
    if !is_known && how.policy.is_none() {
        return Ok(Follows::Unknown);
    }
    // Which policy it would follow instead is not asked: how full that is does not matter.
    let follow = |immutability| {
        to_follow(datasource, how, seen.instance, (seen.policies, immutability), &Allowances::default())
    };
    let plan = match follow(seen.immutability) {
        // Another vault would take it: it differs, however it is left.
        Err(refused) if follow(Immutability::Disabled).is_ok() => {
            return Ok(Follows::Other(policy::kept(own, &refused)));
        }
        planned => planned?,
    };
    let moved = plan.steps.iter().find_map(|step| match step {
        Step::Change(InstanceChange::Move(change)) => Some(change.policy.name()),
        _ => None,
    });
    Ok(match (moved, plan.note) {
        (Some(decided), _) => {
            Follows::Other(format!("it follows policy `{own}`, and the rules want what `{decided}` does"))
        }
        // The note about the group of snapshots is told by itself.
        (None, note) => match note.filter(|note| other_group(how, seen.instance).as_ref() != Some(note)) {
            Some(note) => Follows::Other(note),
            None => Follows::Decided,
        },
    })
}

fn stated(restated: &Restated) -> String {
    format!("it backs up other parts of the resource than the rules want: {}", restated.values().join("; "))
}

impl Compared {
    fn add(&mut self, differs: Differs, text: String) {
        self.differences.push(Difference { differs, text });
    }
}
