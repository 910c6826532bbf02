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
    let (id, made) = policy_in(Workload::AzureVm, &how, &vault(), policies, allowances).unwrap();
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
