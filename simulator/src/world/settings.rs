//! What an estate may set, and what may be set anew while the simulator runs.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::config::SoftDelete;
use crate::estate::{ActionDenial, Denial, NumberedDisks, PolicyDenial};

/// Azure's usual wait until a role assignment is effective, in seconds of Azure's time.
const PROPAGATION_SECONDS: f64 = 300.0;

/// How far Resource Graph usually lags behind, in seconds of Azure's time.
const GRAPH_LAG_SECONDS: f64 = 10.0;

/// When protection is found to be broken after what it needs was taken away: with the next scheduled backup, say.
const RECHECK_SECONDS: f64 = 3600.0;

/// Instances and policies of a Backup vault (support matrices of the Azure Backup documentation).
const VAULT_LIMIT: usize = 5000;
/// Role assignments that a subscription takes, with everything below it.
const ROLE_ASSIGNMENT_LIMIT: usize = 4_000;

/// What an estate may set.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// Subscriptions that exist; none listed means that any id works.
    pub(crate) subscriptions: Vec<String>,
    /// The subscriptions below each management group.
    pub(crate) management_groups: BTreeMap<String, Vec<String>>,
    /// Assignments and initiatives of Azure Policy.
    pub(crate) azure_policy: Vec<Value>,
    /// Where role assignments may not be written, and by whom.
    pub(crate) denials: Vec<Denial>,
    /// Which actions are not permitted where.
    pub(crate) action_denials: Vec<ActionDenial>,
    /// What an Azure Policy denies.
    pub(crate) policy_denials: Vec<PolicyDenial>,
    pub(crate) propagation_seconds: f64,
    pub(crate) graph_lag_seconds: f64,
    /// How late the paired region shows the jobs that run there.
    pub(crate) paired_job_lag_seconds: f64,
    pub(crate) recheck_seconds: f64,
    /// Whether backups run by their schedule.
    pub(crate) scheduled_backups: bool,
    /// Whether ids in answers are spelled in other ways than in requests.
    pub(crate) odd_casing: bool,
    /// Most instances, and most policies, of a vault.
    pub(crate) instance_limit: usize,
    /// Of single vaults, by their keys.
    pub(crate) instance_limits: BTreeMap<String, usize>,
    pub(crate) policy_limit: usize,
    /// Most role assignments of a subscription with everything below it.
    pub(crate) role_assignment_limit: usize,
    pub(crate) soft_delete: SoftDelete,
    /// Whether a Recovery Services vault takes virtual machines of other subscriptions.
    pub(crate) machines_of_other_subscriptions: bool,
    /// Disks that Resource Graph makes from their numbers.
    pub(crate) numbered_disks: Option<NumberedDisks>,
}

impl Settings {
    pub(crate) fn new(soft_delete: SoftDelete) -> Self {
        Self {
            subscriptions: Vec::new(),
            management_groups: BTreeMap::new(),
            azure_policy: Vec::new(),
            denials: Vec::new(),
            action_denials: Vec::new(),
            policy_denials: Vec::new(),
            propagation_seconds: PROPAGATION_SECONDS,
            graph_lag_seconds: GRAPH_LAG_SECONDS,
            paired_job_lag_seconds: 0.0,
            recheck_seconds: RECHECK_SECONDS,
            scheduled_backups: false,
            odd_casing: false,
            instance_limit: VAULT_LIMIT,
            instance_limits: BTreeMap::new(),
            policy_limit: VAULT_LIMIT,
            role_assignment_limit: ROLE_ASSIGNMENT_LIMIT,
            soft_delete,
            machines_of_other_subscriptions: false,
            numbered_disks: None,
        }
    }

    /// Most protected items of the vault with this key.
    pub(crate) fn instances_of(&self, vault: &str) -> usize {
        self.instance_limits.get(vault).copied().unwrap_or(self.instance_limit)
    }
}
