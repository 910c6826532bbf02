//! Plan: the ordered calls that lead from what is to what was decided.
//!
//! Planning touches nothing. Planning twice gives the same plan; planning after a
//! successful apply gives an empty one.

use std::fmt;

use holdfast_evaluator::Protection;
use serde::{Deserialize, Serialize};

use crate::instance::{BackupInstance, InstanceSpec, ProtectionState};
use crate::observe::Ground;
use crate::policy::PolicySpec;
use crate::roles::RoleGrant;
use crate::workload::RoleScope;
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

/// The plan for a resource that some instance protects already, if that settles it without looking at a vault.
pub fn for_protected(instances: &[BackupInstance]) -> Option<Plan> {
    let plan = |instance: &BackupInstance, steps, note: Option<&str>| Plan {
        steps,
        note: note.map(str::to_owned),
        instance: instance.id.clone(),
    };
    let instance = instances.iter().min_by_key(|instance| (rank(&instance.state), instance.id.key()))?;
    match &instance.state {
        ProtectionState::Configured => Some(plan(instance, Vec::new(), Some("it is protected already"))),
        ProtectionState::Configuring => {
            Some(plan(instance, vec![Step::Await { instance: instance.id.clone() }], None))
        }
        ProtectionState::Stopped => {
            Some(plan(instance, Vec::new(), Some("its protection was stopped by somebody and is left so")))
        }
        ProtectionState::SoftDeleted => Some(plan(
            instance,
            Vec::new(),
            Some("its backup instance is soft-deleted; undelete it to protect it again"),
        )),
        ProtectionState::Other(word) => Some(Plan {
            note: Some(format!("its backup instance is in state `{word}`")),
            ..plan(instance, Vec::new(), None)
        }),
        ProtectionState::Error => None,
    }
}

/// Which of several instances speaks for the resource.
fn rank(state: &ProtectionState) -> u8 {
    match state {
        ProtectionState::Configured => 0,
        ProtectionState::Configuring => 1,
        ProtectionState::Error => 2,
        ProtectionState::Stopped => 3,
        ProtectionState::SoftDeleted => 4,
        ProtectionState::Other(_) => 5,
    }
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
    let snapshot_group = snapshot_group(datasource, how)?;
    let (policy, create) = choose_policy(datasource.workload, how, ground)?;
    let grants = missing_roles(datasource, snapshot_group.as_ref(), ground)?;
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

fn snapshot_group(datasource: Datasource<'_>, how: &Protection) -> Result<Option<ResourceId>, Impossible> {
    if !datasource.workload.needs_snapshot_group() {
        return Ok(None);
    }
    let Some(group) = &how.snapshot_resource_group else {
        return Err(Impossible::new(
            "SnapshotGroupMissing",
            format!("snapshots of {} need a resource group, and no rule names one", datasource.id.name()),
            "let a rule state `snapshot-resource-group`",
        ));
    };
    let id = ResourceId::resource_group_of(datasource.id.subscription(), group)
        .map_err(|error| unusable_name(&error))?;
    Ok(Some(id))
}

fn choose_policy(
    workload: Workload,
    how: &Protection,
    ground: &Ground,
) -> Result<(ResourceId, Option<Step>), Impossible> {
    let id =
        |name: &str| ground.vault.id.child("backupPolicies", name).map_err(|error| unusable_name(&error));
    if let Some(name) = &how.policy {
        return match ground.policies.iter().find(|policy| policy.name.eq_ignore_ascii_case(name)) {
            Some(policy) => Ok((id(&policy.name)?, None)),
            None => Err(Impossible::new(
                "PolicyNotFound",
                format!(
                    "the rules choose backup policy `{name}`, which vault `{}` does not have",
                    ground.vault.id.name()
                ),
                "create it, or let the rules state retention and schedule instead",
            )),
        };
    }
    let spec = PolicySpec::decided(workload, how)?;
    let own_name = spec.name();
    let fitting = ground.policies.iter().filter(|policy| spec.is_met_by(policy));
    // Ours first, then by name: the same choice at every planning.
    if let Some(policy) = fitting.min_by_key(|policy| (policy.name != own_name, policy.name.clone())) {
        return Ok((id(&policy.name)?, None));
    }
    if ground.policies.iter().any(|policy| policy.name.eq_ignore_ascii_case(&own_name)) {
        return Err(Impossible::new(
            "PolicyChanged",
            format!(
                "backup policy `{own_name}` of vault `{}` no longer does what its name says",
                ground.vault.id.name()
            ),
            "delete it or restore its rules; Holdfast will then use it again",
        ));
    }
    let policy = id(&own_name)?;
    Ok((policy.clone(), Some(Step::CreatePolicy { id: policy, spec })))
}

fn missing_roles(
    datasource: Datasource<'_>,
    snapshot_group: Option<&ResourceId>,
    ground: &Ground,
) -> Result<Vec<RoleGrant>, Impossible> {
    let Some(principal) = &ground.vault.principal else {
        return Err(Impossible::new(
            "VaultWithoutIdentity",
            format!(
                "Backup vault `{}` has no system-assigned identity, so it can read no datasource",
                ground.vault.id.name()
            ),
            "turn on the system-assigned identity of the vault",
        ));
    };
    let scope = |at| match at {
        RoleScope::Datasource => Some(datasource.id.clone()),
        RoleScope::DatasourceGroup => datasource.id.resource_group_id(),
        RoleScope::SnapshotGroup => snapshot_group.cloned(),
    };
    let grants = datasource.workload.roles().iter().filter_map(|(role, at)| {
        Some(RoleGrant { role: *role, scope: scope(*at)?, principal: principal.clone() })
    });
    Ok(grants.filter(|grant| !ground.roles.iter().any(|assignment| grant.is_met_by(assignment))).collect())
}
