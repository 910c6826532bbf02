//! How the handler is started, and what the app's files may say.

use std::fs;

use holdfast_functions_host::Event;
use serde_json::json;

use crate::stage::{PATIENCE, Stage, eventually};

#[tokio::test]
async fn the_handler_gets_the_documented_environment_and_nothing_more_on_its_command_line() {
    let stage = Stage::new(1.0).await;
    stage.function("F", json!([{ "type": "httpTrigger", "name": "req", "direction": "in" }]));
    stage.host_json(json!({ "customHandler": { "description": { "arguments": ["--mode", "%FROM_SETTINGS%", "%UNSET_HERE%"] } } }));
    let host = stage.start().await;
    assert!(host.journal().wait_for(1, PATIENCE, |event| *event == Event::HandlerReady).await);
    let start = &stage.record()[0];
    let root = stage.config.app_root.canonicalize().unwrap().display().to_string();
    assert_eq!(start["arguments"], json!(["--mode", "seen", ""]));
    assert_eq!(start["folder"], root);
    assert_eq!(start["setting"], "seen");
    let functions = &start["functions"];
    assert_eq!(functions["FUNCTIONS_APP_ROOT_PATH"], root);
    assert_eq!(functions["FUNCTIONS_CUSTOMHANDLER_PORT"], functions["FUNCTIONS_HTTPWORKER_PORT"]);
    assert_eq!(functions["FUNCTIONS_CUSTOMHANDLER_WORKER_ID"], functions["FUNCTIONS_HTTPWORKER_ID"]);
    functions["FUNCTIONS_HTTPWORKER_ID"].as_str().unwrap().parse::<uuid::Uuid>().unwrap();
    assert_eq!(start["website"]["WEBSITE_HOSTNAME"], host.url().replace("http://127.0.0.1", "localhost"));
    assert!(start["webjobs"]["AzureWebJobsStorage"].as_str().unwrap().contains("devstoreaccount1"));
    host.stop().await;
}

#[tokio::test]
async fn stop_kills_the_handler() {
    let stage = Stage::new(1.0).await;
    stage.function("F", json!([{ "type": "httpTrigger", "name": "req", "direction": "in" }]));
    let host = stage.start().await;
    assert!(host.journal().wait_for(1, PATIENCE, |event| *event == Event::HandlerReady).await);
    let process = format!("/proc/{}", host.handler_pid().unwrap());
    assert!(fs::exists(&process).unwrap());
    host.stop().await;
    eventually("the process is gone", || {
        fs::read_to_string(format!("{process}/stat")).map_or(true, |stat| stat.contains(") Z "))
    })
    .await;
}

#[tokio::test]
async fn a_bad_function_is_named_and_the_others_run() {
    let stage = Stage::new(1.0).await;
    stage.function(
        "Good",
        json!([{ "type": "httpTrigger", "name": "req", "direction": "in", "route": "good" }]),
    );
    stage.function("Bad", json!([{ "type": "queueTrigger", "name": "q", "direction": "in" }]));
    stage.function_json("Off", json!({ "disabled": true, "bindings": [] }));
    let host = stage.start().await;
    let rejected: Vec<_> = host.rejected().iter().map(ToString::to_string).collect();
    assert_eq!(rejected, ["function Bad: binding \"q\" needs queueName"]);
    let reply = stage.client.get(format!("{}/api/good", host.url())).send().await.unwrap();
    assert_eq!(reply.status(), 200);
    host.stop().await;
}

#[tokio::test]
async fn bad_files_are_named() {
    let stage = Stage::new(1.0).await;
    fs::write(stage.app("host.json"), "{").unwrap();
    let error = stage.try_start().await.unwrap_err().to_string();
    assert!(error.contains("host.json is not valid"), "{error}");
    fs::remove_file(stage.app("host.json")).unwrap();
    let error = stage.try_start().await.unwrap_err().to_string();
    assert!(error.starts_with("could not read") && error.contains("host.json"), "{error}");
    stage.host_json(json!({ "version": "1.0" }));
    let error = stage.try_start().await.unwrap_err().to_string();
    assert_eq!(error, "host.json: version must be \"2.0\"");
}

#[tokio::test]
async fn a_missing_executable_stops_the_host_with_the_reason() {
    let mut stage = Stage::new(1.0).await;
    stage.config.after_stop = holdfast_functions_host::AfterStop::StayDown;
    stage.function("F", json!([{ "type": "httpTrigger", "name": "req", "direction": "in" }]));
    stage.host_json(
        json!({ "customHandler": { "description": { "defaultExecutablePath": "no-such-handler" } } }),
    );
    let host = stage.start().await;
    let stopped =
        |event: &Event| matches!(event, Event::HostStopped { reason } if reason.contains("no-such-handler"));
    assert!(host.journal().wait_for(1, PATIENCE, stopped).await, "{:?}", host.journal().events());
    let reply = stage.client.get(format!("{}/api/F", host.url())).send().await.unwrap();
    assert_eq!(reply.status(), 500);
    host.stop().await;
}
