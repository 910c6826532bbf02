//! The admin endpoints.

use holdfast_functions_host::{Access, Keys};
use serde_json::{Value, json};

use crate::stage::{Stage, succeeded, take_sys};

#[tokio::test]
async fn a_manual_run_stands_in_for_the_trigger() {
    let stage = Stage::new(1.0).await;
    let trigger = json!([{ "type": "queueTrigger", "name": "msg", "direction": "in", "queueName": "work" }]);
    stage.function("Protect", trigger);
    let host = stage.start().await;
    let run = async |name: &str, body: &'static str| {
        let url = format!("{}/admin/functions/{name}", host.url());
        stage.client.post(url).body(body).send().await.unwrap().status().as_u16()
    };
    assert_eq!(run("protect", "{\"input\":\"{\\\"a\\\":1}\"}").await, 202);
    succeeded(&host, 1).await;
    let mut envelope = stage.only_body("/Protect");
    take_sys(&mut envelope, "Protect");
    assert_eq!(envelope, json!({ "Data": { "msg": "\"{\\\"a\\\":1}\"" }, "Metadata": { "a": "\"1\"" } }));
    assert_eq!(run("nope", "{}").await, 404);
    assert_eq!(run("Protect", "{").await, 400);
    let status = stage.client.get(format!("{}/admin/host/status", host.url())).send().await.unwrap();
    let status: Value = status.json().await.unwrap();
    assert_eq!((&status["state"], &status["functions"]), (&json!("Running"), &json!(["Protect"])));
    assert_eq!(status["handler"]["pid"], json!(host.handler_pid()));
    host.stop().await;
}

#[tokio::test]
async fn the_master_key_is_needed_if_there_are_keys() {
    let mut stage = Stage::new(1.0).await;
    stage.config.access = Access::Keys(Keys { master: "m".into(), host: "h".into(), event_grid: "e".into() });
    let host = stage.start().await;
    for (query, expected) in [("", 401), ("?code=h", 401), ("?code=m", 200)] {
        let reply =
            stage.client.get(format!("{}/admin/host/status{query}", host.url())).send().await.unwrap();
        assert_eq!(reply.status(), expected, "{query}");
    }
    host.stop().await;
}
