//! The timer trigger.

use serde_json::{Value, json};

use crate::stage::{Stage, body, failures, succeeded, take_sys};

#[tokio::test]
async fn ticks_with_the_documented_envelope() {
    let mut stage = Stage::new(1.0).await;
    stage.config.settings.insert("TICK".into(), "* * * * * *".into());
    stage.function(
        "Reconcile",
        json!([{ "type": "timerTrigger", "name": "timer", "direction": "in", "schedule": "%TICK%" }]),
    );
    let host = stage.start().await;
    succeeded(&host, 2).await;
    let mut envelope = body(&stage.requests("/Reconcile")[0]);
    take_sys(&mut envelope, "Reconcile");
    let timer =
        json!({ "Schedule": { "AdjustForDST": true }, "ScheduleStatus": Value::Null, "IsPastDue": false });
    assert_eq!(envelope, json!({ "Data": { "timer": timer }, "Metadata": {} }));
    host.stop().await;
}

#[tokio::test]
async fn runs_on_startup_and_retries_as_told() {
    let mut stage = Stage::new(1.0).await;
    stage.config.speed = 100.0;
    let function = json!({
        "bindings": [{ "type": "timerTrigger", "name": "timer", "direction": "in", "schedule": "0 0 0 1 1 *", "runOnStartup": true }],
        "retry": { "strategy": "fixedDelay", "maxRetryCount": 2, "delayInterval": "00:00:10" },
    });
    stage.function_json("Reconcile", function);
    stage.script(json!({ "/Reconcile": { "status": 500 } }));
    let host = stage.start().await;
    failures(&host, 3).await;
    let bodies: Vec<_> = stage.requests("/Reconcile").iter().map(body).collect();
    assert_eq!(bodies[0]["Metadata"]["RetryContext"], Value::Null);
    let status = &bodies[0]["Data"]["timer"]["ScheduleStatus"];
    assert_eq!(status["Last"], "0001-01-01T00:00:00+00:00");
    assert!(status["Next"].as_str().unwrap().ends_with("-01-01T00:00:00+00:00"));
    let retries: Vec<_> =
        bodies.iter().skip(1).map(|body| body["Metadata"]["RetryContext"]["RetryCount"].clone()).collect();
    assert_eq!(retries, [1, 2]);
    assert_eq!(bodies[2]["Metadata"]["RetryContext"]["MaxRetryCount"], 2);
    host.stop().await;
}
