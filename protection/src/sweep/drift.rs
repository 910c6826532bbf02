//! Targets that are protected otherwise than decided, as far as rows show it.

use std::collections::HashMap;

use holdfast_evaluator::{Outcome as Whether, Ruled};

use super::Judge;
use super::judge::Case;
use crate::instance::{BackupInstance, ProtectionState};
use crate::plan::{self, Compared, Datasource, Difference, Seen};
use crate::policy::Policy;
use crate::vault::Vault;
use crate::{Location, ResourceId, Workload};

/// What is known of vaults and of what is in them.
#[derive(Debug, Clone, Default)]
pub struct Known {
    instances: HashMap<String, BackupInstance>,
    policies: HashMap<String, Vec<Policy>>,
    vaults: HashMap<String, Vault>,
}

/// A target that is protected otherwise than decided, or of which this is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drifted {
    /// The resource.
    pub resource: ResourceId,
    /// Which of its workloads.
    pub workload: Workload,
    /// In what it differs; nothing where only its policy is not known.
    pub differences: Vec<Difference>,
}

impl Known {
    /// Takes an instance.
    pub fn add_instance(&mut self, instance: BackupInstance) {
        self.instances.insert(instance.id.key(), instance);
    }

    /// Takes a policy of a vault.
    pub fn add_policy(&mut self, vault: &ResourceId, policy: Policy) {
        self.policies.entry(vault.key()).or_default().push(policy);
    }

    /// Takes a vault.
    pub fn add_vault(&mut self, vault: &Vault) {
        self.vaults.insert(vault.id.key(), vault.clone());
    }
}

impl Judge<'_> {
    /// The targets of a page that are protected, but otherwise than decided; and those whose policy nobody knows.
    pub fn drifted(&self, cases: &[Case], rulings: &[Ruled], known: &Known) -> Vec<Drifted> {
        let drifted = cases.iter().zip(rulings).filter_map(|(case, ruled)| {
            let Compared { differences, is_policy_unknown } = case.compared(ruled, known)?;
            let is_told = !differences.is_empty() || is_policy_unknown;
            is_told.then(|| Drifted { resource: case.id.clone(), workload: case.workload, differences })
        });
        drifted.collect()
    }
}

impl Case {
    /// How its instance differs from what is decided; none where nothing protects it, or nothing is to.
    fn compared(&self, ruled: &Ruled, known: &Known) -> Option<Compared> {
        let Whether::Protect { protection: how } = &ruled.outcome else { return None };
        let found = self.protection().filter(|found| found.state == ProtectionState::Configured)?;
        let Some(instance) = known.instances.get(&found.instance.key()) else {
            return Some(Compared { is_policy_unknown: true, ..Compared::default() });
        };
        let location = Location::from(self.request.resource.location.as_str());
        let datasource = Datasource { id: &self.id, location: &location, workload: self.workload };
        let key = instance.vault.key();
        let vault = known.vaults.get(&key);
        let seen = Seen {
            resource: &self.request.resource,
            instance,
            vault_tags: vault.map(|vault| &vault.tags),
            policies: known.policies.get(&key).map(Vec::as_slice).unwrap_or_default(),
            immutability: vault.map(|vault| vault.immutability).unwrap_or_default(),
        };
        Some(plan::compared(datasource, how, &seen))
    }
}
