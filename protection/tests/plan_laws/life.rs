//! The same laws for what happens to an instance later, and for what is missing before: whatever is found, carrying
//! out the plan leads to a world in which there is nothing to do.

use holdfast_evaluator::{Allowances, End, Redundancy, VaultChoice, VaultCreation, WhenForeign, WhenStopped};
use holdfast_protection::lifecycle::LifecycleChange;
use holdfast_protection::place::{self, Capacity, Place, Vaults};
use holdfast_protection::plan::{
    is_as_decided, protected_elsewhere, to_create_vault, to_end, to_follow, to_undelete,
};
use holdfast_protection::workload::Stated;

use holdfast_protection::workload::Case;

use super::*;

/// What Azure shows of an instance after a step.
pub(super) fn apply(step: &Step, instances: &mut Vec<BackupInstance>) {
    let mut change = |id: &ResourceId, with: &dyn Fn(&mut BackupInstance)| {
        instances.iter_mut().filter(|instance| instance.id == *id).for_each(with);
    };
    let wanted = match step {
        Step::Change(wanted) => wanted,
        Step::Await(Awaited::Instance { instance: id }) => {
            return change(id, &|one| one.state = ProtectionState::Configured);
        }
        other => panic!("{other} is applied to the ground"),
    };
    match wanted {
        InstanceChange::Repair(to) | InstanceChange::Move(to) => change(&to.instance, &|instance| {
            instance.policy = Some(to.policy.clone());
            instance.state = ProtectionState::Configured;
        }),
        InstanceChange::Undelete { instance } => {
            change(instance, &|instance| instance.state = ProtectionState::Configured);
        }
        InstanceChange::Alter { instance, lifecycle } => match lifecycle {
            LifecycleChange::Delete => instances.retain(|other| other.id != *instance),
            LifecycleChange::StopProtection => change(instance, &|one| one.state = ProtectionState::Stopped),
            LifecycleChange::SuspendBackups => {
                change(instance, &|one| one.state = ProtectionState::Suspended)
            }
            LifecycleChange::ResumeProtection | LifecycleChange::ResumeBackups => {
                change(instance, &|one| one.state = ProtectionState::Configured);
            }
        },
        InstanceChange::Configure(_) => panic!("{wanted} is applied to the ground"),
    }
}

pub(super) fn instance(workload: Workload, state: ProtectionState, ours: bool) -> BackupInstance {
    let datasource = datasource(workload);
    let vault = vault_in(workload.family()).id;
    let (details, dependencies) = (details(workload), dependencies(workload));
    let case = Case {
        datasource: &datasource,
        details: &details,
        dependencies: &dependencies,
        vault: &vault,
        principal: "",
    };
    // Names of protected items are Azure's: there, the policy tells who made one.
    let (id, policy) = match (workload.family(), ours) {
        (Family::BackupVault, false) => (vault.child("backupInstances", "by-hand").unwrap(), "old"),
        (Family::RecoveryServices, true) => (workload.instance(&case).unwrap(), "holdfast-old"),
        (Family::BackupVault, true) | (Family::RecoveryServices, false) => {
            (workload.instance(&case).unwrap(), "old")
        }
    };
    BackupInstance {
        id,
        datasource,
        datasource_type: workload.datasource_type().to_owned(),
        location: "westeurope".into(),
        policy: vault.child("backupPolicies", policy).ok(),
        vault,
        snapshot_group: None,
        stated: Stated::default(),
        state,
        error: None,
        deletion: None,
    }
}

fn states() -> impl Strategy<Value = ProtectionState> {
    prop::sample::select(vec![
        ProtectionState::Configuring,
        ProtectionState::Configured,
        ProtectionState::Error,
        ProtectionState::Stopped,
        ProtectionState::Suspended,
    ])
}

/// What a look does about an instance that the rules protect.
pub(super) fn next(
    workload: Workload,
    how: &Protection,
    ground: &Ground,
    instances: &[BackupInstance],
    allowances: &Allowances,
) -> Result<Vec<Step>, String> {
    let (id, location) = (datasource(workload), Location::from("westeurope"));
    let datasource = Datasource { id: &id, location: &location, workload };
    let planned = match present(instances, allowances) {
        Present::Settled(plan) => Ok(plan),
        Present::Sound(instance) if is_as_decided(datasource, how, instance) == Ok(true) => {
            return Ok(Vec::new());
        }
        Present::Sound(instance) => {
            let there = (ground.policies.as_slice(), ground.vault.immutability);
            to_follow(datasource, how, instance, there, allowances)
        }
        Present::Broken(instance) => {
            to_protect(datasource, how, &details(workload), ground, Some(instance), allowances)
        }
        Present::Absent => to_protect(datasource, how, &details(workload), ground, None, allowances),
    };
    planned.map(|plan| plan.steps).map_err(|impossible| impossible.to_string())
}

pub(super) fn adopting(stopped: WhenStopped) -> Allowances {
    let mut allowances = allowances();
    allowances.instances.stopped = stopped;
    allowances.instances.foreign = WhenForeign::Adopt;
    allowances
}

proptest! {
    #[test]
    fn whatever_is_found_ends_as_decided(
        workload in prop::sample::select(Workload::ALL.to_vec()), how in desired(), state in states(), ours: bool,
    ) {
        let allowances = adopting(WhenStopped::Resume);
        let mut ground = bare(workload);
        let mut instances = vec![instance(workload, state, ours)];
        let mut passes = 0;
        while let Ok(steps) = next(workload, &how, &ground, &instances, &allowances) {
            prop_assert_eq!(Ok(steps.clone()), next(workload, &how, &ground, &instances, &allowances));
            if steps.is_empty() {
                prop_assert_eq!(&instances[0].state, &ProtectionState::Configured);
                prop_assert!(workload.has_fixed_policy() || !instances[0].policy_name().ends_with("old"));
                break;
            }
            for step in &steps {
                super::apply(step, &mut ground, &mut instances);
            }
            passes += 1;
            prop_assert!(passes < 4, "it goes round: {steps:?}");
        }
    }

    #[test]
    fn what_somebody_stopped_or_made_is_left_alone(
        workload in prop::sample::select(Workload::ALL.to_vec()), how in desired(), suspended: bool,
    ) {
        let state = if suspended { ProtectionState::Suspended } else { ProtectionState::Stopped };
        let stopped = [instance(workload, state, true)];
        prop_assert_eq!(next(workload, &how, &bare(workload), &stopped, &allowances()), Ok(Vec::new()));
        let foreign = [instance(workload, ProtectionState::Configured, false)];
        prop_assert_eq!(next(workload, &how, &bare(workload), &foreign, &allowances()), Ok(Vec::new()));
    }

    #[test]
    fn what_is_ended_stays_ended(
        workload in prop::sample::select(Workload::ALL.to_vec()), state in states(), ours: bool,
        end in prop::sample::select(vec![End::Leave, End::Retain, End::Suspend, End::Delete]),
    ) {
        let mut instances = vec![instance(workload, state, ours)];
        let planned = to_end(&instances, end, &allowances()).map(|ending| ending.plan);
        prop_assert_eq!(&planned, &to_end(&instances, end, &allowances()).map(|ending| ending.plan));
        prop_assert!(planned.is_none() || (ours && end != End::Leave), "only ours, and only on the rule set's word");
        for step in planned.iter().flat_map(|plan| &plan.steps) {
            apply(step, &mut instances);
        }
        prop_assert_eq!(to_end(&instances, end, &allowances()).map(|ending| ending.plan), None);
    }

    #[test]
    fn a_crash_before_any_vault_step_is_over_leaves_only_the_rest(
        workload in prop::sample::select(Workload::ALL.to_vec()), how in desired(), crash in 0_usize..3,
    ) {
        let mut allowances = allowances();
        allowances.create.vault_identities = true;
        let mut ground = bare(workload);
        ground.vault.principal = None;
        if let Ok(first) = next(workload, &how, &ground, &[], &allowances) {
            let done = crash.min(first.len() - 1);
            for step in &first[..done] {
                super::apply(step, &mut ground, &mut Vec::new());
            }
            prop_assert_eq!(next(workload, &how, &ground, &[], &allowances), Ok(first[done..].to_vec()));
            super::apply(&first[first.len() - 1], &mut ground, &mut Vec::new());
            let rest = next(workload, &how, &ground, &[], &allowances).unwrap();
            prop_assert!(!rest.iter().any(|step| matches!(step, Step::ChangeVault(VaultChange::GiveIdentity { .. }))), "{rest:?}");
        }
    }

    #[test]
    fn a_vault_is_created_only_where_the_rest_of_the_plan_is_possible(
        workload in prop::sample::select(Workload::ALL.to_vec()), how in desired(),
    ) {
        let creation: VaultCreation = serde_json::from_value(serde_json::json!({ "resource-group": "rg", "name": "bv" })).unwrap();
        let mut allowances = allowances();
        allowances.create.vaults = Some(creation);
        let id = datasource(workload);
        let resource = resource(&id);
        let (home, capacity) = ([resource.subscription.clone()], Capacity::of(1000));
        let nothing = Vaults { subscriptions: &home, all: &[], capacity: &capacity };
        let Ok(Place::ToCreate(spec)) = place::place(&resource, &how, workload.family(), nothing, &allowances.create) else { panic!() };
        prop_assert_eq!(spec.redundancy, Redundancy::LocallyRedundant);
        let location = Location::from("westeurope");
        let datasource = Datasource { id: &id, location: &location, workload };
        let planned = to_create_vault(datasource, &how, &details(workload), spec, (dependencies(workload), None), &allowances);
        let planned = planned.map(|plan| plan.steps);
        let there = plan(workload, &how, &bare(workload));
        prop_assert_eq!(planned.is_ok(), there.is_ok());
        if let Ok(steps) = planned {
            prop_assert!(matches!(steps.last(), Some(Step::ChangeVault(VaultChange::Create(_)))), "{steps:?}");
        }
    }
}

#[test]
fn what_was_deleted_softly_is_brought_back_and_not_made_anew() {
    let deleted = instance(Workload::AzureDisks, ProtectionState::SoftDeleted, true);
    let id = deleted.id.clone();
    let shown =
        BackupInstance { id: vault().id.child("deletedBackupInstances", id.name()).unwrap(), ..deleted };
    let plan = to_undelete(Family::BackupVault, &vault().id, &shown.datasource, std::slice::from_ref(&shown))
        .unwrap();
    assert_eq!(plan.steps, [Step::Change(InstanceChange::Undelete { instance: id })]);
    let another = datasource(Workload::PostgresqlFlexible);
    assert_eq!(to_undelete(Family::BackupVault, &vault().id, &another, &[shown]), None);
}

#[test]
fn a_protection_in_another_vault_is_noted_and_not_moved() {
    let instance = instance(Workload::AzureDisks, ProtectionState::Configured, true);
    let choosing = |vault| Protection { vault: Some(vault), ..Protection::default() };
    let by_name = |name: &str| choosing(VaultChoice::Named(name.to_owned()));
    assert_eq!(protected_elsewhere(&by_name("BV"), &instance, None), None);
    let note = protected_elsewhere(&by_name("other"), &instance, None).unwrap();
    assert!(
        note.contains("ProtectedInOtherVault") && note.contains("`bv`") && note.contains("`other`"),
        "{note}"
    );
    let gold: std::collections::BTreeMap<String, String> = [("tier".to_owned(), "gold".to_owned())].into();
    let by_tags = choosing(VaultChoice::Selector(gold.clone()));
    assert_eq!(protected_elsewhere(&by_tags, &instance, Some(&gold)), None);
    assert!(protected_elsewhere(&by_tags, &instance, Some(&std::collections::BTreeMap::new())).is_some());
}

pub(super) fn resource(id: &ResourceId) -> holdfast_evaluator::Resource {
    holdfast_evaluator::Resource {
        id: id.to_string(),
        resource_type: id.resource_type().to_owned(),
        name: id.name().to_owned(),
        location: "westeurope".to_owned(),
        resource_group: "rg-app".to_owned(),
        subscription: id.subscription().to_owned(),
        tags: std::collections::BTreeMap::new(),
        sku: None,
        kind: None,
        body: "{}".to_owned(),
    }
}
