//! The world changes during a protection: vaults go, rules change, clocks differ, tokens end.

use holdfast_evaluator::Evaluator;
use holdfast_protection::outcome::Outcome;
use serde_json::{Value, json};

use super::run::Run;
use super::worlds::{cases, granted, ungranted};
use crate::world;

#[tokio::test(flavor = "multi_thread")]
async fn a_vault_that_is_deleted_under_way_is_named_and_another_one_is_used() {
    for case in cases() {
        for passes in [1, 2, 3] {
            let mut run = Run::of(granted(case.estate.clone())).await;
            let vault = run.azure.state()["vaults"][0]["id"].as_str().unwrap().to_owned();
            run.tell(&case.resource);
            for _ in 0..passes {
                let (seen, message) = run.next().unwrap();
                run.wait_until(seen);
                run.offer(message).await;
            }
            // As somebody who is in a hurry: the instance first, if there is one, without soft delete.
            call(&run, "PATCH", &vault, Some(&json!({ "properties": { "securitySettings": { "softDeleteSettings": { "state": "Off" } } } }))).await;
            run.azure.advance(60.0);
            for instance in run.azure.instances().as_array().unwrap() {
                call(&run, "DELETE", instance["id"].as_str().unwrap(), None).await;
            }
            run.azure.advance(120.0);
            call(&run, "DELETE", &vault, None).await;
            run.azure.advance(120.0);
            assert_eq!(run.azure.state()["vaults"], json!([]), "the vault is gone");
            run.work_off().await;
            let outcome = run.end_of(&case.resource).cloned();
            assert!(
                matches!(&outcome, Some(Outcome::Failed { code, .. }) if code == "VaultNotFound"),
                "{} after {passes} looks: {outcome:?}",
                case.name
            );

            let body = json!({ "location": "westeurope", "identity": { "type": "SystemAssigned" }, "properties": {
                "storageSettings": [{ "datastoreType": "VaultStore", "type": "LocallyRedundant" }] } });
            call(&run, "PUT", &vault, Some(&body)).await;
            run.azure.advance(60.0);
            run.tell(&case.resource);
            run.work_off().await;
            run.assert_sound(std::slice::from_ref(&case.resource), "in a new vault");
        }
    }
}

/// Calls the simulator as an owner of the estate would; success is asserted.
async fn call(run: &Run, method: &str, path: &str, body: Option<&Value>) {
    let version = if path.starts_with("/_simulator") { "" } else { "?api-version=2024-04-01" };
    let url = format!("{}{path}{version}", run.azure.http_url);
    let mut request = reqwest::Client::new().request(method.parse().unwrap(), &url).bearer_auth("owner");
    if let Some(body) = body {
        request = request.json(body);
    }
    let answer = request.send().await.unwrap();
    let status = answer.status();
    assert!(status.is_success(), "{method} {url}: {status} {}", answer.text().await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_protection_during_which_the_rules_change_ends_as_the_new_rules_say() {
    let changed = longer_retention();
    for case in cases() {
        let mut undisturbed = Run::of(granted(case.estate.clone())).await;
        undisturbed.tell(&case.resource);
        undisturbed.work_off().await;
        let passes = undisturbed.passes;
        for passes in 1..passes {
            let mut run = Run::of(granted(case.estate.clone())).await;
            run.tell(&case.resource);
            for _ in 0..passes {
                let (seen, message) = run.next().unwrap();
                run.wait_until(seen);
                run.offer(message).await;
            }
            let written = run.azure.instances().as_array().unwrap().len();
            run.evaluator = changed.clone();
            run.work_off().await;
            run.assert_sound(std::slice::from_ref(&case.resource), &format!("{} new rules", case.name));
            let policy = run.azure.instances()[0]["policyId"].as_str().unwrap().to_owned();
            // What was written by the old rules is drift: the next sweep's business, not this protection's.
            let days = if written == 0 { "-21d" } else { "-14d" };
            assert!(policy.ends_with(days), "{} after {passes} looks: {policy}", case.name);
        }
    }
}

/// The shipped rules, in a new revision with a longer retention.
fn longer_retention() -> Evaluator {
    super::rules::rules_where(|text| {
        text.replacen("revision = 1", "revision = 2", 1).replacen("min-days = 14", "min-days = 21", 1)
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_clock_and_a_date_to_come_back_make_nobody_wait_longer() {
    for skew in [-86_400.0, 86_400.0] {
        let case = cases().swap_remove(0);
        let mut run = Run::of(granted(case.estate.clone())).await;
        call(&run, "POST", "/_simulator/clock", Some(&json!({ "skewSeconds": skew }))).await;
        run.azure.fault(json!({ "status": 429, "retryAfterDate": 40.0, "after": 3 })).unwrap();
        let begun = run.azure.now();
        run.tell(&case.resource);
        run.work_off().await;
        run.assert_sound(std::slice::from_ref(&case.resource), "skewed");
        let took = run.ends.values().next().unwrap()[0].0.duration_since(begun).as_secs_f64();
        println!("clock wrong by {skew} s, refused for 40 s: protected after {took} s");
        assert!((70.0..100.0).contains(&took), "{took}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_refused_for_an_hour_loses_nothing() {
    let case = cases().swap_remove(0);
    let mut run = Run::of(ungranted(case.estate.clone(), 30.0)).await;
    let expired = json!({ "status": 401, "code": "ExpiredAuthenticationToken", "times": 20, "after": 4 });
    run.azure.fault(expired).unwrap();
    run.tell(&case.resource);
    run.work_off().await;
    run.assert_sound(std::slice::from_ref(&case.resource), "token");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resource_that_goes_under_way_ends_the_work() {
    let disk = world::disk("rg-app", "short-lived");
    let body = json!({ "id": disk, "location": "westeurope", "tags": { "env": "prod" },
        "sku": { "name": "Premium_LRS" }, "properties": { "diskSizeGB": 32 } });
    let mut run = Run::of(granted(vec![body])).await;
    run.tell(&disk);
    let (_, message) = run.next().unwrap();
    run.offer(message).await;
    call(&run, "DELETE", &disk, None).await;
    run.work_off().await;
    let outcome = run.end_of(&disk);
    assert!(matches!(outcome, Some(Outcome::Gone | Outcome::Failed { .. })), "{outcome:?}");
    assert_eq!(run.azure.instances(), json!([]));
}
