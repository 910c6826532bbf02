//! What an instance is given when it is written again: in error, or stopped and without a policy; and what is told of one that
//! is left as it is.

use holdfast_evaluator::{Tier, WhenStopped};
use holdfast_protection::hold::{Heeded, Hold, heed};
use holdfast_protection::plan::{Differs, Seen, compared};
use serde_json::json;

use super::life::{adopting, instance, next, resource};
use super::*;

fn keeping(days: u32) -> Protection {
    Protection {
        retention: Some(Retention { min_days: Some(days), max_days: None }),
        ..Protection::default()
    }
}

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
fn what_is_in_error_under_a_policy_that_a_person_holds_lists_what_that_policy_copies() {
    let workload = Workload::AzureBlobs;
    let repaired = |decided, held| {
        let [decided, held] =
            [decided, held].map(|tier| Protection { tier: Some(tier), ..Protection::default() });
        let (mut ground, broken) = (bare(workload), [instance(workload, ProtectionState::Error, true)]);
        ground.policies.push(shown("old", &DesiredPolicy::decided(workload, &held).unwrap().spec()));
        let hold = holding(&broken[0]);
        let how = hold.wanted_under(&decided, &ground.vault.id, &ground.policies).unwrap();
        let steps = next(workload, &how, &ground, &broken, &allowances()).unwrap();
        let plan = Plan { steps, note: None, instance: broken[0].id.clone() };
        match heed(&hold, plan, "protect") {
            Heeded::Plan(plan) => match plan.steps.last() {
                Some(Step::Change(InstanceChange::Repair(change))) => {
                    (change.policy.name().to_owned(), change.restated.listed.clone())
                }
                other => panic!("{other:?}"),
            },
            Heeded::Held(outcome) => panic!("{outcome:?}"),
        }
    };
    let both = Some(vec!["one".to_owned(), "two".to_owned()]);
    for decided in [Tier::Vault, Tier::Operational] {
        assert_eq!(repaired(decided, Tier::Vault), ("old".to_owned(), both.clone()), "{decided:?}");
        assert_eq!(repaired(decided, Tier::Operational), ("old".to_owned(), None), "{decided:?}");
    }
}

/// A person's word that an instance follows the policy that it has.
fn holding(instance: &BackupInstance) -> Hold {
    let hold = json!({ "resource": instance.datasource, "instance": instance.id, "act": "change-policy",
        "policy": instance.policy, "by": { "id": "key:olga", "name": "olga", "roles": [] },
        "since": "2026-01-01T00:00:00Z", "until": "2026-03-01T00:00:00Z",
        "operation": "00000000-0000-5000-8000-000000000001", "decided": "protect" });
    serde_json::from_value(hold).unwrap()
}

#[test]
fn what_is_in_error_keeps_its_policy_where_the_vault_takes_none_that_keeps_less() {
    let workload = Workload::PostgresqlFlexible;
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
fn a_longer_retention_that_an_immutable_vault_keeps_is_told() {
    let workload = Workload::PostgresqlFlexible;
    let own = DesiredPolicy::decided(workload, &keeping(30)).unwrap().spec();
    let (policies, instance) = ([shown("old", &own)], instance(workload, ProtectionState::Configured, true));
    let (id, location) = (datasource(workload), Location::from("westeurope"));
    let (resource, datasource) = (resource(&id), Datasource { id: &id, location: &location, workload });
    let told = |immutability, days| {
        let seen = Seen {
            resource: &resource,
            instance: &instance,
            vault_tags: None,
            policies: &policies,
            immutability,
        };
        let found = compared(datasource, &keeping(days), &seen).differences;
        assert!(found.iter().all(|difference| difference.differs == Differs::Policy), "{found:?}");
        found.into_iter().map(|difference| difference.text).collect::<Vec<_>>().join("; ")
    };
    let kept = told(Immutability::Locked, 14);
    assert!(kept.starts_with("it keeps policy `old`: Backup vault `bv` is immutable"), "{kept}");
    assert!(kept.contains("14 days, not 30"), "{kept}");
    for (immutability, days) in [(Immutability::Disabled, 14), (Immutability::Locked, 60)] {
        let moved = told(immutability, days);
        assert!(moved.starts_with("it follows policy `old`, and the rules want"), "{moved}");
    }
    assert_eq!(told(Immutability::Locked, 30), "");
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
