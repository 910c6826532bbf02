//! A restore in the paired region: its operation names the job by a GUID alone, and the job shows late.

use holdfast_evaluator::Caller;
use holdfast_protection::operations::{Action, Ask, Operation, OperationId, Standing};
use holdfast_tests::SUBSCRIPTION;
use serde_json::{Value, json};

use super::life::rules_with;
use super::run::Run;
use super::worlds::{cases, granted};

const HOUR: f64 = 3600.0;

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_in_the_paired_region_ends_with_its_job_however_late_that_shows() {
    for lag in [0.0, 90.0, HOUR, 20.0 * HOUR] {
        let (run, resource, server) = replicated(lag).await;
        let wish = json!({ "action": "restore", "region": "secondary", "to": { "kind": "database", "server": server,
            "name": "ledger-restored", "secret": "https://kv-legacy.vault.azure.net/secrets/ledger" } });
        let begun = run.azure.now();
        let ended = followed(&run, &resource, wish).await;
        let Standing::Succeeded { job: Some(job), note: None } = &ended.standing else {
            panic!("{lag}: {:?}", ended.standing)
        };
        let restores = run.azure.state()["restores"].clone();
        assert_eq!(restores.as_array().unwrap().len(), 1, "{lag}: {restores}");
        assert_eq!((&restores[0]["crossRegion"], &restores[0]["job"]), (&json!(true), &json!(job)), "{lag}");
        let took = run.azure.now().duration_since(begun).as_secs_f64();
        assert!(took >= lag, "{lag}: it ended after {took} s, before its job was shown");
    }
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
    assert!(matches!(ended.standing, Standing::Succeeded { job: Some(_), .. }), "{:?}", ended.standing);
    run.azure.advance(13.0 * HOUR);
    (run, case.resource, server)
}

/// Asks for it and goes on with it to its end.
async fn followed(run: &Run, resource: &str, action: Value) -> Operation {
    let operations = run.operations();
    let caller = Caller { id: "dana".to_owned(), name: "Dana".to_owned(), roles: Vec::new() };
    let ask = Ask {
        id: OperationId::of_key(&caller.id, &action.to_string()),
        resource: resource.parse().unwrap(),
        action: serde_json::from_value::<Action>(action).unwrap(),
        why: None,
        dry_run: false,
        caller,
    };
    let mut operation = operations.ask(ask, run.azure.now()).await.unwrap();
    for _ in 0..300 {
        let Some(after) = operation.retry_after else { return operation };
        run.azure.advance(after as f64);
        operation = operations.advance(operation.asked.id, run.azure.now()).await.unwrap();
    }
    panic!("it does not end: {:?}", operation.standing)
}
