//! Laws of planning a restore, on generated wishes.

use holdfast_protection::restore::{DesiredRestore, RestoreGround, RestorePlan, RestoreTarget, to_restore};
use holdfast_protection::roles::RoleAssignment;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::ground::{blobs, cluster, database, disk, files, now, vaulted};

fn grounds() -> impl Strategy<Value = RestoreGround> {
    prop::sample::select(vec![disk(), blobs(), vaulted(), database(), files(), cluster()])
}

fn names() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{1,8}",
        "[ -~]{0,12}",
        Just("data".to_owned()),
        Just("orders".to_owned()),
        Just("restored".to_owned())
    ]
}

fn targets(ground: &RestoreGround) -> impl Strategy<Value = Value> + use<> {
    let place = ground.place.id.clone();
    (names(), prop::collection::vec(names(), 0..3), 0..6_u8).prop_map(move |(name, list, kind)| match kind {
        0 => json!({ "kind": "disk", "resourceGroup": place, "name": name }),
        1 => json!({ "kind": "blobs-in-place", "containers": list }),
        2 => json!({ "kind": "containers", "account": place,
            "containers": list.iter().map(|name| json!({ "name": name })).collect::<Vec<_>>() }),
        3 => json!({ "kind": "database", "server": place, "name": name }),
        4 => json!({ "kind": "files", "account": place, "container": name }),
        _ => json!({ "kind": "cluster", "namespaces": list }),
    })
}

fn cases() -> impl Strategy<Value = (RestoreGround, DesiredRestore)> {
    grounds().prop_flat_map(|ground| {
        let points = prop_oneof![
            Just("latest"),
            Just("old"),
            Just("2026-03-05T00:00:00Z"),
            Just("2020-01-01T00:00:00Z")
        ];
        let regions = prop_oneof![4 => Just("primary"), 1 => Just("secondary")];
        let desired_all = (targets(&ground), points, regions).prop_map(|(to, point, region)| {
            serde_json::from_value(json!({ "point": point, "to": to, "region": region })).unwrap()
        });
        (Just(ground), desired_all)
    })
}

/// The ground after the roles of a plan were granted.
fn granted(plan: &RestorePlan, ground: &RestoreGround) -> RestoreGround {
    let mut after = ground.clone();
    after.roles.extend(plan.grants.iter().map(|grant| RoleAssignment {
        role_guid: grant.role.guid().to_uppercase(),
        scope: grant.scope.to_string(),
        principal: grant.principal.clone(),
    }));
    after
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_plan_is_the_same_twice_and_needs_no_role_twice((ground, desired) in cases()) {
        let one = to_restore(&desired, &ground, now());
        prop_assert_eq!(&one, &to_restore(&desired, &ground, now()));
        if let Ok(plan) = one {
            let again = to_restore(&desired, &granted(&plan, &ground), now()).unwrap();
            prop_assert!(again.grants.is_empty());
            prop_assert_eq!(again.order, plan.order);
        }
    }

    #[test]
    fn nothing_that_is_there_is_overwritten_without_a_word((ground, desired) in cases()) {
        if let Ok(plan) = to_restore(&desired, &ground, now()) {
            let in_place = matches!(desired.to, RestoreTarget::BlobsInPlace { .. });
            let into_what_is_there = in_place
                || matches!(
                    desired.to,
                    RestoreTarget::Cluster(_) | RestoreTarget::Containers { .. } | RestoreTarget::Files { .. }
                );
            let is_taken = ground.place.taken.iter().any(|name| name == plan.order.target().name());
            prop_assert!(into_what_is_there || !is_taken);
            prop_assert_eq!(in_place, !plan.order.changes().is_empty());
        }
    }

    #[test]
    fn an_order_survives_the_ledger((ground, desired) in cases()) {
        let text = serde_json::to_string(&desired).unwrap();
        prop_assert_eq!(&serde_json::from_str::<DesiredRestore>(&text).unwrap(), &desired);
        if let Ok(plan) = to_restore(&desired, &ground, now()) {
            let text = serde_json::to_string(&plan).unwrap();
            prop_assert_eq!(serde_json::from_str::<RestorePlan>(&text).unwrap(), plan);
        }
    }

    #[test]
    fn a_refusal_says_what_and_what_to_do_next((ground, desired) in cases()) {
        if let Err(impossible) = to_restore(&desired, &ground, now()) {
            prop_assert!(!impossible.code.is_empty() && impossible.message.len() > 10 && impossible.way_out.len() > 5);
        }
    }
}
