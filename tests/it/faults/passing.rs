//! Refusals that pass: Azure calls them retryable, or gives no reason. And some that do not.

use std::fs;
use std::path::Path;

use holdfast_protection::outcome::Outcome;
use serde_json::{Value, json};

use super::run::Run;
use super::worlds::{Case, cases, granted, machine_and_share, recovering};

const HOUR: i64 = 3600;

/// The refusal of an outage of Azure Backup, as it was reported.
fn reported() -> Option<Value> {
    let file =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/cases/04-retryable-refusal-fault.json");
    fs::read_to_string(file).ok().map(|text| serde_json::from_str(&text).unwrap())
}

fn retryable(code: &str) -> Value {
    json!({ "error": { "code": code, "message": "Something went wrong.", "additionalInfo": [{ "type": "UserFacingError",
        "info": { "code": code, "message": "Something went wrong.", "isRetryable": true, "isUserError": false } }] } })
}

async fn struck(case: &Case, fault: &Value) -> Run {
    let mut run = Run::of(granted(case.estate.clone())).await;
    run.azure.fault(fault.clone()).unwrap();
    run.tell(&case.resource);
    run.work_off().await;
    run
}

#[tokio::test(flavor = "multi_thread")]
async fn what_azure_calls_retryable_does_not_end_the_work() {
    let calls = [("POST", "/validateForBackup$"), ("PUT", "/backupInstances/"), ("PUT", "/backupPolicies/")];
    let mut faults: Vec<Value> = reported().into_iter().collect();
    for (method, path) in calls {
        for times in [1, 3, 8] {
            faults.push(json!({ "method": method, "path": path, "status": 400, "times": times,
                "body": retryable("SomethingThatPasses") }));
        }
    }
    for case in cases() {
        for fault in &faults {
            let run = struck(&case, fault).await;
            run.assert_sound(std::slice::from_ref(&case.resource), &format!("{} {fault}", case.name));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_that_fails_with_a_fault_of_the_service_is_begun_again() {
    let case = cases().into_iter().find(|case| case.name == "azure-disks").unwrap();
    for path in ["/validateForBackup$", "/backupInstances/"] {
        let fault =
            json!({ "path": path, "times": 3, "operation": { "fail": "CloudServiceRetryableError" } });
        let run = struck(&case, &fault).await;
        run.assert_sound(std::slice::from_ref(&case.resource), path);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_that_lasts_for_hours_is_waited_for_and_not_hammered() {
    let refusal = json!({ "error": { "code": "CloudDosTimeboundLimitReached",
        "message": "The limit of this operation was reached. Retry after few hours." } });
    let disk = cases().into_iter().find(|case| case.name == "azure-disks").unwrap();
    let machine = machine_and_share().remove(0);
    // A Recovery Services vault takes 50 new or changed policies a day (documentation).
    for (resource, estate, path) in [
        (disk.resource, granted(disk.estate), "/backupInstances/"),
        (machine.resource, recovering(machine.estate), "/backupPolicies/"),
    ] {
        let fault = json!({ "method": "PUT", "path": path, "status": 400, "times": 4, "body": refusal });
        let mut run = Run::of(estate).await;
        run.azure.fault(fault).unwrap();
        let begun = run.azure.now();
        run.tell(&resource);
        run.work_off().await;
        assert!(matches!(run.end_of(&resource), Some(Outcome::Protected { .. })), "{path}: {:?}", run.ends);
        let took = run.azure.now().duration_since(begun).as_secs();
        assert!((3 * HOUR..6 * HOUR).contains(&took), "{path}: {took} s for four refusals");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_never_passes_ends_within_two_days_and_says_that_it_was_tried() {
    let case = cases().into_iter().find(|case| case.name == "azure-disks").unwrap();
    let fault = json!({ "method": "PUT", "path": "/backupInstances/", "status": 400, "times": 1000,
        "body": retryable("CloudServiceRetryableError") });
    let mut run = Run::of(granted(case.estate.clone())).await;
    run.azure.fault(fault).unwrap();
    let begun = run.azure.now();
    run.tell(&case.resource);
    run.work_off().await;
    let Some(Outcome::Failed { code, way_out, .. }) = run.end_of(&case.resource) else {
        panic!("{:?}", run.end_of(&case.resource));
    };
    assert_eq!(code, "CloudServiceRetryableError");
    assert!(way_out.contains("Azure calls this fault passing"), "{way_out}");
    let hours = run.azure.now().duration_since(begun).as_hours();
    assert!((12..48).contains(&hours), "{hours} h");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_without_a_reason_gets_one_more_try() {
    let case = cases().into_iter().find(|case| case.name == "azure-disks").unwrap();
    for status in [400, 406, 412] {
        let fault = |times| json!({ "method": "PUT", "path": "/backupInstances/", "status": status, "times": times, "body": "" });
        // The first plan began with remembered values and is made once more at once; a later try is a third.
        let run = struck(&case, &fault(2)).await;
        run.assert_sound(std::slice::from_ref(&case.resource), "refused without a reason");
        let run = struck(&case, &fault(100)).await;
        let Some(Outcome::Failed { code, way_out, .. }) = run.end_of(&case.resource) else {
            panic!("{:?}", run.end_of(&case.resource));
        };
        assert_eq!(*code, format!("Http{status}"));
        assert!(!way_out.contains("Azure's message") && way_out.contains("activity log"), "{way_out}");
        let tried = run.calls().iter().filter(|(_, _, answered)| *answered == status).count();
        assert!(tried <= 3, "{tried} calls");
    }
}
