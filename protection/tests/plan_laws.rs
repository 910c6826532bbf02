//! The laws of planning, on generated wishes and grounds.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

#[path = "plan_laws/life.rs"]
mod life;
#[path = "plan_laws/mended.rs"]
mod mended;
#[path = "plan_laws/world.rs"]
mod world;

use holdfast_evaluator::{Allowances, Protection, Retention, Schedule};
use holdfast_protection::family::Family;
use holdfast_protection::instance::{BackupInstance, ProtectionState};
use holdfast_protection::observe::Ground;
use holdfast_protection::plan::{
    Awaited, Datasource, InstanceChange, Plan, Present, Step, VaultChange, present, to_protect,
};
use holdfast_protection::policy::{
    BackupRule, DesiredPolicy, Interval, Lifecycle, Policy, PolicyBody, PolicySpec, RetentionRule,
    RulePolicy, ScheduledBackup,
};
use holdfast_protection::roles::RoleAssignment;
use holdfast_protection::schedule::RetentionTag;
use holdfast_protection::snapshot_group::SnapshotGroup;
use holdfast_protection::vault::{CrossRegion, Immutability, ProvisioningState, Vault};
use holdfast_protection::workload::{Dependencies, Grantee, Protectable, Stated};
use holdfast_protection::{Location, ResourceId, Workload};
use proptest::prelude::*;

use world::{CLUSTER, EXTENSION, datasource, dependencies, details, let_in};

const SUBSCRIPTION: &str = "/subscriptions/0b1f6471-1bf0-4dda-aec3-111122223333";

fn vault() -> Vault {
    vault_in(Family::BackupVault)
}

fn vault_in(family: Family) -> Vault {
    Vault {
        id: family.new_vault(SUBSCRIPTION.trim_start_matches("/subscriptions/"), "rg-backup", "bv").unwrap(),
        family,
        location: "westeurope".into(),
        tags: std::collections::BTreeMap::new(),
        principal: Some("11111111-2222-3333-4444-555555555555".to_owned()),
        provisioning: ProvisioningState::Done,
        immutability: Immutability::Disabled,
        cross_region: CrossRegion::Disabled,
        cross_subscription: true,
    }
}

/// A vault with nothing in it; groups for snapshots are created.
fn bare(workload: Workload) -> Ground {
    Ground {
        vault: vault_in(workload.family()),
        policies: Vec::new(),
        roles: Vec::new(),
        is_full: false,
        has_copies: false,
        dependencies: dependencies(workload),
        snapshot_group: None,
    }
}

fn allowances() -> Allowances {
    let mut allowances = Allowances::default();
    allowances.create.snapshot_groups = Some(holdfast_evaluator::SnapshotGroupCreation::default());
    allowances
}

fn plan(workload: Workload, how: &Protection, ground: &Ground) -> Result<Plan, String> {
    let (id, location) = (datasource(workload), Location::from("westeurope"));
    let datasource = Datasource { id: &id, location: &location, workload };
    to_protect(datasource, how, &details(workload), ground, None, &allowances()).map_err(|e| e.to_string())
}

/// What Azure shows after a step.
fn apply(step: &Step, ground: &mut Ground, instances: &mut Vec<BackupInstance>) {
    match step {
        Step::GrantRole(grant) => ground.roles.push(RoleAssignment {
            role_guid: grant.role.guid().to_uppercase(),
            scope: grant.scope.to_string(),
            principal: grant.principal.clone(),
        }),
        Step::Prepare(preparation) => let_in(&mut ground.dependencies, preparation),
        Step::CreatePolicy { id, spec } => ground.policies.push(shown(id.name(), spec)),
        Step::CreateSnapshotGroup(spec) => {
            ground.snapshot_group = Some(SnapshotGroup { id: spec.id.clone(), locks: Vec::new() });
        }
        Step::ChangeVault(VaultChange::GiveIdentity { .. }) => ground.vault.principal = vault().principal,
        Step::Change(InstanceChange::Configure(spec)) => instances.push(BackupInstance {
            id: spec.id.clone(),
            vault: spec.vault.clone(),
            datasource: spec.datasource.clone(),
            datasource_type: spec.workload.datasource_type().to_owned(),
            location: spec.location.clone(),
            policy: Some(spec.policy.clone()),
            snapshot_group: spec.snapshot_group.clone(),
            stated: Stated::default(),
            state: ProtectionState::Configured,
            error: None,
            deletion: None,
        }),
        Step::ChangeVault(VaultChange::Create(_)) | Step::Change(_) | Step::Await(_) => {
            life::apply(step, instances);
        }
    }
}

fn shown(name: &str, spec: &PolicySpec) -> Policy {
    let spec = match spec {
        PolicySpec::Rules(spec) => spec,
        PolicySpec::Vm(policy) => {
            return Policy { name: name.to_owned(), items: None, body: PolicyBody::Vm(policy.clone()) };
        }
        PolicySpec::Files(policy) => {
            return Policy { name: name.to_owned(), items: None, body: PolicyBody::Files(policy.clone()) };
        }
        PolicySpec::Databases(policy) => {
            return Policy {
                name: name.to_owned(),
                items: None,
                body: PolicyBody::Databases(policy.clone()),
            };
        }
    };
    let backup = spec.backup.map(|ScheduledBackup { schedule, store }| BackupRule {
        name: "Backup".to_owned(),
        backup_type: spec.workload.manifest().backup_type.to_owned(),
        store,
        intervals: vec![Interval { text: String::new(), at: Some(schedule.at), every: Some(schedule.every) }],
        time_zone: None,
        tags: Vec::new(),
    });
    let retention = spec.retention.iter().map(|keep| RetentionRule {
        name: keep.tag.name().to_owned(),
        is_default: keep.tag == RetentionTag::Default,
        lifecycles: vec![Lifecycle { store: keep.store, keep: keep.period, copied_to: Vec::new() }],
    });
    let body = PolicyBody::Rules(RulePolicy {
        datasource_types: vec![spec.workload.datasource_type().to_owned()],
        backup: backup.into_iter().collect(),
        retention: retention.collect(),
        unknown_rules: Vec::new(),
    });
    Policy { name: name.to_owned(), items: None, body }
}

prop_compose! {
    fn desired()(
        days in prop::option::of(1_u32..60),
        most in prop::option::of(1_u32..4000),
        every in prop::option::of(prop::sample::select(vec!["PT1H", "PT4H", "PT12H", "P1D", "P1W", "soon"])),
        at in prop::option::of(prop::sample::select(vec!["02:00", "23:30", "25:00"])),
        group in "[a-z-]{1,20}",
    ) -> Protection {
        Protection {
            // Composition gives no range that ends before it begins.
            retention: Some(Retention { min_days: days, max_days: most.max(most.and(days)) }),
            schedule: every.map(|every| Schedule {
                every: every.to_owned(),
                at: at.map(str::to_owned),
                ..Schedule::default()
            }),
            snapshot_resource_group: Some(group),
            ..Protection::default()
        }
    }
}

proptest! {
    #[test]
    fn planning_twice_gives_the_same_plan(workload in prop::sample::select(Workload::ALL.to_vec()), how in desired()) {
        let spec = DesiredPolicy::decided(workload, &how).map(|desired| desired.spec());
        let mut ground = bare(workload);
        ground.policies = spec.iter().flat_map(|spec| ["zebra", "ant", "bee"].map(|name| shown(name, spec))).collect();
        let first = plan(workload, &how, &ground);
        // Azure lists in no order.
        ground.policies.reverse();
        prop_assert_eq!(first, plan(workload, &how, &ground));
    }

    #[test]
    fn planning_after_a_successful_apply_gives_nothing(workload in prop::sample::select(Workload::ALL.to_vec()), how in desired()) {
        let mut ground = bare(workload);
        let mut instances = Vec::new();
        if let Ok(first) = plan(workload, &how, &ground) {
            for step in &first.steps {
                apply(step, &mut ground, &mut instances);
            }
            prop_assert!(matches!(present(&instances, &allowances()), Present::Sound(_)));
            let last = first.steps.last().cloned().into_iter().collect::<Vec<_>>();
            prop_assert_eq!(plan(workload, &how, &ground).map(|plan| plan.steps), Ok(last), "roles and policy are there");
        }
    }

    #[test]
    fn a_crash_after_any_step_leaves_only_the_rest_to_do(
        workload in prop::sample::select(Workload::ALL.to_vec()), how in desired(), crash in 0_usize..6,
    ) {
        let mut ground = bare(workload);
        if let Ok(first) = plan(workload, &how, &ground) {
            let done = crash.min(first.steps.len() - 1);
            for step in &first.steps[..done] {
                apply(step, &mut ground, &mut Vec::new());
            }
            let rest = plan(workload, &how, &ground);
            prop_assert_eq!(rest.map(|plan| plan.steps), Ok(first.steps[done..].to_vec()));
        }
    }

    #[test]
    fn an_inherited_role_is_not_granted_again(workload in prop::sample::select(Workload::ALL.to_vec())) {
        let vault = vault();
        let roles = workload.manifest().roles.iter().map(|need| RoleAssignment {
            role_guid: need.role.guid().to_owned(),
            scope: SUBSCRIPTION.to_uppercase().replace("/SUBSCRIPTIONS", "/subscriptions"),
            principal: match need.grantee {
                Grantee::Vault => vault.principal.clone().unwrap().to_uppercase(),
                Grantee::Cluster => CLUSTER.to_uppercase(),
                Grantee::Extension => EXTENSION.to_uppercase(),
            },
        });
        let ground = Ground { roles: roles.collect(), ..bare(workload) };
        let how = Protection { snapshot_resource_group: Some("rg-snap".to_owned()), ..Protection::default() };
        let steps = plan(workload, &how, &ground).unwrap().steps;
        prop_assert!(!steps.iter().any(|step| matches!(step, Step::GrantRole(_))), "{steps:?}");
    }
}

#[test]
fn a_share_is_registered_looked_for_and_then_protected_by_the_name_that_azure_gave_it() {
    let how = Protection::default();
    let mut ground = bare(Workload::AzureFiles);
    ground.vault.principal = None;
    ground.dependencies = Dependencies::Known(Protectable::NotRegistered);
    let mut said = Vec::new();
    loop {
        let planned = plan(Workload::AzureFiles, &how, &ground).unwrap();
        assert_eq!(plan(Workload::AzureFiles, &how, &ground).as_ref(), Ok(&planned));
        said.extend(planned.steps.iter().map(ToString::to_string));
        if let Some(Step::Change(InstanceChange::Configure(spec))) = planned.steps.last() {
            assert_eq!(spec.id.name(), "AzureFileShare;0a1b2c");
            break;
        }
        assert!(said.len() < 5, "it goes round: {said:?}");
        for step in &planned.steps {
            apply(step, &mut ground, &mut Vec::new());
        }
    }
    assert_eq!(
        said,
        [
            "register storage account files with the vault",
            "have Azure look for new shares in StorageContainer;Storage;rg-app;files",
            "create backup policy holdfast-files-p1d-0200-30d",
            "validate and configure backup instance AzureFileShare;0a1b2c with policy holdfast-files-p1d-0200-30d",
        ]
    );
}
