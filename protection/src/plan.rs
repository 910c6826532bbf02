//! Plan: the ordered calls that lead from what is to what was decided.
//!
//! Planning touches nothing. Planning twice gives the same plan; planning after a
//! successful apply gives an empty one.

mod change;
mod drift;
mod ending;
mod holder;
mod permissions;
mod policy;
mod present;
mod roles;
mod snapshot_group;
mod step;
mod vault;

use holdfast_evaluator::{Allowances, Protection};
use serde::Serialize;

pub use change::InstanceChange;
pub use drift::{
    is_as_decided, other_group, protected_elsewhere, to_follow, to_restate, to_restate_with_roles,
};
pub use ending::{Ending, to_end};
pub use holder::{Holder, holder, to_switch};
pub use permissions::{MissingPermissions, PermissionTemplate};
pub use policy::decided_policy;
pub(crate) use policy::policy_in;
pub use present::{Present, allowances_towards, is_kept, present, to_undelete};
pub use snapshot_group::wanted_group;
pub use step::{Awaited, Step, VaultChange};
pub use vault::{to_await_vault, to_create_vault};

use crate::impossible::Impossible;
use crate::instance::{BackupInstance, InstanceSpec};
use crate::lifecycle::PolicyMove;
use crate::observe::Ground;
use crate::workload::{Case, Details};
use crate::{Location, ResourceId, Workload};

/// What to do about one resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// In order; empty when there is nothing to do.
    pub steps: Vec<Step>,
    /// What a person should know: why nothing is done, or what differs from the decision and is left alone.
    pub note: Option<String>,
    /// The instance that protects the resource, or will.
    pub instance: ResourceId,
}

impl Plan {
    /// Whether nothing follows what is prepared, because that is planned again.
    pub(crate) fn ends_in_preparing(&self) -> bool {
        matches!(self.steps.last(), Some(Step::Prepare(preparation)) if !preparation.is_permission())
    }

    /// The region of the datasource that it protects again.
    pub(crate) fn region(&self) -> Option<Location> {
        self.steps.iter().find_map(|step| match step {
            Step::Change(change) => change.location().cloned(),
            _ => None,
        })
    }
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
    details: &Details,
    ground: &Ground,
    broken: Option<&BackupInstance>,
    allowances: &Allowances,
) -> Result<Plan, Impossible> {
    let wanted = wanted_group(datasource, how, broken, allowances)?;
    let create_group = snapshot_group::missing(datasource, wanted.as_ref(), ground, allowances)?;
    let mut chosen = policy::choose_policy(
        datasource.workload,
        how,
        &ground.vault.id,
        &ground.policies,
        broken.and_then(|instance| instance.policy.as_ref()),
    )?;
    if let Some(own) = broken
        .and_then(|instance| instance.policy.as_ref())
        .filter(|own| datasource.workload.has_fixed_policy() && ground.has_policy(own))
    {
        chosen.policy = own.clone();
        chosen.create = None;
    }
    // An instance that is there keeps what it says of the datasource: Azure itself may choose the containers.
    let (id, parameters) = match broken {
        Some(instance) => (instance.id.clone(), None),
        None => (
            datasource.workload.instance(&case_of(datasource, details, ground))?,
            datasource.workload.parameters(&case_of(datasource, details, ground), chosen.into_vault)?,
        ),
    };
    let warning = ground.snapshot_group.as_ref().and_then(crate::snapshot_group::SnapshotGroup::warning);
    let mut notes: Vec<String> = warning.into_iter().collect();
    let joined = |notes: Vec<String>| (!notes.is_empty()).then(|| notes.join("; "));
    let mut steps: Vec<Step> = create_group.map(Step::CreateSnapshotGroup).into_iter().collect();
    let lacks_identity =
        ground.vault.principal.is_none() && datasource.workload.manifest().needs_vault_identity();
    if lacks_identity && allowances.create.vault_identities {
        steps.push(Step::ChangeVault(VaultChange::GiveIdentity { vault: ground.vault.id.clone() }));
        return Ok(Plan { steps, note: joined(notes), instance: id });
    }
    let mut closure = roles::closure(datasource, details, wanted.as_ref(), ground, allowances.grants.on)?;
    // Azure lists only what it could protect again: looking for what has an instance would never end.
    closure.preparations.retain(|one| broken.is_none() || !one.only_looks());
    let missing = closure.missing;
    notes.extend(closure.notes);
    steps.extend(missing.grants.into_iter().map(Step::GrantRole));
    steps.extend(missing.binding.map(Step::Prepare));
    let mut later: Vec<Step> = chosen.create.into_iter().collect();
    later.push(Step::Change(match broken {
        Some(_) => InstanceChange::Repair(PolicyMove::to(id.clone(), chosen.policy)),
        None => InstanceChange::Configure(Box::new(InstanceSpec {
            id: id.clone(),
            vault: ground.vault.id.clone(),
            datasource: datasource.id.clone(),
            location: datasource.location.clone(),
            workload: datasource.workload,
            policy: chosen.policy,
            snapshot_group: wanted,
            parameters,
            secret: details.secret(),
        })),
    }));
    // What only holds datasources has nothing more of its own.
    if datasource.workload.holds(datasource.id) {
        later.clear();
    }
    // What is prepared may say more of what follows, so that is planned again.
    if closure.preparations.is_empty() {
        steps.extend(later);
    } else {
        steps.extend(closure.preparations.into_iter().map(Step::Prepare));
        let later: Vec<String> = later.iter().map(ToString::to_string).collect();
        if !later.is_empty() {
            notes.push(format!("once it is prepared: {}", later.join("; ")));
        }
    }
    Ok(Plan { steps, note: joined(notes), instance: id })
}

/// What its workload is asked about. A vault without identity is found by the roles that it lacks.
fn case_of<'a>(datasource: Datasource<'a>, details: &'a Details, ground: &'a Ground) -> Case<'a> {
    roles::case(datasource, details, ground, ground.vault.principal.as_deref().unwrap_or_default())
}
