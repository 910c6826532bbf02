use holdfast_evaluator::{Retention, Schedule, Tier};

use super::*;
use crate::policy::PolicyBody;

fn vault() -> ResourceId {
    "/subscriptions/s/resourceGroups/v/providers/Microsoft.RecoveryServices/vaults/rsv".parse().unwrap()
}

/// A policy that does what the defaults decide about machines, which so many follow.
fn shown(name: &str, items: u32) -> Policy {
    let desired = DesiredPolicy::decided(Workload::AzureVm, &Protection::default()).unwrap();
    let PolicySpec::Vm(policy) = desired.spec() else { panic!("not of machines") };
    Policy { name: name.to_owned(), items: Some(items), body: PolicyBody::Vm(policy) }
}

fn allowing(most: u32) -> Allowances {
    let placement = format!(r#"{{ "recovery-services-vaults": {{ "items-per-policy": {most} }} }}"#);
    Allowances { placement: serde_json::from_str(&placement).unwrap(), ..Allowances::default() }
}

/// Name of the policy that is used, and whether it is made.
fn used(policies: &[Policy], allowances: &Allowances) -> (String, bool) {
    let how = Protection::default();
    let there = (&vault(), policies);
    let (id, made) = policy_in(Workload::AzureVm, &how, there, false, allowances).unwrap();
    (id.name().to_owned(), made.is_some())
}

#[test]
fn a_full_policy_gets_a_twin_and_the_twin_is_used_from_then_on() {
    let own = used(&[], &Allowances::default()).0;
    let twin = format!("{own}-2");
    assert_eq!(used(&[shown(&own, 9)], &allowing(10)), (own.clone(), false));
    assert_eq!(used(&[shown(&own, 10)], &allowing(10)), (twin.clone(), true));
    assert_eq!(used(&[shown(&own, 10), shown(&twin, 3)], &allowing(10)), (twin.clone(), false));
    assert_eq!(used(&[shown(&own, 10), shown(&twin, 10)], &allowing(10)), (format!("{own}-3"), true));
    assert_eq!(used(&[shown(&own, 999)], &Allowances::default()), (own.clone(), false));
    assert_eq!(used(&[shown(&own, 1000)], &Allowances::default()), (twin, true), "Azure's limit of today");
}

#[test]
fn an_item_stays_under_its_own_policy_however_full_that_is() {
    let own = used(&[], &Allowances::default()).0;
    let id = Workload::AzureVm.family().policy(&vault(), &own).unwrap();
    let allowances = allowing(10);
    let terms = Terms::of(Workload::AzureVm.family(), &allowances).following(Some(&id));
    let policies = [shown(&own, 10)];
    let chosen =
        choose_policy(Workload::AzureVm, &Protection::default(), (&vault(), &policies), terms).unwrap();
    assert_eq!((chosen.policy, chosen.create), (id, None));
}

/// A policy of shares by this name that keeps copies in the vault, or snapshots alone.
fn of_shares(name: &str, tier: Tier) -> Policy {
    let how = Protection { tier: Some(tier), ..Protection::default() };
    let desired = DesiredPolicy::decided(Workload::AzureFiles, &how).unwrap();
    let PolicySpec::Files(policy) = desired.spec() else { panic!("not of shares") };
    Policy { name: name.to_owned(), items: None, body: PolicyBody::Files(policy) }
}

/// The policy that is chosen for a share that follows the first of these, and whether it is made.
fn chosen_after(policies: &[Policy], how: &Protection) -> Result<(String, bool), Impossible> {
    let family = Workload::AzureFiles.family();
    let own = family.policy(&vault(), &policies[0].name).unwrap();
    let allowances = Allowances::default();
    let terms = Terms::of(family, &allowances).following(Some(&own));
    let chosen = choose_policy(Workload::AzureFiles, how, (&vault(), policies), terms)?;
    Ok((chosen.policy.name().to_owned(), chosen.create.is_some()))
}

#[test]
fn a_share_with_copies_in_the_vault_is_given_no_policy_of_snapshots_alone() {
    let policies =
        [of_shares("holdfast-copied", Tier::Vault), of_shares("holdfast-snapshots", Tier::Operational)];
    let chosen = |how: Protection| chosen_after(&policies, &how);
    assert_eq!(chosen(Protection::default()), Ok(("holdfast-copied".to_owned(), false)));
    let retention = Some(Retention { min_days: Some(60), max_days: None });
    let longer = Protection { retention, ..Protection::default() };
    assert_eq!(chosen(longer), Ok(("holdfast-files-p1d-0200-60d-vault-snap7".to_owned(), true)));
    let stated = Protection { tier: Some(Tier::Operational), ..Protection::default() };
    assert_eq!(chosen(stated).unwrap_err().code, "PolicyGoesBack");
    let named = Protection { policy: Some("holdfast-snapshots".to_owned()), ..Protection::default() };
    let refused = chosen(named).unwrap_err();
    assert_eq!(refused.code, "PolicyGoesBack");
    assert!(refused.message.contains("and not back"), "{refused}");
    let [copied, snapshots] = policies.clone();
    let back = chosen_after(&[snapshots, copied], &Protection::default());
    assert_eq!(back, Ok(("holdfast-snapshots".to_owned(), false)), "the other way is open");
}

/// Backups at an hour of the night, kept for so many days.
fn keeping(at: &str, min_days: u32, max_days: Option<u32>) -> Protection {
    let schedule = Schedule { every: "P1D".to_owned(), at: Some(at.to_owned()), ..Schedule::default() };
    let retention = Some(Retention { min_days: Some(min_days), max_days });
    Protection { schedule: Some(schedule), retention, ..Protection::default() }
}

/// A policy of machines by this name that does so.
fn of_machines(name: &str, at: &str, days: u32) -> Policy {
    let desired = DesiredPolicy::decided(Workload::AzureVm, &keeping(at, days, None)).unwrap();
    let PolicySpec::Vm(policy) = desired.spec() else { panic!("not of machines") };
    Policy { name: name.to_owned(), items: None, body: PolicyBody::Vm(policy) }
}

/// The policy that is chosen for a machine that follows the first of these, and whether it is made.
fn chosen_in(
    immutability: Immutability,
    policies: &[Policy],
    how: &Protection,
) -> Result<(String, bool), Impossible> {
    let family = Workload::AzureVm.family();
    let own = family.policy(&vault(), &policies[0].name).unwrap();
    let allowances = Allowances::default();
    let terms = Terms::of(family, &allowances).following(Some(&own)).in_vault(immutability);
    let chosen = choose_policy(Workload::AzureVm, how, (&vault(), policies), terms)?;
    Ok((chosen.policy.name().to_owned(), chosen.create.is_some()))
}

#[test]
fn an_immutable_vault_is_given_no_policy_that_keeps_less() {
    let policies = [of_machines("holdfast-own", "02:00", 90), of_machines("holdfast-less", "02:00", 30)];
    let named = Protection { policy: Some("holdfast-less".to_owned()), ..Protection::default() };
    let less = keeping("02:00", 30, None);
    for immutability in [Immutability::Unlocked, Immutability::Locked] {
        // One that is there, one that would be made, one that is named.
        for (policies, how) in [(&policies[..], &less), (&policies[..1], &less), (&policies[..], &named)] {
            let refused = chosen_in(immutability, policies, how).unwrap_err();
            assert_eq!(refused.code, "VaultImmutable");
            assert!(refused.message.contains("30 days, not for 90"), "{refused}");
            assert!(refused.way_out.contains("as policy `holdfast-own` does, or longer"), "{refused}");
        }
        let (_, is_made) = chosen_in(immutability, &policies, &keeping("02:00", 120, None)).unwrap();
        assert!(is_made, "it may keep more");
        let own = chosen_in(immutability, &policies, &keeping("02:00", 90, None));
        assert_eq!(own, Ok(("holdfast-own".to_owned(), false)));
    }
    let taken = chosen_in(Immutability::Disabled, &policies, &less);
    assert_eq!(taken, Ok(("holdfast-less".to_owned(), false)), "another vault takes it");
}

#[test]
fn of_several_policies_that_would_do_an_immutable_vault_is_given_one_that_keeps_as_long() {
    let policies = [
        of_machines("holdfast-own", "02:00", 90),
        of_machines("holdfast-less", "04:00", 30),
        of_machines("holdfast-more", "04:00", 120),
    ];
    let chosen =
        |immutability| chosen_in(immutability, &policies, &keeping("04:00", 30, Some(200))).unwrap().0;
    assert_eq!(chosen(Immutability::Disabled), "holdfast-less");
    assert_eq!(chosen(Immutability::Unlocked), "holdfast-more");
}

#[test]
fn an_immutable_vault_is_given_what_keeps_more_whatever_snapshots_were_kept_for() {
    let mut own = of_machines("holdfast-own", "02:00", 30);
    let PolicyBody::Vm(policy) = &mut own.body else { panic!("not of machines") };
    policy.instant_days = 5;
    for days in [30, 60] {
        let chosen =
            chosen_in(Immutability::Locked, std::slice::from_ref(&own), &keeping("02:00", days, None));
        assert_eq!(chosen.map(|(_, is_made)| is_made), Ok(days > 30), "{days}");
    }
}

#[test]
fn a_share_that_follows_none_is_given_a_policy_by_where_its_recovery_points_lie() {
    let policies =
        [of_shares("holdfast-snapshots", Tier::Operational), of_shares("holdfast-copied", Tier::Vault)];
    let chosen = |how: &Protection, has_copies| {
        let there = (&vault(), policies.as_slice());
        let chosen = policy_in(Workload::AzureFiles, how, there, has_copies, &Allowances::default());
        chosen.map(|(policy, made)| (policy.name().to_owned(), made.is_some()))
    };
    let unstated = Protection::default();
    assert_eq!(chosen(&unstated, false), Ok(("holdfast-snapshots".to_owned(), false)));
    assert_eq!(chosen(&unstated, true), Ok(("holdfast-copied".to_owned(), false)));
    let stated = Protection { tier: Some(Tier::Operational), ..Protection::default() };
    let named = Protection { policy: Some("holdfast-snapshots".to_owned()), ..Protection::default() };
    for how in [stated, named] {
        assert_eq!(chosen(&how, false), Ok(("holdfast-snapshots".to_owned(), false)));
        assert_eq!(chosen(&how, true).unwrap_err().code, "PolicyGoesBack");
    }
}
