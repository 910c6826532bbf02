//! Long-running operations that fail, hang, vanish or move; permissions that take their time.

use holdfast_protection::outcome::Outcome;
use serde_json::{Value, json};

use super::run::Run;
use super::worlds::{Case, cases, granted, ungranted};

/// The calls that start an operation.
const STARTS: [(&str, &str); 2] = [("POST", "/validateForBackup$"), ("PUT", "/backupInstances/[^/]+$")];

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_that_vanishes_moves_or_stalls_is_survived() {
    let mut count = 0;
    for case in cases() {
        for (method, path) in STARTS {
            for fate in ["vanish", "move", "stall", "hang"] {
                let run = struck(&case, method, path, &json!(fate)).await;
                let told = format!("{} {path} {fate}", case.name);
                if (method, fate) == ("PUT", "stall") {
                    // Azure never configures it: nobody can do more than say so, after a day.
                    let end = run.end_of(&case.resource);
                    let said = matches!(end, Some(Outcome::Failed { code, .. }) if code == "StillWaiting");
                    assert!(said, "{told}: {end:?}");
                } else {
                    run.assert_sound(std::slice::from_ref(&case.resource), &told);
                }
                println!("{:<20} {:<26} {fate:<7} {:>3} calls", case.name, path, run.calls().len());
                count += 1;
            }
        }
    }
    println!("{count} operations struck");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_that_fails_says_why_and_the_next_cause_protects() {
    for case in cases() {
        for (method, path) in STARTS {
            let mut run = struck(&case, method, path, &json!({ "fail": "UserErrorSomethingBroke" })).await;
            let outcome = run.end_of(&case.resource).cloned();
            match outcome {
                Some(Outcome::Failed { ref code, .. }) => assert_eq!(code, "UserErrorSomethingBroke"),
                Some(Outcome::Protected { .. }) => {}
                other => panic!("{} {path}: {other:?}", case.name),
            }
            run.tell(&case.resource);
            run.work_off().await;
            run.assert_sound(
                std::slice::from_ref(&case.resource),
                &format!("{} {path} failed once", case.name),
            );
        }
    }
}

async fn struck(case: &Case, method: &str, path: &str, fate: &Value) -> Run {
    let mut run = Run::of(granted(case.estate.clone())).await;
    run.azure.fault(json!({ "method": method, "path": path, "operation": fate })).unwrap();
    run.tell(&case.resource);
    run.work_off().await;
    run
}

#[tokio::test(flavor = "multi_thread")]
async fn permissions_may_take_a_second_or_half_an_hour() {
    println!("{:<20} {:>11} {:>12} {:>6} {:>6}", "workload", "propagation", "protected", "over", "calls");
    for case in cases() {
        for seconds in [1.0, 10.0, 60.0, 300.0, 600.0, 1800.0] {
            let mut run = Run::of(ungranted(case.estate.clone(), seconds)).await;
            let begun = run.azure.now();
            run.tell(&case.resource);
            run.work_off().await;
            run.assert_sound(std::slice::from_ref(&case.resource), &format!("{} {seconds} s", case.name));
            let ended = run.ends.values().next().unwrap()[0].0;
            let took = ended.duration_since(begun).as_secs_f64();
            // A cluster's extension notices five minutes after its role counts that it may write.
            let azures = seconds + if case.name == "aks" { 300.0 } else { 0.0 };
            let over = took - azures - 30.0;
            let calls = run.calls().len();
            println!("{:<20} {seconds:>9} s {took:>10.1} s {over:>6.0} {calls:>6}", case.name);
            assert!(over <= 60.0 + azures * 0.4 && over <= 200.0, "{}: {over} s over", case.name);
            assert!(calls <= 110, "{calls} calls");
        }
    }
}
