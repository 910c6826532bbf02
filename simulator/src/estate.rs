//! The estate file: what exists when a simulator starts.

mod delivery;
mod denial;
mod entry;
mod guest;
mod numbered;
mod seeded;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use delivery::DeliveryKnobs;
pub use denial::{ActionDenial, Denial, PolicyDenial};
pub use entry::{
    EstateAssignment, EstateGroup, EstatePolicy, EstateResource, EstateSubscription, EstateVault,
};
pub use guest::{EstateAvailabilityGroup, EstateDatabase, EstateGuest, EstateInstance};
pub use numbered::NumberedDisks;
pub use seeded::SUBSCRIPTIONS as SEEDED_SUBSCRIPTIONS;

/// What exists at the start. Everything in it is ready, effective and known to Resource Graph, and no event tells of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Estate {
    /// Subscription ids; none listed means that any id works.
    pub subscriptions: Vec<String>,
    /// The subscriptions below each management group, by the group's name.
    pub management_groups: BTreeMap<String, Vec<String>>,
    /// Assignments and initiatives of Azure Policy, as Azure Resource Manager shows them.
    pub azure_policy: Vec<Value>,
    /// Tags of subscriptions, by subscription id.
    pub subscription_tags: BTreeMap<String, BTreeMap<String, String>>,
    /// Resource groups.
    pub resource_groups: Vec<EstateGroup>,
    /// Backup vaults.
    pub vaults: Vec<EstateVault>,
    /// Backup policies.
    pub policies: Vec<EstatePolicy>,
    /// Resources of any other type.
    pub resources: Vec<EstateResource>,
    /// The database servers in virtual machines, which no resource shows.
    pub guests: Vec<EstateGuest>,
    /// Availability groups of SQL Server over these virtual machines.
    pub availability_groups: Vec<EstateAvailabilityGroup>,
    /// Role assignments, effective at once.
    pub role_assignments: Vec<EstateAssignment>,
    /// Event subscriptions; their endpoints are trusted without a handshake.
    pub event_subscriptions: Vec<EstateSubscription>,
    /// Scopes at and below which role assignments may not be written, by nobody or not by some.
    pub deny_role_assignments: Vec<Denial>,
    /// Actions that are not permitted.
    pub deny_actions: Vec<ActionDenial>,
    /// What Azure Policies deny.
    pub policy_denials: Vec<PolicyDenial>,
    /// After how many seconds of Azure's time protection is found to be broken when a role, a group or a resource that
    /// it needs was taken away; 3,600 when absent.
    pub recheck_seconds: Option<f64>,
    /// Whether backups run by the schedule of their policy, and not on demand alone.
    pub scheduled_backups: bool,
    /// Whether ids in answers are now and then spelled in other ways than in requests, as Azure does.
    pub odd_casing: bool,
    /// Most backup instances of a vault; 5,000 when absent.
    pub instance_limit: Option<usize>,
    /// Most backup policies of a vault; 5,000 when absent.
    pub policy_limit: Option<usize>,
    /// Most role assignments of a subscription with everything below it; 4,000 when absent.
    pub role_assignment_limit: Option<usize>,
    /// After how many seconds of Azure's time a new role assignment is effective; 300 when absent.
    pub propagation_seconds: Option<f64>,
    /// How many seconds of Azure's time Resource Graph lags behind; 10 when absent.
    pub graph_lag_seconds: Option<f64>,
    /// After how many seconds of Azure's time the paired region shows a job that runs there; at once when absent.
    pub paired_job_lag_seconds: Option<f64>,
    /// Whether a Recovery Services vault takes virtual machines of other subscriptions, as it is said to since 2026.
    pub machines_of_other_subscriptions: bool,
    /// Disks that Resource Graph makes from their numbers.
    pub numbered_disks: Option<NumberedDisks>,
    /// How unruly events are delivered.
    pub delivery: Option<DeliveryKnobs>,
}

impl Estate {
    /// Reads an estate file.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or is no estate; the error names file and place.
    pub fn load(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| anyhow::anyhow!("cannot read the estate file {}: {error}", path.display()))?;
        Self::parse(&text).with_context(|| format!("in {}", path.display()))
    }

    /// One datasource of each Backup vault workload with what stands beside it (containers, key vault and secret, backup
    /// extension, trusted access), a vault with identity, and no role: `simulator/estates/workloads.json`.
    ///
    /// # Errors
    ///
    /// Never, as long as the file is an estate, which a test sees to.
    pub fn workloads() -> anyhow::Result<Self> {
        Self::parse(include_str!("../estates/workloads.json")).context("in estates/workloads.json")
    }

    /// Reads an estate from JSON text.
    ///
    /// # Errors
    ///
    /// When the text is no estate; the error names the place in it.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        serde_json::from_str(text).map_err(|error| anyhow::anyhow!("the estate does not fit: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_fields_are_refused_by_name() {
        let error = serde_json::from_str::<Estate>(r#"{"vault": []}"#).unwrap_err().to_string();
        assert!(error.contains("unknown field `vault`"), "{error}");
    }
}
