//! HTTP functions: forwarded, proxied and enveloped.

use holdfast_functions_host::{Access, Keys};
use reqwest::Body;
use serde_json::{Value, json};

use crate::stage::{Stage, take_sys};

fn plain(route: &str, methods: Value) -> Value {
    json!([
        { "type": "httpTrigger", "name": "req", "direction": "in", "authLevel": "function", "route": route, "methods": methods },
        { "type": "http", "name": "res", "direction": "out" },
    ])
}

#[tokio::test]
async fn forwards_with_prefix_headers_and_any_status() {
    let stage = Stage::new(1.0).await;
    stage.host_json(json!({ "customHandler": { "enableForwardingHttpRequest": true } }));
    stage.function("Jobs", plain("vaults/{vault}/jobs/{job?}", json!(["get", "post"])));
    stage.script(json!({ "/api/Vaults/v1/jobs": { "status": 302, "headers": { "location": "/elsewhere", "x-own": "1" }, "body": "moved" } }));
    let host = stage.start().await;
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let url = format!("{}/api/Vaults/v1/jobs?b=2&a=1&b=3", host.url());
    let reply = client
        .post(url)
        .header("user-agent", "me")
        .header("x-mine", "yes")
        .body("payload")
        .send()
        .await
        .unwrap();
    assert_eq!((reply.status().as_u16(), reply.headers()["x-own"].to_str().unwrap()), (302, "1"));
    assert_eq!(reply.text().await.unwrap(), "moved");
    let request = &stage.requests("/api/Vaults/v1/jobs?b=2%2C3&a=1")[0];
    assert_eq!((&request["method"], &request["body"]), (&json!("POST"), &json!("payload")));
    let headers = &request["headers"];
    assert_eq!(headers["x-mine"], "yes");
    assert_eq!(headers["user-agent"], "me Azure-Functions-Host/4.1037.0");
    assert_eq!(headers["host"], host.url().trim_start_matches("http://"));
    headers["x-azure-functions-invocationid"].as_str().unwrap().parse::<uuid::Uuid>().unwrap();
    for (method, path) in
        [("PUT", "/api/vaults/v1/jobs"), ("GET", "/api/vaults/v1"), ("GET", "/vaults/v1/jobs")]
    {
        let reply =
            client.request(method.parse().unwrap(), format!("{}{path}", host.url())).send().await.unwrap();
        assert_eq!(reply.status(), 404, "{method} {path}");
    }
    host.stop().await;
}

#[tokio::test]
async fn a_chunked_body_is_lost_in_forwarding_and_kept_in_proxying() {
    for (mode, expected) in [("enableForwardingHttpRequest", ""), ("enableProxyingHttpRequest", "chunks")] {
        let stage = Stage::new(1.0).await;
        stage.host_json(json!({ "customHandler": { mode: true } }));
        stage.function("Echo", plain("echo", Value::Null));
        let host = stage.start().await;
        let body = Body::wrap(http_body_of("chunks"));
        let reply = stage.client.post(format!("{}/api/echo", host.url())).body(body).send().await.unwrap();
        assert_eq!(reply.status(), 200);
        assert_eq!(stage.requests("/api/echo")[0]["body"], expected, "{mode}");
        host.stop().await;
    }
}

/// A body that does not tell its length.
fn http_body_of(
    text: &'static str,
) -> impl http_body::Body<Data = bytes::Bytes, Error = std::convert::Infallible> {
    struct Unsized(Option<bytes::Bytes>);
    impl http_body::Body for Unsized {
        type Data = bytes::Bytes;
        type Error = std::convert::Infallible;
        fn poll_frame(
            mut self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<Result<http_body::Frame<bytes::Bytes>, Self::Error>>> {
            std::task::Poll::Ready(self.0.take().map(|bytes| Ok(http_body::Frame::data(bytes))))
        }
    }
    Unsized(Some(bytes::Bytes::from_static(text.as_bytes())))
}

#[tokio::test]
async fn one_more_output_makes_it_an_invocation() {
    let stage = Stage::new(1.0).await;
    stage.host_json(json!({ "customHandler": { "enableForwardingHttpRequest": true } }));
    let bindings = json!([
        { "type": "httpTrigger", "name": "req", "direction": "in", "route": "evaluate/{kind}" },
        { "type": "http", "name": "res", "direction": "out" },
        { "type": "queue", "name": "work", "direction": "out", "queueName": "work" },
    ]);
    stage.function("Evaluate", bindings);
    let res = json!({ "statusCode": 202, "body": { "ok": true }, "headers": { "x-own": "1" } });
    let reply = json!({ "Outputs": { "res": res, "work": { "id": 1 } } });
    stage.script(json!({ "/Evaluate": { "body": reply.to_string() } }));
    let host = stage.start().await;
    let url = format!("{}/api/evaluate/disk?dry=1", host.url());
    let reply = stage
        .client
        .post(&url)
        .header("content-type", "application/json")
        .body("{\"a\":\"b\"}")
        .send()
        .await
        .unwrap();
    assert_eq!((reply.status().as_u16(), reply.headers()["x-own"].to_str().unwrap()), (202, "1"));
    assert_eq!(reply.text().await.unwrap(), "{\"ok\":true}");
    assert_eq!(stage.storage.messages("work").len(), 1);
    let mut envelope = stage.only_body("/Evaluate");
    take_sys(&mut envelope, "Evaluate");
    let data = &envelope["Data"]["req"];
    assert_eq!(data["Url"], url);
    assert_eq!(
        (&data["Method"], &data["Query"], &data["Params"]),
        (&json!("POST"), &json!({"dry": "1"}), &json!({"kind": "disk"}))
    );
    assert_eq!(data["Headers"]["Content-Type"], json!(["application/json"]));
    assert_eq!(data["Body"], "{\"a\":\"b\"}");
    let metadata = &envelope["Metadata"];
    assert_eq!((&metadata["dry"], &metadata["kind"]), (&json!("\"1\""), &json!("\"disk\"")));
    assert_eq!(metadata["Query"], json!({ "dry": "1" }));
    assert_eq!(metadata["Headers"]["Content-Type"], "application/json");
    host.stop().await;
}

#[tokio::test]
async fn literal_routes_win_and_keys_open_them() {
    let mut stage = Stage::new(1.0).await;
    stage.config.access = Access::Keys(Keys { master: "m".into(), host: "h".into(), event_grid: "e".into() });
    stage.host_json(json!({ "customHandler": { "enableProxyingHttpRequest": true }, "extensions": { "http": { "routePrefix": "" } } }));
    stage.function("Any", json!([
        { "type": "httpTrigger", "name": "req", "direction": "in", "authLevel": "anonymous", "route": "{*rest}" },
        { "type": "http", "name": "res", "direction": "out" },
    ]));
    stage.function("Jobs", plain("jobs", json!(["get"])));
    let host = stage.start().await;
    let get = async |path: &str| {
        stage.client.get(format!("{}{path}", host.url())).send().await.unwrap().status().as_u16()
    };
    assert_eq!(get("/jobs").await, 401);
    assert_eq!(get("/jobs?code=h").await, 200);
    assert_eq!(get("/anything/else").await, 200);
    assert_eq!(stage.requests("/jobs?code=h").len(), 1);
    host.stop().await;
}

#[tokio::test]
async fn an_open_route_leads_to_any_path_and_the_front_end_says_what_was_asked() {
    let mut stage = Stage::new(1.0).await;
    stage.config.access = Access::Keys(Keys { master: "m".into(), host: "h".into(), event_grid: "e".into() });
    stage.host_json(json!({ "customHandler": { "enableForwardingHttpRequest": true } }));
    stage.function("Open", json!([
        { "type": "httpTrigger", "name": "req", "direction": "in", "authLevel": "anonymous", "route": "open/{*rest}" },
        { "type": "http", "name": "res", "direction": "out" },
    ]));
    stage.function("Jobs", plain("jobs", json!(["get"])));
    let host = stage.start().await;
    let asked = "/api/open/..%5cjobs?a=1";
    assert_eq!(stage.client.get(format!("{}{asked}", host.url())).send().await.unwrap().status(), 200);
    let headers = &stage.requests("/api/jobs?a=1")[0]["headers"];
    assert_eq!(
        (&headers["x-original-url"], &headers["x-waws-unencoded-url"]),
        (&json!(asked), &json!(asked))
    );
    assert!(headers["x-arr-log-id"].is_string());
    host.stop().await;
}
