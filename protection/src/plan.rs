//! Plan: the ordered calls that lead from what is to what was decided.
//!
//! Planning touches nothing. Planning twice gives the same plan; planning after a
//! successful apply gives an empty one.

mod policy;
mod present;
mod roles;
mod snapshot_group;

use std::fmt;

use holdfast_evaluator::Protection;
use serde::{Deserialize, Serialize};

pub use present::for_protected;

use crate::instance::{BackupInstance, InstanceSpec};
use crate::observe::Ground;
use crate::policy::PolicySpec;
use crate::roles::RoleGrant;
use crate::{Location, ResourceId, Workload};

/// A decision that cannot be carried out as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "camelCase")]
#[error("{message}; {way_out}")]
pub struct Impossible {
    /// A stable word.
    pub code: String,
    /// What is wrong, with the thing's name.
    pub message: String,
    /// What to do next.
    pub way_out: String,
}

impl Impossible {
    /// A refusal to plan.
    pub fn new(code: &str, message: impl Into<String>, way_out: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into(), way_out: way_out.into() }
    }
}

/// One call to Azure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "step")]
pub enum Step {
    /// Give the vault's identity a role.
    GrantRole(RoleGrant),
    /// Create a backup policy.
    CreatePolicy {
        /// Its id.
        id: ResourceId,
        /// What it says.
        spec: PolicySpec,
    },
    /// Let Azure check that the datasource can be protected, then create or update the instance.
    Configure(Box<InstanceSpec>),
    /// Write an instance that is in error once more, under its own name: Azure validates only what has no instance.
    Repair(Box<InstanceSpec>),
    /// Wait until an instance that is being configured is there.
    Await {
        /// The instance.
        instance: ResourceId,
    },
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::GrantRole(grant) => write!(f, "grant {} on {}", grant.role.display_name(), grant.scope),
            Self::CreatePolicy { id, .. } => write!(f, "create backup policy {}", id.name()),
            Self::Configure(spec) => {
                write!(
                    f,
                    "validate and configure backup instance {} with policy {}",
                    spec.id.name(),
                    spec.policy.name()
                )
            }
            Self::Repair(spec) => write!(f, "configure backup instance {} again", spec.id.name()),
            Self::Await { instance } => {
                write!(f, "wait until backup instance {} is configured", instance.name())
            }
        }
    }
}

/// What to do about one resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// In order; empty when there is nothing to do.
    pub steps: Vec<Step>,
    /// What a person should know: why nothing is done, or what differs from the decision and is left alone.
    pub note: Option<String>,
    /// The instance that protects the resource, or will.
    pub instance: ResourceId,
}

/// The datasource of a plan.
#[derive(Debug, Clone, Copy)]
pub struct Datasource<'a> {
    /// Its id.
    pub id: &'a ResourceId,
    /// Its region.
    pub location: &'a Location,
    /// How it is protected.
    pub workload: Workload,
}

/// The plan that protects a datasource in the vault of `ground`.
///
/// An instance in error is configured again under its own name; `ground` is then of its vault.
pub fn to_protect(
    datasource: Datasource<'_>,
    how: &Protection,
    ground: &Ground,
    broken: Option<&BackupInstance>,
) -> Result<Plan, Impossible> {
    let snapshot_group = snapshot_group::snapshot_group(datasource, how)?;
    let (policy, create) = policy::choose_policy(datasource.workload, how, ground)?;
    let grants = roles::missing_roles(datasource, snapshot_group.as_ref(), ground)?;
    let id = match broken {
        Some(instance) => instance.id.clone(),
        None => {
            InstanceSpec::id_for(&ground.vault.id, datasource.id).map_err(|error| unusable_name(&error))?
        }
    };
    let spec = InstanceSpec {
        id: id.clone(),
        datasource: datasource.id.clone(),
        location: datasource.location.clone(),
        workload: datasource.workload,
        policy,
        snapshot_group,
    };
    let mut steps: Vec<Step> = grants.into_iter().map(Step::GrantRole).collect();
    steps.extend(create);
    let configure = if broken.is_some() { Step::Repair } else { Step::Configure };
    steps.push(configure(Box::new(spec)));
    Ok(Plan { steps, note: None, instance: id })
}

fn unusable_name(error: &crate::ResourceIdError) -> Impossible {
    Impossible::new("NameNotUsable", error.to_string(), "rename it in the rules' settings")
}
