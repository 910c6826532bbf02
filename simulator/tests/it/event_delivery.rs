//! Event Grid to a webhook that answers as it is told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::azure::{Azure, DISK, PATIENCE, SUBSCRIPTION, estate};

#[derive(Default)]
struct Seen {
    /// Statuses of the next answers; then 200.
    answers: VecDeque<u16>,
    delivered: Vec<(HeaderMap, Value)>,
    /// What an answer waits for.
    until: Option<Arc<Notify>>,
}

/// An endpoint in the test.
#[derive(Clone, Default)]
struct Hook {
    seen: Arc<Mutex<Seen>>,
}

async fn take(State(hook): State<Hook>, headers: HeaderMap, Json(body): Json<Value>) -> Response {
    if headers.get("aeg-event-type").is_some_and(|kind| kind == "SubscriptionValidation") {
        return Json(json!({ "validationResponse": body[0]["data"]["validationCode"] })).into_response();
    }
    let (status, until) = {
        let mut seen = hook.seen.lock().unwrap();
        seen.delivered.push((headers, body));
        (seen.answers.pop_front().unwrap_or(200), seen.until.clone())
    };
    if let Some(until) = until {
        until.notified().await;
    }
    StatusCode::from_u16(status).unwrap().into_response()
}

async fn allow() -> Response {
    ([("webhook-allowed-origin", "eventgrid.azure.net")], StatusCode::OK).into_response()
}

impl Hook {
    /// Serves it; its URL.
    async fn serve(&self) -> Result<String> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let router = Router::new().route("/hook", post(take).options(allow)).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(format!("http://{address}/hook"))
    }

    fn will_answer(&self, statuses: &[u16]) {
        self.seen.lock().unwrap().answers.extend(statuses);
    }

    async fn received(&self, count: usize) -> Result<Vec<(HeaderMap, Value)>> {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            let seen = self.seen.lock().unwrap().delivered.clone();
            if seen.len() >= count {
                return Ok(seen);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        anyhow::bail!("only {} of {count} arrived", self.seen.lock().unwrap().delivered.len())
    }
}

async fn subscribe(azure: &Azure, url: &str, extra: Value) -> Result<()> {
    let mut properties = json!({
        "destination": { "endpointType": "WebHook", "properties": { "endpointUrl": url } },
        "filter": { "includedEventTypes": ["Microsoft.Resources.ResourceWriteSuccess"],
            "advancedFilters": [{ "operatorType": "StringIn", "key": "data.operationName", "values": ["Microsoft.Compute/disks/write"] }] },
    });
    for (name, value) in extra.as_object().into_iter().flatten() {
        properties[name] = value.clone();
    }
    let path = format!("/subscriptions/{SUBSCRIPTION}/providers/Microsoft.EventGrid/eventSubscriptions/test");
    let answer = azure.put(&path, json!({ "properties": properties })).await?;
    ensure!(answer.status == 201, "{answer:?}");
    Ok(())
}

/// Once each, and in order.
async fn orderly() -> Result<Azure> {
    let mut estate = estate();
    estate["delivery"] =
        json!({ "copies": 1, "duplicateProbability": 0, "reorderSeconds": 0, "delaySeconds": 0 });
    Azure::start(1000.0, estate).await
}

/// Waits until nothing is on its way, and nothing waits to be.
async fn at_rest(azure: &Azure) -> Result<()> {
    let begun = Instant::now();
    loop {
        let summary = azure.get("/_simulator/events").await?.body["summary"].clone();
        if (&summary["waiting"], &summary["inFlight"]) == (&json!(0), &json!(0)) {
            return Ok(());
        }
        ensure!(begun.elapsed() < PATIENCE, "events are still on their way: {summary}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn write_disk(azure: &Azure) -> Result<()> {
    azure.put(DISK, json!({ "location": "westeurope", "properties": {} })).await?.expect(200)?;
    Ok(())
}

#[tokio::test]
async fn a_write_arrives_in_the_shape_of_the_official_example() -> Result<()> {
    let (azure, hook) = (orderly().await?, Hook::default());
    subscribe(&azure, &hook.serve().await?, json!({})).await?;
    write_disk(&azure).await?;
    azure
        .put(
            &format!("{DISK}/providers/Microsoft.Resources/tags/default"),
            json!({ "properties": { "tags": {} } }),
        )
        .await?;
    let seen = hook.received(1).await?;
    let (headers, body) = &seen[0];
    assert_eq!(headers["aeg-event-type"], "Notification");
    let event = &body[0];
    assert_eq!(event["eventType"], "Microsoft.Resources.ResourceWriteSuccess");
    assert_eq!(event["subject"].as_str().map(str::to_lowercase), Some(DISK.to_lowercase()));
    assert_eq!((&event["dataVersion"], &event["metadataVersion"]), (&json!("2"), &json!("1")));
    assert_eq!(event["data"]["resourceProvider"], "Microsoft.Compute");
    assert!(event["data"].get("httpRequest").is_none(), "writes carry no request");
    at_rest(&azure).await?;
    assert_eq!(hook.received(1).await?.len(), 1, "the filter leaves tags out");
    Ok(())
}

#[tokio::test]
async fn cloud_events_arrive_one_by_one() -> Result<()> {
    let (azure, hook) = (orderly().await?, Hook::default());
    subscribe(&azure, &hook.serve().await?, json!({ "eventDeliverySchema": "CloudEventSchemaV1_0" })).await?;
    write_disk(&azure).await?;
    let (headers, body) = hook.received(1).await?.remove(0);
    assert_eq!(headers["content-type"], "application/cloudevents+json; charset=utf-8");
    assert_eq!(
        (&body["specversion"], &body["type"]),
        (&json!("1.0"), &json!("Microsoft.Resources.ResourceWriteSuccess"))
    );
    Ok(())
}

#[tokio::test]
async fn a_temporary_failure_is_tried_again_and_a_bad_request_is_not() -> Result<()> {
    let (azure, hook) = (orderly().await?, Hook::default());
    hook.will_answer(&[503, 500, 200, 400]);
    subscribe(&azure, &hook.serve().await?, json!({})).await?;
    write_disk(&azure).await?;
    let seen = hook.received(3).await?;
    assert_eq!(seen[0].1, seen[2].1, "the same event, a third time");
    write_disk(&azure).await?;
    hook.received(4).await?;
    at_rest(&azure).await?;
    assert_eq!(hook.received(4).await?.len(), 4, "a bad request is final");
    let state = azure.get("/_simulator/state").await?.body;
    assert_eq!(state["events"]["dead"][0]["lastDeliveryOutcome"], "400");
    assert_eq!(state["events"]["delivered"], 1);
    Ok(())
}

#[tokio::test]
async fn attempts_end() -> Result<()> {
    let (azure, hook) = (orderly().await?, Hook::default());
    hook.will_answer(&[500, 500, 500]);
    subscribe(&azure, &hook.serve().await?, json!({ "retryPolicy": { "maxDeliveryAttempts": 2 } })).await?;
    write_disk(&azure).await?;
    hook.received(2).await?;
    azure
        .until("/_simulator/state", "/events/dead/0/deadLetterReason", "MaxDeliveryAttemptsExceeded")
        .await?;
    Ok(())
}

#[tokio::test]
async fn what_was_on_its_way_is_no_concern_after_a_reset() -> Result<()> {
    let (azure, hook) = (orderly().await?, Hook::default());
    let (url, until) = (hook.serve().await?, Arc::new(Notify::new()));
    hook.will_answer(&[500]);
    hook.seen.lock().unwrap().until = Some(Arc::clone(&until));
    subscribe(&azure, &url, json!({})).await?;
    write_disk(&azure).await?;
    hook.received(1).await?;
    azure.post("/_simulator/reset", Value::Null).await?.expect(204)?;
    hook.seen.lock().unwrap().until = None;
    until.notify_one();
    subscribe(&azure, &url, json!({})).await?;
    write_disk(&azure).await?;
    hook.received(2).await?;
    at_rest(&azure).await?;
    assert_eq!(hook.received(2).await?.len(), 2, "what failed is not tried again");
    let summary = azure.get("/_simulator/events").await?.body["summary"].clone();
    assert_eq!((&summary["delivered"], &summary["failedAttempts"]), (&json!(1), &json!(0)));
    Ok(())
}

#[tokio::test]
async fn an_endpoint_must_prove_itself() -> Result<()> {
    let azure = orderly().await?;
    let refused =
        subscribe(&azure, "http://127.0.0.1:9/hook", json!({})).await.expect_err("nobody listens there");
    assert!(refused.to_string().contains("validation handshake failed"), "{refused:#}");
    Ok(())
}

#[tokio::test]
async fn events_come_as_often_as_asked() -> Result<()> {
    let (azure, hook) = (orderly().await?, Hook::default());
    subscribe(&azure, &hook.serve().await?, json!({})).await?;
    azure.post("/_simulator/events", json!({ "copies": 3, "shuffle": true })).await?.expect(200)?;
    write_disk(&azure).await?;
    hook.received(3).await?;
    azure.post("/_simulator/events", json!({ "copies": 1 })).await?.expect(200)?;
    let again = azure.post("/_simulator/events/again", json!({ "times": 2 })).await?.expect(202)?;
    assert_eq!(again.body["queued"], 2);
    hook.received(5).await?;
    azure
        .post("/_simulator/events/again", json!({ "events": [{ "what": "nonsense" }] }))
        .await?
        .expect(202)?;
    assert_eq!(hook.received(6).await?[5].1, json!([{ "what": "nonsense" }]));
    Ok(())
}
