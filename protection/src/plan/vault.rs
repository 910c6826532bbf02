//! Plans that end at a vault: what follows is planned when it is there, because its identity is not known before.

use holdfast_evaluator::{Allowances, Protection};

use super::{Awaited, Datasource, Plan, Step, VaultChange, to_protect};
use crate::impossible::Impossible;
use crate::observe::Ground;
use crate::snapshot_group::SnapshotGroup;
use crate::vault::{CrossRegion, Immutability, ProvisioningState, Vault, VaultSpec};
use crate::workload::{Case, Dependencies, Details};

/// Stands for the identity of a vault that is not there yet; it is planned with, never written.
const UNBORN: &str = "the identity of the new vault";

/// The plan that creates a vault for a datasource; refused where what follows would be.
pub fn to_create_vault(
    datasource: Datasource<'_>,
    how: &Protection,
    details: &Details,
    spec: VaultSpec,
    around: (Dependencies, Option<SnapshotGroup>),
    allowances: &Allowances,
) -> Result<Plan, Impossible> {
    let vault = Vault {
        id: spec.id.clone(),
        family: datasource.workload.family(),
        location: spec.location.clone(),
        tags: spec.tags.clone(),
        principal: Some(UNBORN.to_owned()),
        provisioning: ProvisioningState::Done,
        immutability: Immutability::Disabled,
        cross_region: CrossRegion::Disabled,
        cross_subscription: true,
    };
    let (dependencies, snapshot_group) = around;
    let (policies, roles) = (Vec::new(), Vec::new());
    let ground =
        Ground { vault, policies, roles, is_full: false, has_copies: false, dependencies, snapshot_group };
    let whole = to_protect(datasource, how, details, &ground, None, allowances)?;
    let (groups, later): (Vec<Step>, Vec<Step>) =
        whole.steps.into_iter().partition(|step| matches!(step, Step::CreateSnapshotGroup(_)));
    let later: Vec<String> = later.iter().map(ToString::to_string).collect();
    let mut steps = groups;
    steps.push(Step::ChangeVault(VaultChange::Create(Box::new(spec))));
    let note = Some(format!("once the vault is there: {}", later.join("; ")));
    Ok(Plan { steps, note, instance: whole.instance })
}

/// The plan for a vault that Azure is still at work on.
pub fn to_await_vault(
    datasource: Datasource<'_>,
    details: &Details,
    vault: &Vault,
) -> Result<Plan, Impossible> {
    let case = Case {
        datasource: datasource.id,
        details,
        dependencies: &Dependencies::Nothing,
        vault: &vault.id,
        principal: vault.principal.as_deref().unwrap_or_default(),
    };
    let instance = datasource.workload.instance(&case)?;
    Ok(Plan { steps: vec![Step::Await(Awaited::Vault { vault: vault.id.clone() })], note: None, instance })
}
