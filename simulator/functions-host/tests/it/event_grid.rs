//! The Event Grid webhook, request by request.

use holdfast_functions_host::{Access, Keys, Running};
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::stage::{Stage, take_sys};

async fn stage_with(bindings: Value) -> (Stage, Running) {
    let stage = Stage::new(1.0).await;
    stage.function("OnWrite", bindings);
    let host = stage.start().await;
    (stage, host)
}

fn one() -> Value {
    json!([{ "type": "eventGridTrigger", "name": "event", "direction": "in" }])
}

async fn post(stage: &Stage, host: &Running, kind: &str, body: &Value) -> Response {
    let url = format!("{}/runtime/webhooks/eventgrid?functionName=onwrite", host.url());
    stage.client.post(url).header("aeg-event-type", kind).json(body).send().await.unwrap()
}

fn event_grid_event(id: &str) -> Value {
    json!({
        "subject": "/subscriptions/1/resourcegroups/rg/providers/Microsoft.Compute/disks/d",
        "eventType": "Microsoft.Resources.ResourceWriteSuccess", "eventTime": "2026-01-14T09:26:53.5897932Z",
        "id": id, "data": { "operationName": "Microsoft.Compute/disks/write", "n": 1 },
        "dataVersion": "2", "metadataVersion": "1", "topic": "/subscriptions/1",
    })
}

#[tokio::test]
async fn one_event_is_one_nested_object() {
    let (stage, host) = stage_with(one()).await;
    let event = event_grid_event("a");
    let reply = post(&stage, &host, "Notification", &json!([event])).await;
    assert_eq!(reply.status(), 202);
    let mut envelope = stage.only_body("/OnWrite");
    take_sys(&mut envelope, "OnWrite");
    assert_eq!(envelope, json!({ "Data": { "event": event }, "Metadata": { "data": event["data"] } }));
    let headers = stage.requests("/OnWrite")[0]["headers"].clone();
    assert_eq!(headers["content-type"], "application/json; charset=utf-8");
    assert_eq!(headers["transfer-encoding"], "chunked");
    assert_eq!(headers["content-length"], Value::Null);
    assert!(headers["user-agent"].as_str().unwrap().starts_with("Azure-Functions-Host/4."));
    assert!(headers["x-azure-functions-hostversion"].as_str().unwrap().starts_with("4."));
    headers["x-azure-functions-invocationid"].as_str().unwrap().parse::<uuid::Uuid>().unwrap();
    assert_eq!(headers["aeg-event-type"], Value::Null);
    host.stop().await;
}

#[tokio::test]
async fn a_cloud_event_comes_alone_and_may_lack_data() {
    let (stage, host) = stage_with(one()).await;
    let event = json!({
        "id": "b", "source": "/subscriptions/1", "subject": "/s", "specversion": "1.0",
        "type": "Microsoft.Resources.ResourceWriteSuccess", "time": "2026-01-14T09:26:53.5897932Z", "data": "plain",
    });
    assert_eq!(post(&stage, &host, "Notification", &event).await.status(), 202);
    let mut envelope = stage.only_body("/OnWrite");
    take_sys(&mut envelope, "OnWrite");
    assert_eq!(envelope, json!({ "Data": { "event": event }, "Metadata": { "data": "\"plain\"" } }));
    assert_eq!(post(&stage, &host, "Notification", &json!({ "id": "c" })).await.status(), 202);
    let mut envelope = crate::stage::body(&stage.requests("/OnWrite")[1]);
    take_sys(&mut envelope, "OnWrite");
    assert_eq!(envelope, json!({ "Data": { "event": { "id": "c" } }, "Metadata": {} }));
    host.stop().await;
}

#[tokio::test]
async fn many_events_are_one_string() {
    let trigger =
        json!([{ "type": "eventGridTrigger", "name": "events", "direction": "in", "cardinality": "many" }]);
    let (stage, host) = stage_with(trigger).await;
    let events = json!([event_grid_event("a"), event_grid_event("b")]);
    assert_eq!(post(&stage, &host, "Notification", &events).await.status(), 202);
    let mut envelope = stage.only_body("/OnWrite");
    take_sys(&mut envelope, "OnWrite");
    let text = |value: &Value| serde_json::from_str::<Value>(value.as_str().unwrap()).unwrap();
    assert_eq!(text(&envelope["Data"]["events"]), events);
    assert_eq!(text(&envelope["Metadata"]["data"]), json!([events[0]["data"], events[1]["data"]]));
    host.stop().await;
}

#[tokio::test]
async fn one_failure_fails_the_delivery_after_all_have_run() {
    let (stage, host) = stage_with(one()).await;
    let events = json!([event_grid_event("a"), event_grid_event("b")]);
    stage.script(json!({ "/OnWrite": { "status": 503 } }));
    let reply = post(&stage, &host, "Notification", &events).await;
    assert_eq!(reply.status(), 500);
    assert!(reply.text().await.unwrap().contains("the handler answered 503"));
    assert_eq!(stage.requests("/OnWrite").len(), 2);
    host.stop().await;
}

#[tokio::test]
async fn the_handshakes_are_answered() {
    let (stage, host) = stage_with(one()).await;
    let validation = json!([{ "id": "1", "data": { "validationCode": "512d38b6" }, "eventType": "Microsoft.EventGrid.SubscriptionValidationEvent" }]);
    let reply = post(&stage, &host, "SubscriptionValidation", &validation).await;
    assert_eq!(reply.status(), 200);
    assert!(reply.headers()["content-type"].to_str().unwrap().starts_with("text/plain"));
    assert_eq!(reply.text().await.unwrap(), "{\"validationResponse\":\"512d38b6\"}");
    let cloud = json!({ "id": "1", "data": "{\"validationCode\":\"c0de\"}" });
    let reply = post(&stage, &host, "SubscriptionValidation", &cloud).await;
    assert_eq!(reply.text().await.unwrap(), "{\"validationResponse\":\"c0de\"}");
    let url = format!("{}/runtime/webhooks/eventgrid?functionName=OnWrite", host.url());
    let options = stage.client.request(Method::OPTIONS, url).header("WebHook-Request-Origin", "x.example");
    let reply = options.send().await.unwrap();
    assert_eq!(
        (reply.status().as_u16(), reply.headers()["webhook-allowed-origin"].to_str().unwrap()),
        (200, "eventgrid.azure.net")
    );
    assert_eq!(post(&stage, &host, "Unsubscribe", &json!([])).await.status(), 202);
    assert!(stage.requests("/OnWrite").is_empty());
    host.stop().await;
}

#[tokio::test]
async fn wrong_requests_are_refused() {
    let (stage, host) = stage_with(one()).await;
    stage.script(json!({}));
    let send = async |path: &str, body: &'static str| {
        let request = stage.client.post(format!("{}/runtime/webhooks/{path}", host.url()));
        let reply = request.header("aeg-event-type", "Notification").body(body).send().await.unwrap();
        (reply.status().as_u16(), reply.text().await.unwrap())
    };
    assert_eq!(send("eventgrid?functionName=Nope", "[]").await, (404, "cannot find function: 'Nope'".into()));
    assert_eq!(send("blobs?functionName=OnWrite", "[]").await.0, 404);
    assert_eq!(send("eventgrid?functionName=OnWrite", "{").await.0, 500);
    assert_eq!(send("eventgrid?functionName=OnWrite", "7").await.0, 500);
    assert_eq!(post(&stage, &host, "Other", &json!([])).await.status(), 400);
    host.stop().await;
}

#[tokio::test]
async fn keys_are_asked_for_if_there_are_any() {
    let mut stage = Stage::new(1.0).await;
    stage.config.access = Access::Keys(Keys { master: "m".into(), host: "h".into(), event_grid: "e".into() });
    stage.function("OnWrite", one());
    let host = stage.start().await;
    for (key, expected) in [("", 401), ("&code=x", 401), ("&code=h", 403), ("&code=e", 202), ("&code=m", 202)]
    {
        let url = format!("{}/runtime/webhooks/eventgrid?functionName=OnWrite{key}", host.url());
        let reply = stage
            .client
            .post(url)
            .header("aeg-event-type", "Notification")
            .body("[{\"id\":\"1\"}]")
            .send()
            .await;
        assert_eq!(reply.unwrap().status(), expected, "{key}");
    }
    host.stop().await;
}
