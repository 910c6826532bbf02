//! What an instance is given when it is written again: in error, or stopped and without a policy.

use holdfast_evaluator::{Tier, WhenStopped};

use super::life::{adopting, instance, next};
use super::*;

#[test]
fn what_is_in_error_lists_the_containers_that_its_policy_copies() {
    let listed = |tier, stated: Stated| {
        let workload = Workload::AzureBlobs;
        let how = Protection { tier: Some(tier), ..Protection::default() };
        let broken = BackupInstance { stated, ..instance(workload, ProtectionState::Error, true) };
        let steps = next(workload, &how, &bare(workload), &[broken], &allowances()).unwrap();
        match steps.last() {
            Some(Step::Change(InstanceChange::Repair(change))) => change.restated.listed.clone(),
            other => panic!("{other:?}"),
        }
    };
    let both = vec!["one".to_owned(), "two".to_owned()];
    assert_eq!(listed(Tier::Vault, Stated::default()), Some(both.clone()));
    assert_eq!(listed(Tier::Operational, Stated::default()), None);
    assert_eq!(listed(Tier::Vault, Stated { containers: both, ..Stated::default() }), None);
}

#[test]
fn what_is_in_error_keeps_its_policy_where_the_vault_takes_none_that_keeps_less() {
    let workload = Workload::PostgresqlFlexible;
    let keeping = |days| Protection {
        retention: Some(Retention { min_days: Some(days), max_days: None }),
        ..Protection::default()
    };
    let own = DesiredPolicy::decided(workload, &keeping(30)).unwrap().spec();
    let broken = [instance(workload, ProtectionState::Error, true)];
    let written = |immutability, days| {
        let mut ground = bare(workload);
        ground.policies.push(shown("old", &own));
        ground.vault.immutability = immutability;
        let steps = next(workload, &keeping(days), &ground, &broken, &allowances()).unwrap();
        match steps.last() {
            Some(Step::Change(InstanceChange::Repair(change))) => change.policy.name().to_owned(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(written(Immutability::Locked, 14), "old");
    assert_ne!(written(Immutability::Disabled, 14), "old");
    assert_ne!(written(Immutability::Locked, 60), "old");
}

#[test]
fn a_stopped_share_with_copies_in_the_vault_is_resumed_with_copies() {
    let workload = Workload::AzureFiles;
    let stopped = [BackupInstance { policy: None, ..instance(workload, ProtectionState::Stopped, true) }];
    let resumed = |how: &Protection, has_copies| -> Result<String, String> {
        let ground = Ground { has_copies, ..bare(workload) };
        let steps = next(workload, how, &ground, &stopped, &adopting(WhenStopped::Resume))?;
        match steps.last() {
            Some(Step::Change(InstanceChange::Repair(change))) => Ok(change.policy.name().to_owned()),
            other => panic!("{other:?}"),
        }
    };
    let unstated = Protection::default();
    assert!(!resumed(&unstated, false).unwrap().contains("-vault-"));
    assert!(resumed(&unstated, true).unwrap().contains("-vault-"));
    let stated = Protection { tier: Some(Tier::Operational), ..Protection::default() };
    assert!(resumed(&stated, false).is_ok());
    assert!(resumed(&stated, true).unwrap_err().contains("and not back"));
}
