//! Drift: a sound instance that is not as decided now.

use std::collections::BTreeMap;

use holdfast_evaluator::{Allowances, Protection, VaultChoice};

use super::policy::Terms;
use super::{Datasource, InstanceChange, Plan, Step, joined, policy};
use crate::ResourceId;
use crate::family::Family;
use crate::impossible::Impossible;
use crate::instance::BackupInstance;
use crate::lifecycle::PolicyMove;
use crate::observe::Ground;
use crate::policy::{DesiredPolicy, NamedPolicy, Policy, chosen_vault};
use crate::vault::{Immutability, carries};
use crate::workload::{Details, Restated};

/// Whether the names alone say that an instance follows the decided policy, without reading the vault's policies.
pub fn is_as_decided(
    datasource: Datasource<'_>,
    how: &Protection,
    instance: &BackupInstance,
) -> Result<bool, Impossible> {
    let decided = match NamedPolicy::decided(how) {
        Some(chosen) => {
            chosen.must_be_of(&instance.vault)?;
            chosen.name().to_owned()
        }
        None => DesiredPolicy::decided(datasource.workload, how)?.spec().name(),
    };
    Ok(instance.policy.as_ref().is_some_and(|policy| policy.name().eq_ignore_ascii_case(&decided)))
}

/// The plan that has a sound instance follow the decided policy, one of those of its vault or a new one; empty if its own
/// does the same. Refused where the vault is immutable and the decided policy keeps less.
///
/// Nothing is deleted on the way: Azure keeps the recovery points, and expires them by the new policy.
pub fn to_follow(
    datasource: Datasource<'_>,
    how: &Protection,
    instance: &BackupInstance,
    (policies, immutability): (&[Policy], Immutability),
    allowances: &Allowances,
) -> Result<Plan, Impossible> {
    let plan = |steps| Plan { steps, note: other_group(how, instance), instance: instance.id.clone() };
    if how.policy.is_none() {
        let mut here = policies.iter();
        let own = here.find(|policy| policy.name.eq_ignore_ascii_case(instance.policy_name()));
        let desired = DesiredPolicy::following(datasource.workload, how, own)?;
        if own.is_some_and(|own| desired.fits(own)) {
            return Ok(plan(Vec::new()));
        }
    }
    let own = instance.policy.as_ref();
    let terms = Terms::of(datasource.workload.family(), allowances).following(own);
    // Where no policy changes at all, that is what to know.
    let terms = if datasource.workload.has_fixed_policy() { terms } else { terms.in_vault(immutability) };
    let chosen = policy::choose_policy(datasource.workload, how, (&instance.vault, policies), terms)?;
    if own == Some(&chosen.policy) {
        return Ok(plan(Vec::new()));
    }
    if datasource.workload.has_fixed_policy() {
        let note = format!(
            "it follows policy `{}`, not `{}` as decided: Azure does not let the policy of a {} change; \
             delete the instance, then it is protected again with the decided value",
            instance.policy_name(),
            chosen.policy.name(),
            datasource.workload.noun()
        );
        return Ok(Plan { note: Some(note), ..plan(Vec::new()) });
    }
    let mut steps: Vec<Step> = chosen.create.into_iter().collect();
    steps.push(Step::Change(InstanceChange::Move(PolicyMove::to(instance.id.clone(), chosen.policy))));
    Ok(plan(steps))
}

/// The plan that leaves a sound instance under its policy, and says why.
pub fn to_keep_policy(how: &Protection, instance: &BackupInstance, refused: &Impossible) -> Plan {
    let notes = other_group(how, instance).into_iter().chain([policy::kept(instance.policy_name(), refused)]);
    Plan { steps: Vec::new(), note: joined(notes), instance: instance.id.clone() }
}

/// Whether a plan moves an instance to a policy that copies backups into the vault, from one that does not.
pub fn goes_into_vault(plan: &Plan, instance: &BackupInstance, policies: &[Policy]) -> bool {
    let copies = |id: &ResourceId| {
        let named = policies.iter().find(|policy| policy.name.eq_ignore_ascii_case(id.name()));
        named.is_some_and(Policy::backs_up_into_vault)
    };
    let is_made_so =
        |step: &Step| matches!(step, Step::CreatePolicy { spec, .. } if spec.backs_up_into_vault());
    let is_to_copy = |step: &Step| match step {
        Step::Change(InstanceChange::Move(change)) => {
            copies(&change.policy) || plan.steps.iter().any(is_made_so)
        }
        _ => false,
    };
    plan.steps.iter().any(is_to_copy) && !instance.policy.as_ref().is_some_and(copies)
}

/// The same plan, with which the instance also states this of its datasource.
pub fn to_restate(mut plan: Plan, instance: &BackupInstance, restated: Restated) -> Plan {
    written(&mut plan, instance, restated);
    plan
}

/// The same, once the vault has the roles for it; `details` are those of what is stated then.
pub fn to_restate_with_roles(
    mut plan: Plan,
    datasource: Datasource<'_>,
    (instance, restated): (&BackupInstance, Restated),
    details: &Details,
    ground: &Ground,
    allowances: &Allowances,
) -> Result<Plan, Impossible> {
    let closure = super::roles::closure(datasource, details, None, ground, allowances.grants.on)?;
    written(&mut plan, instance, restated);
    let grants = closure.missing.grants.into_iter().map(Step::GrantRole);
    plan.steps = grants.chain(plan.steps).collect();
    Ok(plan)
}

/// The same plan, with the roles that the vault lacks for a sound instance, whose backups fail without them.
///
/// The instance is written as it is: Azure validates that first, and refuses as long as the roles do not count. Where nothing is
/// missing, that is done only `anyway`.
pub fn to_mend_roles(
    mut plan: Plan,
    datasource: Datasource<'_>,
    (instance, snapshot_group): (&BackupInstance, Option<&ResourceId>),
    details: &Details,
    (ground, allowances): (&Ground, &Allowances),
    anyway: bool,
) -> Result<Plan, Impossible> {
    let closure = super::roles::closure(datasource, details, snapshot_group, ground, allowances.grants.on)?;
    if closure.missing.is_empty() && !anyway {
        return Ok(plan);
    }
    if !plan.steps.iter().any(|step| matches!(step, Step::Change(_))) {
        written(&mut plan, instance, Restated::default());
    }
    let grants = closure.missing.grants.into_iter().map(Step::GrantRole);
    let binding = closure.missing.binding.into_iter().map(Step::Prepare);
    plan.steps = grants.chain(binding).chain(plan.steps).collect();
    Ok(plan)
}

/// Changes what the plan writes of the instance.
fn written(plan: &mut Plan, instance: &BackupInstance, restated: Restated) {
    let mut moves = plan.steps.iter_mut().filter_map(|step| match step {
        Step::Change(InstanceChange::Move(known)) => Some(known),
        _ => None,
    });
    if let Some(known) = moves.next() {
        known.restated = restated;
        return;
    }
    let Some(policy) = &instance.policy else { return };
    let fresh = PolicyMove::to(instance.id.clone(), policy.clone());
    plan.steps.push(Step::Change(InstanceChange::Move(PolicyMove { restated, ..fresh })));
}

/// What differs from the decision and is left alone, because Azure does not let it change.
pub fn other_group(how: &Protection, instance: &BackupInstance) -> Option<String> {
    let (wanted, has) = (how.snapshot_resource_group.as_ref()?, instance.snapshot_group.as_ref()?);
    (!has.name().eq_ignore_ascii_case(wanted)).then(|| {
        format!(
            "its snapshots go to resource group `{}`, not to `{wanted}` as decided: Azure does not let that change; \
             delete the instance, then it is protected again with the decided value",
            has.name()
        )
    })
}

/// What a person should know if the decision chooses another vault than that of the instance.
///
/// A move between vaults would start without a single recovery point, so it is never made silently.
pub fn protected_elsewhere(
    how: &Protection,
    instance: &BackupInstance,
    tags: Option<&BTreeMap<String, String>>,
) -> Option<String> {
    let vault = &instance.vault;
    let desired = match chosen_vault(how)? {
        VaultChoice::Named(name) if vault.is_called(&name) => return None,
        VaultChoice::Named(name) => format!("vault `{name}`"),
        VaultChoice::Selector(chosen) if carries(tags?, &chosen) => return None,
        VaultChoice::Selector(_) => "a vault with other tags".to_owned(),
    };
    Some(format!(
        "ProtectedInOtherVault: it is protected in {}, and the rules choose {desired}; \
         stop it there and delete the instance, and it is protected in the other without its recovery points",
        Family::vault_in_words(vault)
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const VAULT: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/backupVaults/v";

    fn instance() -> BackupInstance {
        let shown = json!({
            "id": format!("{VAULT}/backupInstances/i"),
            "vault": VAULT,
            "datasource": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a",
            "datasourceType": "Microsoft.Storage/storageAccounts/blobServices",
            "location": "westeurope",
            "policy": format!("{VAULT}/backupPolicies/old"),
            "state": "ProtectionConfigured",
        });
        serde_json::from_value(shown).unwrap()
    }

    /// A policy of rules that puts backups into this store, as Azure shows it.
    fn policy(name: &str, store: &str) -> Policy {
        let backup =
            json!({ "name": "b", "backupType": "Discrete", "store": store, "intervals": [], "tags": [] });
        let types = ["Microsoft.Storage/storageAccounts/blobServices"];
        let shown = json!({ "name": name, "datasourceTypes": types, "backup": [backup], "retention": [] });
        serde_json::from_value(shown).unwrap()
    }

    #[test]
    fn a_move_into_the_vault_is_one_from_elsewhere() {
        let instance = instance();
        let goes = |old: &str, new: &str| {
            let id = format!("{VAULT}/backupPolicies/new").parse().unwrap();
            let moved = Step::Change(InstanceChange::Move(PolicyMove::to(instance.id.clone(), id)));
            let plan = Plan { steps: vec![moved], note: None, instance: instance.id.clone() };
            goes_into_vault(&plan, &instance, &[policy("old", old), policy("new", new)])
        };
        assert!(goes("OperationalStore", "VaultStore"));
        assert!(!goes("VaultStore", "VaultStore") && !goes("VaultStore", "OperationalStore"));
        assert!(!goes("OperationalStore", "OperationalStore"));
        let nothing = Plan { steps: Vec::new(), note: None, instance: instance.id.clone() };
        assert!(!goes_into_vault(&nothing, &instance, &[policy("old", "OperationalStore")]));
    }

    #[test]
    fn what_is_restated_goes_with_the_move_or_makes_one() {
        let instance = instance();
        let restated = Restated { containers: Some(vec!["a".to_owned()]), ..Restated::default() };
        let new: ResourceId = format!("{VAULT}/backupPolicies/new").parse().unwrap();
        let moving = |change| Step::Change(InstanceChange::Move(change));
        let moved = moving(PolicyMove::to(instance.id.clone(), new.clone()));
        for (steps, policy) in [(Vec::new(), instance.policy.clone().unwrap()), (vec![moved], new)] {
            let plan = Plan { steps, note: None, instance: instance.id.clone() };
            let change =
                PolicyMove { restated: restated.clone(), ..PolicyMove::to(instance.id.clone(), policy) };
            assert_eq!(to_restate(plan, &instance, restated.clone()).steps, [moving(change)]);
        }
    }
}
