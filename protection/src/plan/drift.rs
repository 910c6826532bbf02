//! Drift: a sound instance that is not as decided now.

use std::collections::{BTreeMap, BTreeSet};

use holdfast_evaluator::{Conduct, Protection, VaultChoice};

use super::{Datasource, Plan, Step, policy};
use crate::ResourceId;
use crate::alteration::PolicyMove;
use crate::impossible::Impossible;
use crate::instance::BackupInstance;
use crate::observe::Ground;
use crate::policy::{NamedPolicy, Policy, PolicyWish};
use crate::workload::aks::ClusterParameters;
use crate::workload::storage_account::check_containers;
use crate::workload::{Details, DiskChoice};

/// Whether the names alone say that an instance follows the decided policy, without reading the vault's policies.
pub fn is_as_decided(
    datasource: Datasource<'_>,
    how: &Protection,
    instance: &BackupInstance,
) -> Result<bool, Impossible> {
    let decided = match &how.policy {
        Some(chosen) => {
            let chosen = NamedPolicy::parse(chosen);
            chosen.must_be_of(&instance.vault)?;
            chosen.name().to_owned()
        }
        None => PolicyWish::decided(datasource.workload, how)?.spec().name(),
    };
    Ok(instance.policy.as_ref().is_some_and(|policy| policy.name().eq_ignore_ascii_case(&decided)))
}

/// The plan that has a sound instance follow the decided policy; empty if its own does the same.
///
/// Nothing is deleted on the way: Azure keeps the recovery points, and expires them by the new policy.
pub fn to_follow(
    datasource: Datasource<'_>,
    how: &Protection,
    instance: &BackupInstance,
    policies: &[Policy],
) -> Result<Plan, Impossible> {
    let plan = |steps| Plan { steps, note: other_group(how, instance), instance: instance.id.clone() };
    if how.policy.is_none() {
        let mut here = policies.iter();
        let own = here.find(|policy| policy.name.eq_ignore_ascii_case(instance.policy_name()));
        let wish = PolicyWish::decided(datasource.workload, how)?.following(own);
        if own.is_some_and(|own| wish.fits(own)) {
            return Ok(plan(Vec::new()));
        }
    }
    let own = instance.policy.as_ref();
    let chosen = policy::choose_policy(datasource.workload, how, &instance.vault, policies, own)?;
    if own == Some(&chosen.policy) {
        return Ok(plan(Vec::new()));
    }
    if datasource.workload.has_fixed_policy() {
        let note = format!(
            "it follows policy `{}`, not `{}` as decided: Azure does not let the policy of a {} change; \
             delete the instance to protect it anew",
            instance.policy_name(),
            chosen.policy.name(),
            datasource.workload.noun()
        );
        return Ok(Plan { note: Some(note), ..plan(Vec::new()) });
    }
    let mut steps: Vec<Step> = chosen.create.into_iter().collect();
    steps.push(Step::MovePolicy(PolicyMove::to(instance.id.clone(), chosen.policy)));
    Ok(plan(steps))
}

/// The same plan, with which the instance also copies these containers, if it lists others.
///
/// Azure takes up no container by itself that came after the instance. None at all cannot be asked for: Azure does not let
/// containers be taken away altogether.
pub fn to_copy(mut plan: Plan, instance: &BackupInstance, wanted: &[String]) -> Result<Plan, Impossible> {
    let listed: BTreeSet<&String> = instance.containers.iter().collect();
    if wanted.is_empty() || listed == wanted.iter().collect() {
        return Ok(plan);
    }
    check_containers(wanted)?;
    let containers = Some(wanted.to_vec());
    written(&mut plan, instance, |change| change.containers = containers);
    Ok(plan)
}

/// The same plan, with which the instance also backs up what a cluster's tags say now, if it does not do so already.
pub fn to_include(mut plan: Plan, instance: &BackupInstance, wanted: ClusterParameters) -> Plan {
    if instance.cluster.as_ref().is_some_and(|shown| !shown.means(&wanted)) {
        written(&mut plan, instance, |change| change.cluster = Some(wanted));
    }
    plan
}

/// The same plan, with which the instance also backs up the disks that are decided, if it backs up others.
pub fn to_select(mut plan: Plan, instance: &BackupInstance, details: &Details) -> Result<Plan, Impossible> {
    let Some(wanted) = details.disks() else { return Ok(plan) };
    if *wanted != instance.disks.clone().unwrap_or_else(DiskChoice::all) {
        written(&mut plan, instance, |change| change.disks = Some(wanted.clone()));
    }
    Ok(plan)
}

/// The same plan, with which the instance also reads its datasource with another secret, which its vault may read.
pub fn to_read_with(
    mut plan: Plan,
    datasource: Datasource<'_>,
    instance: &BackupInstance,
    details: &Details,
    ground: &Ground,
    conduct: &Conduct,
) -> Result<Plan, Impossible> {
    let Some(secret) = details.secret() else { return Ok(plan) };
    let closure = super::roles::closure(datasource, details, None, ground, conduct.grants.on)?;
    written(&mut plan, instance, |change| change.secret = Some(secret));
    let grants = closure.missing.grants.into_iter().map(Step::GrantRole);
    plan.steps = grants.chain(plan.steps).collect();
    Ok(plan)
}

/// Changes what the plan writes of the instance.
fn written(plan: &mut Plan, instance: &BackupInstance, change: impl FnOnce(&mut PolicyMove)) {
    let mut moves = plan.steps.iter_mut().filter_map(|step| match step {
        Step::MovePolicy(known) => Some(known),
        _ => None,
    });
    if let Some(known) = moves.next() {
        return change(known);
    }
    let Some(policy) = &instance.policy else { return };
    let mut fresh = PolicyMove::to(instance.id.clone(), policy.clone());
    change(&mut fresh);
    plan.steps.push(Step::MovePolicy(fresh));
}

/// What differs from the decision and is left alone, because Azure does not let it change.
pub fn other_group(how: &Protection, instance: &BackupInstance) -> Option<String> {
    let (wanted, has) = (how.snapshot_resource_group.as_ref()?, instance.snapshot_group.as_ref()?);
    (!has.name().eq_ignore_ascii_case(wanted)).then(|| {
        format!(
            "its snapshots go to resource group `{}`, not to `{wanted}` as decided: Azure does not let that change; \
             delete the instance to protect it anew",
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
    let of_policy = || {
        let policy = how.policy.as_deref().map(NamedPolicy::parse)?;
        policy.vault().map(|vault| VaultChoice::Named(vault.to_string()))
    };
    let wish = match how.vault.clone().or_else(of_policy)? {
        VaultChoice::Named(name) if is_called(vault, &name) => return None,
        VaultChoice::Named(name) => format!("Backup vault `{name}`"),
        VaultChoice::Selector(wished) => {
            let has = tags?;
            if wished.iter().all(|(name, value)| has.get(name) == Some(value)) {
                return None;
            }
            "a Backup vault with other tags".to_owned()
        }
    };
    Some(format!(
        "ProtectedInOtherVault: it is protected in Backup vault `{}`, and the rules choose {wish}; \
         stop it there and delete the instance, and it is protected in the other without its recovery points",
        vault.name()
    ))
}

fn is_called(vault: &ResourceId, name: &str) -> bool {
    vault.name().eq_ignore_ascii_case(name) || vault.as_str().eq_ignore_ascii_case(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instance::ProtectionState;

    const VAULT: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/backupVaults/v";

    fn instance(containers: &[&str]) -> BackupInstance {
        BackupInstance {
            id: format!("{VAULT}/backupInstances/i").parse().unwrap(),
            vault: VAULT.parse().unwrap(),
            datasource_type: String::new(),
            datasource: "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a"
                .parse()
                .unwrap(),
            location: "westeurope".into(),
            policy: format!("{VAULT}/backupPolicies/old").parse().ok(),
            snapshot_group: None,
            containers: containers.iter().map(|&name| name.to_owned()).collect(),
            cluster: None,
            secret: None,
            disks: None,
            auto_protection: None,
            state: ProtectionState::Configured,
            error: None,
            deletion: None,
        }
    }

    fn copied(wanted: &[&str], steps: Vec<Step>) -> Result<Vec<Step>, Impossible> {
        let (instance, wanted): (_, Vec<String>) =
            (instance(&["b", "a"]), wanted.iter().map(|&name| name.to_owned()).collect());
        let plan = Plan { steps, note: None, instance: instance.id.clone() };
        to_copy(plan, &instance, &wanted).map(|plan| plan.steps)
    }

    #[test]
    fn containers_that_came_later_are_copied_as_well() {
        let steps = copied(&["a", "b", "c"], Vec::new()).unwrap();
        let [Step::MovePolicy(change)] = steps.as_slice() else { panic!("{steps:?}") };
        assert_eq!(change.policy.name(), "old");
        assert_eq!(change.containers.as_deref(), Some(["a", "b", "c"].map(str::to_owned).as_slice()));

        let new: ResourceId = format!("{VAULT}/backupPolicies/new").parse().unwrap();
        let moving = Step::MovePolicy(PolicyMove::to(instance(&[]).id, new.clone()));
        let steps = copied(&["a"], vec![moving]).unwrap();
        let [Step::MovePolicy(change)] = steps.as_slice() else { panic!("{steps:?}") };
        assert_eq!((&change.policy, change.containers.as_deref()), (&new, Some(["a".to_owned()].as_slice())));
    }

    #[test]
    fn the_same_containers_none_and_too_many_change_nothing() {
        assert_eq!(copied(&["a", "b"], Vec::new()), Ok(Vec::new()));
        assert_eq!(copied(&[], Vec::new()), Ok(Vec::new()));
        let many: Vec<String> = (0..101).map(|n| format!("c{n}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(copied(&many, Vec::new()).unwrap_err().code, "ContainerBound");
    }
}
