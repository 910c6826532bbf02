//! Azure's limits: role assignments of a subscription, backup instances of a vault.

use holdfast_protection::outcome::Outcome;
use holdfast_tests::SUBSCRIPTION;
use serde_json::{Value, json};

use super::run::Run;
use super::worlds::{granted, ungranted};
use crate::world;

fn disk(id: &str) -> Value {
    json!({ "id": id, "location": "westeurope", "tags": { "env": "prod" },
        "sku": { "name": "Premium_LRS" }, "properties": { "diskSizeGB": 32 } })
}

/// A world in which `principal` holds so many assignments already, each on another disk.
fn crowded(principal: &str, count: usize, resources: Vec<Value>) -> Value {
    let mut estate = ungranted(resources, 0.0);
    let assignments = (0..count).map(|n| {
        let scope = world::disk("rg-other", &format!("other-{n:05}"));
        json!({ "principal": principal, "role": "Disk Backup Reader", "scope": scope })
    });
    estate["roleAssignments"] = assignments.collect();
    estate
}

/// Scopes of the role assignments that were made, in order.
fn granted_on(run: &Run) -> Vec<String> {
    let below = "/providers/microsoft.authorization/roleassignments/";
    let calls = run.calls().into_iter().filter(|(method, _, status)| method == "PUT" && *status == 201);
    calls
        .filter_map(|(_, path, _)| {
            path.to_ascii_lowercase().split_once(below).map(|(scope, _)| scope.to_owned())
        })
        .collect()
}

fn group(name: &str) -> String {
    format!("/subscriptions/{SUBSCRIPTION}/resourcegroups/{name}")
}

#[tokio::test(flavor = "multi_thread")]
async fn near_the_limit_of_role_assignments_a_grant_is_made_on_the_group() {
    let ids = ["one", "two", "three"].map(|name| world::disk("rg-app", name));
    let resources = ids.iter().map(|id| disk(id)).collect();
    let mut run = Run::of(crowded("vault:bv-westeurope", 1_200, resources)).await;
    for id in &ids {
        run.tell(id);
        run.work_off().await;
    }
    run.assert_sound(&ids, "near the limit");
    let mut granted = granted_on(&run);
    granted.sort();
    assert_eq!(granted, [group("rg-app"), group("rg-snapshots-westeurope")], "one for all three");
    let Some(Outcome::Protected { note: Some(note), .. }) = run.end_of(&ids[0]) else {
        panic!("{:?}", run.end_of(&ids[0]));
    };
    assert!(note.contains("rg-app") && note.contains("Disk Backup Reader"), "{note}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_subscription_is_named_and_the_last_assignment_goes_to_the_group() {
    let ids = ["one", "two"].map(|name| world::disk("rg-app", name));
    let resources = ids.iter().map(|id| disk(id)).collect();
    let mut estate = crowded("5d4f0d8e-0000-4000-8000-00000000abcd", 20 - 1, resources);
    estate["roleAssignmentLimit"] = json!(20);
    let snapshots = json!({ "principal": "vault:bv-westeurope", "role": "Disk Snapshot Contributor",
        "scope": group("rg-snapshots-westeurope") });
    estate["roleAssignments"].as_array_mut().unwrap().push(snapshots);
    let mut run = Run::of(estate).await;
    run.tell(&ids[0]);
    run.work_off().await;
    let Some(Outcome::Failed { code, way_out, .. }) = run.end_of(&ids[0]) else {
        panic!("{:?}", run.end_of(&ids[0]));
    };
    assert_eq!(code, "RoleAssignmentLimitExceeded");
    assert!(way_out.contains("management group") && way_out.contains("4,000"), "{way_out}");
    assert!(way_out.contains("Disk Backup Reader"), "what to grant is named: {way_out}");
    let tried = run.calls().into_iter().filter(|(method, path, status)| {
        method == "PUT" && *status == 400 && path.to_ascii_lowercase().contains("roleassignments")
    });
    let tried: Vec<String> = tried.map(|(_, path, _)| path).collect();
    assert!(
        matches!(tried.as_slice(), [disk, group] if disk.contains("/disks/") && !group.contains("/disks/")),
        "the group's serves all that is in it: {tried:?}"
    );

    // One is given up elsewhere: the last that the subscription takes serves the whole group.
    settings(&run, &json!({ "roleAssignmentLimit": 21 })).await;
    run.azure.fault(json!({ "method": "PUT", "path": "/disks/one/.*roleAssignments", "status": 400, "code": "RoleAssignmentLimitExceeded" })).unwrap();
    for id in &ids {
        run.tell(id);
        run.work_off().await;
    }
    run.assert_sound(&ids, "with the last assignment");
    assert_eq!(granted_on(&run), [group("rg-app")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_vault_is_full_the_next_one_that_fits_is_taken() {
    let ids = ["one", "two"].map(|name| world::disk("rg-app", name));
    let mut estate = granted(ids.iter().map(|id| disk(id)).collect());
    let vault = estate["vaults"][0]["id"].as_str().unwrap().to_owned();
    let second = format!("{vault}-2");
    estate["vaults"]
        .as_array_mut()
        .unwrap()
        .push(json!({ "id": second, "location": "westeurope", "tags": { "pool": "a" } }));
    estate["vaults"][0]["tags"] = json!({ "pool": "a" });
    estate["roleAssignments"] = json!([]);
    estate["instanceLimit"] = json!(1);
    let mut run = Run::of(estate).await;
    run.evaluator = super::rules::rules_where(|text| {
        text.replacen("vault = \"bv-{location}\"", "vault-tags = { pool = \"a\" }", 1)
    });
    for id in &ids {
        run.tell(id);
        run.work_off().await;
    }
    run.assert_sound(&ids, "two vaults of one instance each");
}

async fn settings(run: &Run, settings: &Value) {
    let url = format!("{}/_simulator/settings", run.azure.http_url);
    let answer = reqwest::Client::new().post(url).json(settings).send().await.unwrap();
    assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
}
