//! Steps of a plan, as callers of what-if see them as data.

use super::Golden;
use super::samples::{disk, instance, vault};
use crate::Workload;
use crate::instance::InstanceSpec;
use crate::lifecycle::{LifecycleChange, PolicyMove};
use crate::plan::{Awaited, InstanceChange, Step, VaultChange};
use crate::roles::{Role, RoleGrant};
use crate::snapshot_group::GroupSpec;
use crate::vault::VaultSpec;
use crate::workload::{Preparation, Registration};

fn policy() -> crate::ResourceId {
    vault().child("backupPolicies", "holdfast-daily").unwrap()
}

fn changes() -> Vec<(&'static str, InstanceChange)> {
    let spec = InstanceSpec {
        id: instance(),
        vault: vault(),
        datasource: disk(),
        location: "westeurope".into(),
        workload: Workload::AzureDisks,
        policy: policy(),
        snapshot_group: disk().resource_group_id(),
        parameters: None,
        secret: None,
    };
    let moved = || PolicyMove::to(instance(), policy());
    let lifecycle = LifecycleChange::StopProtection;
    vec![
        ("configure", InstanceChange::Configure(Box::new(spec))),
        ("repair", InstanceChange::Repair(moved())),
        ("movePolicy", InstanceChange::Move(moved())),
        ("undelete", InstanceChange::Undelete { instance: instance() }),
        ("alter", InstanceChange::Alter { instance: instance(), lifecycle }),
    ]
}

fn samples() -> Vec<(&'static str, Step)> {
    let new_vault = VaultSpec {
        id: vault(),
        location: "westeurope".into(),
        redundancy: holdfast_evaluator::Redundancy::LocallyRedundant,
        soft_delete: holdfast_evaluator::SoftDelete::default(),
        soft_delete_days: 14,
        immutability: holdfast_evaluator::NewImmutability::default(),
        cross_region_restore: false,
        tags: [("team".to_owned(), "backup".to_owned())].into(),
    };
    let group = disk().resource_group_id().unwrap();
    let registration = Registration {
        container: vault().child("c", "x").unwrap(),
        vault: vault(),
        account: disk(),
        lock: true,
    };
    let grant =
        RoleGrant { role: Role::DiskBackupReader, scope: disk(), principal: "11111111-2222".to_owned() };
    let mut all = vec![
        (
            "createSnapshotGroup",
            Step::CreateSnapshotGroup(GroupSpec {
                id: group,
                location: "westeurope".into(),
                tags: std::collections::BTreeMap::new(),
            }),
        ),
        ("createVault", Step::ChangeVault(VaultChange::Create(Box::new(new_vault)))),
        ("giveVaultIdentity", Step::ChangeVault(VaultChange::GiveIdentity { vault: vault() })),
        ("grantRole", Step::GrantRole(grant)),
        ("prepare", Step::Prepare(Preparation::Register(registration))),
        ("awaitVault", Step::Await(Awaited::Vault { vault: vault() })),
        ("await", Step::Await(Awaited::Instance { instance: instance() })),
    ];
    all.extend(changes().into_iter().map(|(name, change)| (name, Step::Change(change))));
    all
}

#[test]
fn every_step_is_shown_as_it_was() {
    let mut golden = Golden::of("steps/1");
    for (name, step) in samples() {
        let kept = golden.file(name, &serde_json::to_string(&step).unwrap());
        assert_eq!(kept["step"], name);
    }
    golden.is_complete();
}
