//! Handlers that crash, hang or answer nonsense.

use std::time::Duration;

use holdfast_functions_host::{AfterStop, Event};
use serde_json::{Value, json};

use crate::stage::{PATIENCE, Stage, body, eventually, failures, succeeded};

async fn stage() -> Stage {
    let stage = Stage::new(1.0).await;
    let trigger = json!([{ "type": "queueTrigger", "name": "msg", "direction": "in", "queueName": "work" }]);
    stage.function("Protect", trigger);
    stage
}

fn exits(event: &Event) -> bool {
    matches!(event, Event::HandlerExited { .. })
}

#[tokio::test]
async fn a_handler_killed_in_mid_message_is_started_again_and_gets_it_again() {
    let stage = stage().await;
    stage.script(json!({ "/Protect": { "delayMs": 60_000 } }));
    stage.storage.put_message("work", "m");
    let host = stage.start().await;
    eventually("the handler has it", || stage.requests("/Protect").len() == 1).await;
    let first = host.handler_pid();
    stage.script(json!({}));
    assert!(host.kill_handler().await);
    succeeded(&host, 1).await;
    assert_eq!(host.restarts(), 1);
    assert_ne!(host.handler_pid(), first);
    let reason = &failures(&host, 1).await[0];
    assert!(reason.starts_with("could not call the handler"), "{reason}");
    assert_eq!(body(&stage.requests("/Protect")[1])["Metadata"]["DequeueCount"], "2");
    host.stop().await;
}

#[tokio::test]
async fn three_crashes_stop_the_host_which_the_platform_starts_again() {
    for (after_stop, starts) in [(AfterStop::StayDown, 3), (AfterStop::StartAgain, 4)] {
        let mut stage = stage().await;
        stage.config.after_stop = after_stop;
        stage.script(json!({ "start": { "exit": 7 } }));
        let host = stage.start().await;
        let stopped = |event: &Event| matches!(event, Event::HostStopped { reason } if reason.contains("restart retry count"));
        assert!(host.journal().wait_for(1, PATIENCE, stopped).await, "{:?}", host.journal().events());
        assert_eq!(host.journal().count(|event| *event == Event::HandlerExited { code: Some(7) }), 3);
        stage.script(json!({}));
        let ready = |event: &Event| *event == Event::HandlerReady;
        match after_stop {
            // It takes orders where nothing starts any more.
            AfterStop::StayDown => assert!(!host.kill_handler().await),
            AfterStop::StartAgain => assert!(host.journal().wait_for(1, PATIENCE, ready).await),
        }
        assert_eq!(host.journal().count(|event| matches!(event, Event::HandlerStarted { .. })), starts);
        let status = stage.client.get(format!("{}/admin/host/status", host.url())).send().await.unwrap();
        let status: Value = status.json().await.unwrap();
        let expected = if after_stop == AfterStop::StayDown { "Error" } else { "Running" };
        assert_eq!(status["state"], expected);
        host.stop().await;
    }
}

#[tokio::test]
async fn exit_0_is_final_and_exit_200_is_free() {
    let stage = stage().await;
    stage.script(json!({ "start": { "exit": 200 } }));
    let host = stage.start().await;
    assert!(host.journal().wait_for(5, PATIENCE, exits).await);
    assert_eq!(host.journal().count(|event| matches!(event, Event::HostStopped { .. })), 0);
    stage.script(json!({ "/Protect": { "exit": 0 } }));
    stage.storage.put_message("work", "m");
    let zero = |event: &Event| *event == Event::HandlerExited { code: Some(0) };
    assert!(host.journal().wait_for(1, PATIENCE, zero).await);
    let starts = host.restarts();
    let reasons = failures(&host, 3).await;
    assert!(reasons[2].contains("refused"), "{reasons:?}");
    assert_eq!(host.restarts(), starts);
    assert!(!host.kill_handler().await);
    host.stop().await;
}

#[tokio::test]
async fn an_empty_reply_hangs_until_the_timeout_and_costs_the_handler() {
    let stage = stage().await;
    stage.host_json(json!({ "functionTimeout": "00:00:01" }));
    stage.script(json!({ "/Protect": { "body": "" } }));
    let host = stage.start().await;
    assert!(host.journal().wait_for(1, PATIENCE, |event| *event == Event::HandlerReady).await);
    let asked = std::time::Instant::now();
    stage.storage.put_message("work", "m");
    let reason = &failures(&host, 1).await[0];
    assert!(reason.contains("empty body"), "{reason}");
    assert!(asked.elapsed() > Duration::from_secs(1), "{:?}", asked.elapsed());
    stage.script(json!({}));
    succeeded(&host, 1).await;
    assert!(host.restarts() >= 1);
    assert_eq!(host.journal().count(exits), 0, "a restart for a timeout is no crash");
    host.stop().await;
}

#[tokio::test]
async fn a_slow_reply_times_out() {
    let stage = stage().await;
    stage.host_json(json!({ "functionTimeout": "00:00:00.5000000" }));
    stage.script(json!({ "/Protect": { "delayMs": 60_000 } }));
    stage.storage.put_message("work", "m");
    let host = stage.start().await;
    assert_eq!(failures(&host, 1).await[0], "the handler did not answer within the functionTimeout of 500ms");
    host.stop().await;
}

#[tokio::test]
async fn replies_that_the_host_cannot_take_are_failures() {
    for (answer, expected) in [
        (json!({ "contentType": "text/plain" }), "content type \"text/plain\""),
        (json!({ "body": "{broken" }), "{broken"),
        (json!({ "status": 404 }), "the handler answered 404"),
    ] {
        let stage = stage().await;
        stage.script(json!({ "/Protect": answer }));
        stage.storage.put_message("work", "m");
        let host = stage.start().await;
        let reason = failures(&host, 1).await[0].clone();
        assert!(reason.contains(expected), "{reason}");
        host.stop().await;
    }
}

#[tokio::test]
async fn a_handler_that_never_listens_stops_the_host() {
    let mut stage = stage().await;
    stage.config.after_stop = AfterStop::StayDown;
    let sleeper = json!({ "defaultExecutablePath": "sleep", "arguments": ["60"] });
    stage.host_json(
        json!({ "customHandler": { "description": sleeper, "initializationTimeout": "00:00:00.3000000" } }),
    );
    let host = stage.start().await;
    let stopped =
        |event: &Event| matches!(event, Event::HostStopped { reason } if reason.contains("did not listen"));
    assert!(host.journal().wait_for(1, PATIENCE, stopped).await, "{:?}", host.journal().events());
    host.stop().await;
}
