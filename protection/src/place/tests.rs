use std::collections::BTreeMap;

use holdfast_evaluator::Allowances;

use super::*;
use crate::vault::{CrossRegion, Immutability, ProvisioningState};

fn vault(group: &str, name: &str, region: &str, tags: &[(&str, &str)]) -> Vault {
    let id = format!(
        "/subscriptions/s/resourceGroups/{group}/providers/Microsoft.DataProtection/backupVaults/{name}"
    );
    let tags = tags.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    Vault {
        id: id.parse().unwrap(),
        family: Family::BackupVault,
        location: region.into(),
        tags,
        principal: None,
        provisioning: ProvisioningState::Done,
        immutability: Immutability::Disabled,
        cross_region: CrossRegion::Disabled,
        cross_subscription: true,
    }
}

fn resource() -> Resource {
    Resource {
        id: "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/disks/d".to_owned(),
        resource_type: "Microsoft.Compute/disks".to_owned(),
        name: "d".to_owned(),
        location: "westeurope".to_owned(),
        resource_group: "g".to_owned(),
        subscription: "s".to_owned(),
        tags: BTreeMap::new(),
        sku: None,
        kind: None,
        body: "{}".to_owned(),
    }
}

fn found(choice: Option<VaultChoice>, vaults: &[Vault], allowed: &Allowances) -> Result<Place, Impossible> {
    let how = Protection { vault: choice, ..Protection::default() };
    placed(&how, vaults, &Capacity::of(5000), allowed)
}

/// What a rule set says of new vaults and of where vaults are.
fn stated(vaults: &str, placement: &str) -> Allowances {
    Allowances {
        create: serde_json::from_str(&format!(r#"{{ "vaults": {vaults} }}"#)).unwrap(),
        placement: serde_json::from_str(placement).unwrap(),
        ..Allowances::default()
    }
}

/// A vault of another subscription.
fn central(name: &str) -> Vault {
    let there = vault("a", name, "westeurope", &[]);
    let id = there.id.as_str().replace("/subscriptions/s/", "/subscriptions/central/");
    Vault { id: id.parse().unwrap(), ..there }
}

/// Where a disk is protected.
fn placed(
    how: &Protection,
    all: &[Vault],
    capacity: &Capacity,
    allowances: &Allowances,
) -> Result<Place, Impossible> {
    let subscriptions = subscriptions(&resource(), how, Workload::AzureDisks, &allowances.placement)?;
    let vaults = Vaults { subscriptions: &subscriptions, all, capacity };
    place(&resource(), how, Family::BackupVault, vaults, &allowances.create)
}

#[test]
fn vaults_of_another_subscription_are_taken_where_the_rule_set_says_so() {
    let (own, there) = (vault("a", "own", "westeurope", &[]), central("there"));
    let vaults = [own.clone(), there.clone()];
    let by = |placement: &str, counted: &[&Vault]| {
        let counted = counted.iter().map(|vault| (vault.id.key(), 5_000)).collect();
        let capacity = Capacity::of(5_000).with(counted, Vec::new());
        let stated = stated("null", placement);
        placed(&Protection::default(), &vaults, &capacity, &stated).map(|place| match place {
            Place::There(vault) => vault.id.name().to_owned(),
            Place::ToCreate(spec) => panic!("{spec:?}"),
        })
    };
    assert_eq!(by("{}", &[]).as_deref(), Ok("own"));
    assert_eq!(by(r#"{ "subscriptions": ["central"] }"#, &[]).as_deref(), Ok("there"));
    let both = r#"{ "subscriptions": ["own", "central"] }"#;
    assert_eq!(by(both, &[]).as_deref(), Ok("own"));
    assert_eq!(by(both, &[&own]).as_deref(), Ok("there"), "the next one has room");
    assert_eq!(by(both, &[&own, &there]).unwrap_err().code, "VaultFull");
    let elsewhere = vault("a", "there", "northeurope", &[]);
    let how = Protection { vault: Some(VaultChoice::Named("there".to_owned())), ..Protection::default() };
    let placed = placed(&how, &[elsewhere, there.clone()], &Capacity::of(5_000), &stated("null", both));
    assert_eq!(placed, Ok(Place::There(there)), "one of that name in another region is no obstacle");
}

#[test]
fn a_new_vault_is_made_in_the_first_subscription_that_is_stated() {
    let stated =
        stated(r#"{ "resource-group": "rg", "name": "bv" }"#, r#"{ "subscriptions": ["central", "own"] }"#);
    let made = found(None, &[], &stated).unwrap();
    assert!(matches!(made, Place::ToCreate(spec) if spec.id.subscription() == "central"));
}

#[test]
fn a_vault_that_is_named_by_its_id_is_looked_for_where_it_is() {
    let there = central("there");
    let choice = Some(VaultChoice::Named(there.id.to_string()));
    let how = Protection { vault: choice.clone(), ..Protection::default() };
    let subscriptions = |workload| subscriptions(&resource(), &how, workload, &Placement::default());
    assert_eq!(subscriptions(Workload::AzureDisks), Ok(vec!["central".to_owned()]));
    assert_eq!(subscriptions(Workload::AzureFiles).unwrap_err().code, "VaultInOtherSubscription");
    let placed = found(choice, std::slice::from_ref(&there), &Allowances::default());
    assert_eq!(placed, Ok(Place::There(there)));
}

#[test]
fn vaults_of_a_tag_are_filled_one_after_the_other_and_a_full_one_is_named() {
    let tags = [("pool", "a")];
    let vaults = ["one", "two", "three"].map(|name| vault("a", name, "westeurope", &tags));
    let pool = Protection {
        vault: Some(VaultChoice::Selector([("pool".to_owned(), "a".to_owned())].into())),
        ..Protection::default()
    };
    let chosen = |counts: [u32; 3], full: &[usize], how: &Protection| {
        let counted = vaults.iter().zip(counts).map(|(vault, count)| (vault.id.key(), count)).collect();
        let full = full.iter().map(|at| vaults[*at].id.clone()).collect();
        placed(how, &vaults, &Capacity::of(5000).with(counted, full), &Allowances::default()).map(|placed| {
            match placed {
                Place::There(vault) => vault.id.name().to_owned(),
                Place::ToCreate(spec) => panic!("{spec:?}"),
            }
        })
    };
    assert_eq!(chosen([0, 0, 0], &[], &pool).as_deref(), Ok("one"));
    assert_eq!(chosen([10, 4_999, 0], &[], &pool).as_deref(), Ok("two"));
    assert_eq!(chosen([10, 5_000, 0], &[], &pool).as_deref(), Ok("one"));
    assert_eq!(chosen([4_990, 0, 0], &[0], &pool).as_deref(), Ok("three"), "Azure knows better");
    assert_eq!(chosen([5_000, 5_000, 5_001], &[], &pool).unwrap_err().code, "VaultFull");
    assert_eq!(chosen([5_000, 0, 5_000], &[], &Protection::default()).as_deref(), Ok("two"));
    assert_eq!(chosen([5_000, 0, 0], &[], &Protection::default()).unwrap_err().code, "VaultAmbiguous");
    let named = Protection { vault: Some(VaultChoice::Named("two".to_owned())), ..Protection::default() };
    assert_eq!(chosen([0, 0, 0], &[1], &named).unwrap_err().code, "VaultFull");
}

#[test]
fn a_vault_is_found_by_name_or_by_tags() {
    let vaults =
        [vault("a", "one", "West Europe", &[("tier", "gold")]), vault("a", "two", "westeurope", &[])];
    let by = |choice: VaultChoice| match found(Some(choice), &vaults, &Allowances::default()).unwrap() {
        Place::There(vault) => vault.id.name().to_owned(),
        Place::ToCreate(spec) => panic!("{spec:?}"),
    };
    assert_eq!(by(VaultChoice::Named("TWO".to_owned())), "two");
    assert_eq!(by(VaultChoice::Selector([("tier".to_owned(), "gold".to_owned())].into())), "one");
}

#[test]
fn what_cannot_be_placed_names_the_way_out() {
    let vaults = [
        vault("a", "one", "westeurope", &[]),
        vault("b", "one", "westeurope", &[]),
        vault("a", "north", "northeurope", &[]),
    ];
    let code = |choice: Option<VaultChoice>| found(choice, &vaults, &Allowances::default()).unwrap_err().code;
    assert_eq!(code(Some(VaultChoice::Named("none".to_owned()))), "VaultNotFound");
    assert_eq!(code(Some(VaultChoice::Named("north".to_owned()))), "VaultInOtherRegion");
    assert_eq!(code(Some(VaultChoice::Named("one".to_owned()))), "VaultAmbiguous");
    assert_eq!(code(None), "VaultAmbiguous");
}

#[test]
fn the_id_of_a_policy_names_its_vault() {
    let vaults = ["one", "two"].map(|name| vault("a", name, "westeurope", &[]));
    let chosen = |vault: Option<&str>| {
        let policy = Some(format!("{}/backupPolicies/gold", vaults[1].id));
        let vault = vault.map(|name| VaultChoice::Named(name.to_owned()));
        let how = Protection { vault, policy, ..Protection::default() };
        let place = placed(&how, &vaults, &Capacity::of(5000), &Allowances::default());
        match place.unwrap() {
            Place::There(vault) => vault.id.name().to_owned(),
            Place::ToCreate(spec) => panic!("{spec:?}"),
        }
    };
    assert_eq!(chosen(None), "two");
    assert_eq!(chosen(Some("one")), "one", "what is decided of the vault counts; the plan then refuses");
}

#[test]
fn only_a_vault_that_is_missing_is_created() {
    let creation = stated(r#"{ "resource-group": "rg-backup" }"#, "{}");
    let vaults = [vault("a", "north", "northeurope", &[])];
    let by = |name: &str| found(Some(VaultChoice::Named(name.to_owned())), &vaults, &creation);
    assert!(matches!(by("bv"), Ok(Place::ToCreate(spec)) if spec.id.name() == "bv"));
    assert_eq!(by("north").unwrap_err().code, "VaultInOtherRegion");
}
