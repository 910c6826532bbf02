//! Which facts a rule may ask for.

use std::collections::BTreeMap;

use super::*;

const SUBSCRIPTION: &str = "11111111-aaaa-3333-4444-555555555555";

fn resource() -> Resource {
    Resource {
        id: format!(
            "/subscriptions/{SUBSCRIPTION}/resourceGroups/RG-Shop/providers/Microsoft.Compute/disks/one"
        ),
        resource_type: "Microsoft.Compute/disks".into(),
        name: "one".into(),
        location: "westeurope".into(),
        resource_group: "RG-Shop".into(),
        subscription: SUBSCRIPTION.into(),
        tags: BTreeMap::new(),
        sku: None,
        kind: None,
        body: "{}".into(),
    }
}

#[test]
fn each_kind_has_its_name_and_its_scope() -> anyhow::Result<()> {
    let resource = resource();
    let scopes = FactKind::ALL.map(|kind| FactKey::about(kind, &resource).scope);
    let group = format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/RG-Shop");
    let id = resource.id.as_str();
    assert_eq!(scopes, [id, id, id, id, group.as_str(), SUBSCRIPTION, "westeurope"]);
    for kind in FactKind::ALL {
        assert_eq!(kind.name().parse::<FactKind>()?, kind);
        assert_eq!(serde_json::to_value(kind)?, kind.name());
    }
    let mut sorted = FactKind::ALL;
    sorted.sort();
    assert_eq!(sorted, FactKind::ALL, "kinds are ordered by name");
    assert!(FactKind::ALL.windows(2).all(|pair| pair[0].name() < pair[1].name()));
    Ok(())
}

#[test]
fn an_unknown_kind_is_answered_with_those_that_are_known() {
    let message = "weather".parse::<FactKind>().map_err(|error| error.to_string());
    let expected = "unknown kind of fact `weather`; known kinds: creator, locks, machine, protection, \
                    resource-group-tags, subscription-tags, vaults";
    assert_eq!(message, Err(expected.to_owned()));
}

#[test]
fn what_is_about_the_resource_is_spelt_as_the_resource_spells_it() {
    let resource = resource();
    for kind in FactKind::ALL {
        let own = FactKey::about(kind, &resource);
        let shouted = FactKey::asked(kind.name(), &own.scope.to_uppercase(), &resource);
        assert_eq!(shouted, Ok(own));
    }
}

#[test]
fn other_scopes_stay_within_the_subscription() {
    let resource = resource();
    let group = |name: &str| format!("/Subscriptions/{SUBSCRIPTION}/resourceGroups/{name}");
    let vault =
        format!("{}/providers/Microsoft.DataProtection/backupVaults/v/backupInstances/i", group("other"));
    for (kind, scope) in
        [("resource-group-tags", group("Other")), ("protection", vault), ("vaults", "NorthEurope".to_owned())]
    {
        let key = FactKey::asked(kind, &scope, &resource).map(|key| key.scope);
        assert_eq!(key, Ok(scope.to_ascii_lowercase()), "{kind} of {scope}");
    }
    let foreign = "/subscriptions/99999999-aaaa-3333-4444-555555555555/resourceGroups/rg";
    for (kind, scope) in [
        ("subscription-tags", "99999999-aaaa-3333-4444-555555555555".to_owned()),
        ("resource-group-tags", foreign.to_owned()),
        ("resource-group-tags", group("")),
        ("resource-group-tags", group("a/b")),
        ("resource-group-tags", group("..")),
        ("resource-group-tags", String::new()),
        ("locks", format!("{foreign}/providers/Microsoft.Compute/disks/one")),
        ("locks", group("other")),
        ("creator", format!("{}/providers/Microsoft.Compute/disks/../../..", group("other"))),
        ("vaults", "west europe".to_owned()),
        ("vaults", "westeurope?api-version=1".to_owned()),
        ("vaults", String::new()),
        ("vaults", "\u{fc}berall".to_owned()),
    ] {
        let refused = FactKey::asked(kind, &scope, &resource);
        let Err(refused @ FactsRefused::OutOfScope { .. }) = refused else {
            panic!("{kind} of `{scope}` gave {refused:?}");
        };
        let message = refused.to_string();
        assert!(message.contains(kind) && message.contains(&format!("`{scope}`")), "{message}");
    }
}

#[test]
fn given_facts_are_sorted_and_each_counts_once() {
    let fact = |kind: &str, scope: &str, value: &str| Fact {
        kind: kind.into(),
        scope: scope.into(),
        value: Some(value.into()),
    };
    let facts = [
        fact("vaults", "westeurope", "2"),
        fact("locks", "x", "1"),
        fact("vaults", "westeurope", "1"),
        fact("vaults", "westeurope", "2"),
    ];
    let given = Given::of(&facts);
    let values: Vec<_> = given.all().iter().map(|fact| fact.value.as_deref().unwrap_or_default()).collect();
    assert_eq!(values, ["1", "1"]);
    let key = FactKey { kind: FactKind::Vaults, scope: "WestEurope".into() };
    assert_eq!(given.get(&key).and_then(|fact| fact.value.as_deref()), Some("1"));
}
