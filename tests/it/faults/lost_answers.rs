//! Machines, shares and databases: the process dies of the call that backs up or restores, which Azure has taken. Jobs there
//! say little of what they are: each is found, and nothing is done twice. And what is protected may go under way.

use holdfast_protection::operations::{OperationId, OperationStatus};
use holdfast_protection::outcome::Outcome;
use holdfast_tests::SUBSCRIPTION;
use serde_json::{Value, json};

use super::databases;
use super::paired_region::{asked, to_its_end};
use super::rules::rules_with;
use super::run::Run;
use super::worlds::{machine_and_share, recovering};

fn group(name: &str) -> String {
    format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/{name}")
}

fn staging() -> String {
    format!("{}/providers/Microsoft.Storage/storageAccounts/staging", group("rg-other"))
}

/// A world, what is told of there, what is then backed up, and where it is restored to.
struct Case {
    estate: Value,
    told: String,
    resource: String,
    to: Value,
}

fn all() -> Vec<Case> {
    let mut all = Vec::new();
    for case in machine_and_share() {
        let mut estate = recovering(case.estate);
        let account = json!({ "id": staging(), "location": "westeurope", "kind": "StorageV2",
            "sku": { "name": "Standard_LRS" }, "properties": {} });
        estate["resources"].as_array_mut().unwrap().push(account);
        let to = match case.name {
            "azure-vm" => {
                json!({ "kind": "vm-disks", "resourceGroup": group("rg-other"), "staging": staging() })
            }
            _ => json!({ "kind": "share", "conflicts": "overwrite" }),
        };
        all.push(Case { estate, told: case.resource.clone(), resource: case.resource, to });
    }
    let to = json!({ "kind": "sql-database", "name": "check" });
    all.push(Case {
        estate: databases::estate(),
        told: databases::machine(),
        resource: databases::database("sales"),
        to,
    });
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_and_a_restore_whose_answers_are_lost_are_made_once() {
    for case in all() {
        let mut run = Run::of(case.estate).await;
        run.evaluator = rules_with("");
        run.tell(&case.told);
        run.work_off().await;
        for (action, call) in [
            (json!({ "action": "backup" }), "/backup"),
            (json!({ "action": "restore", "to": case.to }), "/restore"),
        ] {
            let id = dies_of(&run, &case.resource, &action, call).await;
            let ended = to_its_end(&run, id).await;
            let told = format!("{} {call}: {:?}", case.resource, ended.status);
            assert!(matches!(ended.status, OperationStatus::Succeeded { job: Some(_), .. }), "{told}");
            let calls = run.calls();
            let made = calls.iter().filter(|(method, path, _)| method == "POST" && path.ends_with(call));
            assert_eq!(made.count(), 1, "{told}");
        }
    }
}

/// Asks for it, with processes of which the one that makes the call dies of it: it takes effect, and nobody hears the answer.
async fn dies_of(run: &Run, resource: &str, action: &Value, call: &str) -> OperationId {
    let ask = asked(resource, action.clone());
    let id = ask.id;
    run.line.die_of(call);
    let operations = run.operations();
    let mut operation = tokio::select! {
        begun = operations.ask(ask, run.azure.now()) => begun.unwrap(),
        () = run.line.death() => return id,
    };
    for _ in 0..50 {
        run.azure.advance(operation.retry_after.unwrap() as f64);
        let operations = run.operations();
        tokio::select! {
            advanced = operations.advance(id, run.azure.now()) => operation = advanced.unwrap(),
            () = run.line.death() => return id,
        }
    }
    panic!("no call to {call} was made")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_or_a_share_that_goes_under_way_ends_the_work() {
    for case in machine_and_share() {
        let version = if case.name == "azure-vm" { "2024-03-01" } else { "2023-01-01" };
        // So many passes are taken before it goes.
        for passes in 1..6 {
            let mut run = Run::of(recovering(case.estate.clone())).await;
            run.tell(&case.resource);
            for _ in 0..passes {
                let Some((seen, message)) = run.next() else { break };
                run.wait_until(seen);
                run.offer(message).await;
            }
            let url = format!("{}{}?api-version={version}", run.azure.http_url, case.resource);
            let answer = reqwest::Client::new().delete(&url).bearer_auth("owner").send().await.unwrap();
            assert!(answer.status().is_success(), "{url}: {}", answer.text().await.unwrap());
            run.work_off().await;
            let outcome = run.end_of(&case.resource);
            let is_end = matches!(
                outcome,
                Some(
                    Outcome::Gone
                        | Outcome::Failed { .. }
                        | Outcome::Protected { .. }
                        | Outcome::Unprotected { .. }
                )
            );
            assert!(is_end, "{} after {passes} passes: {outcome:?}", case.name);
        }
    }
}
