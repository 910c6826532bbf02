//! Plan: the ordered calls that lead from what is to what was decided.
//!
//! Planning touches nothing. Planning twice gives the same plan; planning after a
//! successful apply gives an empty one.

mod change;
mod difference;
mod drift;
mod ending;
mod holder;
mod permissions;
mod policy;
mod present;
mod protect;
mod roles;
mod snapshot_group;
mod step;
mod vault;

use serde::Serialize;

pub use change::InstanceChange;
pub use difference::{Compared, Difference, Differs, Seen, compared};
pub use drift::{
    goes_into_vault, is_as_decided, other_group, protected_elsewhere, to_follow, to_keep_policy,
    to_mend_roles, to_restate, to_restate_with_roles,
};
pub use ending::{Ending, to_end};
pub use holder::{Holder, holder, to_switch};
pub use permissions::{MissingPermissions, PermissionTemplate};
pub use policy::decided_policy;
pub(crate) use policy::policy_in;
pub use present::{Present, allowances_towards, is_kept, present, to_undelete};
pub use protect::to_protect;
pub use snapshot_group::wanted_group;
pub use step::{Awaited, Step, VaultChange};
pub use vault::{to_await_vault, to_create_vault};

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

    /// Whether something in Azure would change.
    pub(crate) fn changes(&self) -> bool {
        self.steps.iter().any(|step| !step.only_waits())
    }

    /// Whether it protects what nothing protects.
    pub(crate) fn sets_up(&self) -> bool {
        let configures = |step: &Step| matches!(step, Step::Change(InstanceChange::Configure(_)));
        self.steps.iter().any(configures)
    }

    /// The region of the datasource that it newly protects.
    pub(crate) fn region(&self) -> Option<Location> {
        self.steps.iter().find_map(|step| match step {
            Step::Change(change) => change.location().cloned(),
            _ => None,
        })
    }
}

/// Notes for a person as one.
pub(crate) fn joined(notes: impl IntoIterator<Item = String>) -> Option<String> {
    let notes: Vec<String> = notes.into_iter().collect();
    (!notes.is_empty()).then(|| notes.join("; "))
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
