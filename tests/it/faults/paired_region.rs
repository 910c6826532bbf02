//! A restore in the paired region: its operation names the job by a GUID alone, and the job shows late.

use holdfast_evaluator::Caller;
use holdfast_protection::operations::{Action, Ask, Operation, OperationId, OperationStatus};
use holdfast_tests::SUBSCRIPTION;
use serde_json::{Value, json};

use super::rules::rules_with;
use super::run::Run;
use super::worlds::{cases, granted};

const HOUR: f64 = 3600.0;

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_in_the_paired_region_ends_with_its_job_however_late_that_shows() {
    for lag in [0.0, 90.0, HOUR, 20.0 * HOUR] {
        let (run, resource, server) = replicated(lag).await;
        let desired = json!({ "action": "restore", "region": "secondary", "to": { "kind": "database", "server": server,
            "name": "ledger-restored", "secret": "https://kv-legacy.vault.azure.net/secrets/ledger" } });
        let begun = run.azure.now();
        let ended = followed(&run, &resource, desired).await;
        let OperationStatus::Succeeded { job: Some(job), note: None } = &ended.status else {
            panic!("{lag}: {:?}", ended.status)
        };
        let restores = run.azure.state()["restores"].clone();
        assert_eq!(restores.as_array().unwrap().len(), 1, "{lag}: {restores}");
        assert_eq!((&restores[0]["crossRegion"], &restores[0]["job"]), (&json!(true), &json!(job)), "{lag}");
        let took = run.azure.now().duration_since(begun).as_secs_f64();
        assert!(took >= lag, "{lag}: it ended after {took} s, before its job was shown");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_call_in_the_paired_region_whose_answer_is_lost_is_made_once() {
    for (lag, adopted) in [(90.0, true), (0.5 * HOUR, true), (3.0 * HOUR, false)] {
        let (run, resource, server) = replicated(lag).await;
        let desired = json!({ "action": "restore", "region": "secondary", "to": { "kind": "database", "server": server,
            "name": "ledger-restored", "secret": "https://kv-legacy.vault.azure.net/secrets/ledger" } });
        let id = dies_of(&run, &resource, desired, "/crossRegionRestore").await;
        let ended = to_its_end(&run, id).await;
        let restores = run.azure.state()["restores"].as_array().unwrap().len();
        assert_eq!(restores, 1, "{lag}: {:?}", ended.status);
        match &ended.status {
            OperationStatus::Succeeded { job: Some(_), .. } => assert!(adopted, "{lag}: before it was shown"),
            OperationStatus::Failed { code, .. } => {
                assert_eq!((&**code, adopted), ("CallUnanswered", false), "{lag}")
            }
            other => panic!("{lag}: {other:?}"),
        }
    }
}

/// Asks for it, with a process that dies of its call to `path`: the call takes effect, and nobody hears the answer.
async fn dies_of(run: &Run, resource: &str, action: Value, path: &str) -> OperationId {
    let ask = asked(resource, action);
    let id = ask.id;
    let is_made = || run.calls().iter().any(|(_, called, _)| called.ends_with(path));
    let mut operation = run.operations().ask(ask, run.azure.now()).await.unwrap();
    for _ in 0..50 {
        run.azure.advance(operation.retry_after.unwrap() as f64);
        let operations = run.operations();
        run.line.die_of(path);
        tokio::select! {
            advanced = operations.advance(id, run.azure.now()) => operation = advanced.unwrap(),
            () = run.line.death() => {
                assert!(is_made(), "it died of another call");
                return id;
            }
        }
    }
    panic!("no call to {path} was made")
}

/// A database that is backed up, whose point has reached the paired region; its id, and a server to restore to.
async fn replicated(lag: f64) -> (Run, String, String) {
    let case = cases().into_iter().find(|case| case.name == "postgresql-single").unwrap();
    let groups = format!("/subscriptions/{SUBSCRIPTION}/resourceGroups");
    let server = format!("{groups}/rg-other/providers/Microsoft.DBforPostgreSQL/servers/far");
    let mut estate = granted(case.estate);
    estate["vaults"][0]["redundancy"] = json!("GeoRedundant");
    estate["vaults"][0]["crossRegionRestore"] = json!(true);
    estate["pairedJobLagSeconds"] = json!(lag);
    let resources = estate["resources"].as_array_mut().unwrap();
    resources.push(json!({ "id": server, "location": "northeurope" }));
    let mut run = Run::of(estate).await;
    run.evaluator = rules_with("");
    run.tell(&case.resource);
    run.work_off().await;
    let ended = followed(&run, &case.resource, json!({ "action": "backup" })).await;
    assert!(matches!(ended.status, OperationStatus::Succeeded { job: Some(_), .. }), "{:?}", ended.status);
    run.azure.advance(13.0 * HOUR);
    (run, case.resource, server)
}

/// Asks for it and goes on with it to its end.
pub(super) async fn followed(run: &Run, resource: &str, action: Value) -> Operation {
    let ask = asked(resource, action);
    let id = ask.id;
    run.operations().ask(ask, run.azure.now()).await.unwrap();
    to_its_end(run, id).await
}

pub(super) fn asked(resource: &str, action: Value) -> Ask {
    let caller = Caller { id: "dana".to_owned(), name: "Dana".to_owned(), roles: Vec::new() };
    Ask {
        id: OperationId::of_key(&caller.id, &action.to_string()),
        resource: resource.parse().unwrap(),
        workload: None,
        action: serde_json::from_value::<Action>(action).unwrap(),
        why: None,
        until: None,
        dry_run: false,
        caller,
    }
}

pub(super) async fn to_its_end(run: &Run, id: OperationId) -> Operation {
    for _ in 0..300 {
        let operation = run.operations().advance(id, run.azure.now()).await.unwrap();
        let Some(after) = operation.retry_after else { return operation };
        run.azure.advance(after as f64);
    }
    panic!("it does not end")
}
