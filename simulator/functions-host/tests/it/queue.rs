//! The queue trigger and the queue output.

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use holdfast_functions_host::{Event, Framing};
use serde_json::{Value, json};

use crate::stage::{PATIENCE, Stage, body, eventually, failures, succeeded, take_sys};

fn trigger() -> Value {
    json!([{ "type": "queueTrigger", "name": "msg", "direction": "in", "queueName": "Work" }])
}

const MESSAGE: &str =
    r#"{"resourceId":"/subscriptions/1/x","attempt":2,"opts":{"dry":true},"tags":["a"],"none":null}"#;

#[tokio::test]
async fn a_message_arrives_encoded_twice_with_its_metadata() {
    let stage = Stage::new(1.0).await;
    stage.function("Protect", trigger());
    stage.storage.put_message("work", MESSAGE);
    let id = stage.storage.messages("work")[0].id.clone();
    let host = stage.start().await;
    succeeded(&host, 1).await;
    let mut envelope = stage.only_body("/Protect");
    take_sys(&mut envelope, "Protect");
    let metadata = envelope["Metadata"].as_object_mut().unwrap();
    for time in ["ExpirationTime", "InsertionTime", "NextVisibleTime"] {
        let value = metadata.remove(time).unwrap();
        assert!(
            value.as_str().unwrap().ends_with("+00:00") && value.as_str().unwrap().len() == 25,
            "{time}: {value}"
        );
    }
    let receipt = metadata.remove("PopReceipt").unwrap();
    assert!(
        receipt.as_str().unwrap().starts_with('"') && receipt.as_str().unwrap().ends_with('"'),
        "{receipt}"
    );
    let expected = json!({
        "Data": { "msg": Value::String(MESSAGE.to_owned()).to_string() },
        "Metadata": {
            "DequeueCount": "1", "Id": format!("\"{id}\""),
            "resourceId": "\"/subscriptions/1/x\"", "attempt": "\"2\"", "opts": { "dry": true },
        },
    });
    assert_eq!(envelope, expected);
    eventually("the message is deleted", || stage.storage.messages("work").is_empty()).await;
    host.stop().await;
}

#[tokio::test]
async fn core_tools_sends_the_length() {
    let mut stage = Stage::new(1.0).await;
    stage.config.framing = Framing::ContentLength;
    stage.function("Protect", trigger());
    stage.storage.put_message("work", "plain");
    let host = stage.start().await;
    succeeded(&host, 1).await;
    let request = &stage.requests("/Protect")[0];
    assert_eq!(request["headers"]["transfer-encoding"], Value::Null);
    assert_eq!(request["headers"]["content-length"], request["body"].as_str().unwrap().len().to_string());
    assert_eq!(body(request)["Data"]["msg"], "\"plain\"");
    host.stop().await;
}

#[tokio::test]
async fn base64_is_decoded_and_what_is_none_goes_to_poison_unseen() {
    let stage = Stage::new(1.0).await;
    stage.host_json(json!({ "extensions": { "queues": { "messageEncoding": "base64" } } }));
    stage.function("Protect", trigger());
    stage.storage.put_message("work", "not base64!");
    stage.storage.put_message("work", BASE64_STANDARD.encode("héllo"));
    let host = stage.start().await;
    succeeded(&host, 1).await;
    assert_eq!(stage.only_body("/Protect")["Data"]["msg"], "\"héllo\"");
    eventually("poisoned", || stage.storage.messages("work-poison").len() == 1).await;
    assert_eq!(stage.storage.messages("work-poison")[0].text, "not base64!");
    host.stop().await;
}

#[tokio::test]
async fn failures_come_again_later_and_end_as_poison() {
    let stage = Stage::new(100.0).await;
    stage.host_json(
        json!({ "extensions": { "queues": { "maxDequeueCount": 3, "visibilityTimeout": "00:00:10" } } }),
    );
    stage.function("Protect", trigger());
    stage.script(json!({ "/Protect": { "status": 500 } }));
    stage.storage.put_message("work", "bad");
    let host = stage.start().await;
    assert_eq!(failures(&host, 3).await, ["the handler answered 500"; 3]);
    let poisoned = |event: &Event| matches!(event, Event::MessagePoisoned { queue, .. } if queue == "work");
    assert!(host.journal().wait_for(1, PATIENCE, poisoned).await);
    let counts: Vec<_> = stage
        .requests("/Protect")
        .iter()
        .map(|request| body(request)["Metadata"]["DequeueCount"].clone())
        .collect();
    assert_eq!(counts, ["1", "2", "3"]);
    assert!(stage.storage.messages("work").is_empty());
    assert_eq!(stage.storage.messages("work-poison")[0].text, "bad");
    host.stop().await;
}

#[tokio::test]
async fn outputs_follow_the_base64_and_array_rules_and_wake_the_listener() {
    let stage = Stage::new(1.0).await;
    stage.host_json(json!({ "extensions": { "queues": { "maxPollingInterval": "00:01:00" } } }));
    stage.function("Work", trigger());
    let output = json!([
        { "type": "eventGridTrigger", "name": "event", "direction": "in" },
        { "type": "queue", "name": "work", "direction": "out", "queueName": "work" },
        { "type": "queue", "name": "other", "direction": "out", "queueName": "other" },
    ]);
    stage.function("OnWrite", output);
    let outputs =
        json!({ "Outputs": { "work": ["{\"a\":1}", { "b": 2 }], "other": "aGVsbG8=", "unknown": "x" } });
    stage.script(json!({ "/OnWrite": { "body": outputs.to_string() } }));
    let host = stage.start().await;
    // The listener's pause doubles with each poll in vain: after the sixth it is longer than the test waits below.
    eventually("the listener polls rarely", || stage.storage.receives("work") >= 6).await;
    let url = format!("{}/runtime/webhooks/eventgrid?functionName=OnWrite", host.url());
    let reply = stage
        .client
        .post(url)
        .header("aeg-event-type", "Notification")
        .json(&json!([{ "id": "1" }]))
        .send()
        .await;
    assert_eq!(reply.unwrap().status(), 202);
    let worked =
        |event: &Event| matches!(event, Event::InvocationSucceeded { function, .. } if function == "Work");
    assert!(
        host.journal().wait_for(2, Duration::from_secs(3), worked).await,
        "{:?}",
        host.journal().events()
    );
    let mut texts: Vec<_> =
        stage.requests("/Work").iter().map(|request| body(request)["Data"]["msg"].clone()).collect();
    texts.sort_by_key(Value::to_string);
    assert_eq!(texts, [json!("\"{\\\"a\\\":1}\""), json!("\"{\\n  \\\"b\\\": 2\\n}\"")]);
    assert_eq!(stage.storage.messages("other")[0].text, "hello");
    host.stop().await;
}

#[tokio::test]
async fn a_long_run_keeps_its_lock() {
    // Ten minutes pass in 1.5 s here; the handler takes more than twice as long.
    let stage = Stage::new(400.0).await;
    stage.function("Protect", trigger());
    stage.script(json!({ "/Protect": { "delayMs": 3500 } }));
    stage.storage.put_message("work", "long");
    let host = stage.start().await;
    succeeded(&host, 1).await;
    eventually("the message is deleted", || stage.storage.messages("work").is_empty()).await;
    assert_eq!(stage.requests("/Protect").len(), 1);
    host.stop().await;
}

#[tokio::test]
async fn a_killed_hosts_messages_come_back_when_their_locks_lapse() {
    let stage = Stage::new(600.0).await;
    stage.function("Protect", trigger());
    stage.script(json!({ "/Protect": { "delayMs": 60_000 } }));
    stage.storage.put_message("work", "kept");
    let host = stage.start().await;
    eventually("the handler has it", || stage.requests("/Protect").len() == 1).await;
    drop(host);
    assert_eq!(stage.storage.messages("work")[0].dequeue_count, 1);
    stage.script(json!({}));
    let host = stage.start().await;
    succeeded(&host, 1).await;
    assert_eq!(body(&stage.requests("/Protect")[1])["Metadata"]["DequeueCount"], "2");
    host.stop().await;
}

#[tokio::test]
async fn a_message_whose_last_attempt_nobody_ended_is_poison_at_once() {
    let stage = Stage::new(600.0).await;
    stage.host_json(json!({ "extensions": { "queues": { "maxDequeueCount": 1 } } }));
    stage.function("Protect", trigger());
    stage.script(json!({ "/Protect": { "delayMs": 60_000 } }));
    stage.storage.put_message("work", "deadly");
    let host = stage.start().await;
    eventually("the handler has it", || stage.requests("/Protect").len() == 1).await;
    drop(host);
    let host = stage.start().await;
    eventually("poisoned", || stage.storage.messages("work-poison").len() == 1).await;
    assert_eq!(stage.requests("/Protect").len(), 1, "it is not tried once more");
    host.stop().await;
}

#[tokio::test]
async fn what_fails_on_a_queue_without_a_poison_queue_stays_hidden() {
    let stage = Stage::new(1.0).await;
    let trigger =
        json!([{ "type": "queueTrigger", "name": "msg", "direction": "in", "queueName": "work-poison" }]);
    stage.function("Protect", trigger);
    stage.script(json!({ "/Protect": { "status": 500 } }));
    stage.storage.put_message("work-poison", "bad");
    let host = stage.start().await;
    failures(&host, 1).await;
    host.stop().await;
    let left = stage.storage.messages("work-poison");
    assert_eq!((left.len(), left[0].dequeue_count), (1, 1));
    assert!(left[0].next_visible.duration_since(jiff::Timestamp::now()).as_secs() > 300);
}

#[tokio::test]
async fn no_more_run_at_once_than_the_batch_allows() {
    let stage = Stage::new(1.0).await;
    stage.host_json(json!({ "extensions": { "queues": { "batchSize": 2, "newBatchThreshold": 1 } } }));
    stage.function("Protect", trigger());
    stage.script(json!({ "/Protect": { "delayMs": 150 } }));
    for n in 0..9 {
        stage.storage.put_message("work", format!("m{n}"));
    }
    let host = stage.start().await;
    succeeded(&host, 9).await;
    let (mut running, mut most) = (0, 0);
    for event in host.journal().events() {
        match event {
            Event::InvocationStarted { .. } => running += 1,
            Event::InvocationSucceeded { .. } => running -= 1,
            _ => {}
        }
        most = most.max(running);
    }
    assert!((2..=3).contains(&most), "{most} at once");
    host.stop().await;
}

#[tokio::test]
async fn identity_based_connections_reach_the_simulator() {
    let mut stage = Stage::new(1.0).await;
    let connection = stage.config.settings.remove("AzureWebJobsStorage").unwrap();
    let endpoint = connection.split("QueueEndpoint=").nth(1).unwrap().trim_end_matches(';').to_owned();
    stage.config.settings.insert("AzureWebJobsStorage__queueServiceUri".into(), endpoint);
    stage.function("Protect", trigger());
    stage.storage.put_message("work", "m");
    let host = stage.start().await;
    succeeded(&host, 1).await;
    host.stop().await;
}
