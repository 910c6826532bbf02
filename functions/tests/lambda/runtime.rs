//! As much of the Lambda runtime API as a handler needs: the next invocation, and its response.
//!
//! Source: AWS's documentation of the runtime API, version 2018-06-01.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::sync::{Mutex, mpsc};

use crate::TIME_LIMIT;

type Queue<T> = (mpsc::Sender<T>, Mutex<mpsc::Receiver<T>>);

/// More than a test sends before anything is answered.
const AT_ONCE: usize = 16;

pub(crate) struct Runtime {
    address: String,
    shared: Arc<Shared>,
}

struct Shared {
    events: Queue<Value>,
    responses: Queue<Value>,
}

impl Runtime {
    pub(crate) async fn start() -> Self {
        let queue = || {
            let (sender, receiver) = mpsc::channel(AT_ONCE);
            (sender, Mutex::new(receiver))
        };
        let shared = Arc::new(Shared { events: queue(), responses: queue() });
        let app = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(response))
            .with_state(shared.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { address, shared }
    }

    /// What Lambda sets for a function's process.
    pub(crate) fn environment(&self) -> [(&'static str, String); 6] {
        [
            ("AWS_LAMBDA_RUNTIME_API", self.address.clone()),
            ("AWS_LAMBDA_FUNCTION_NAME", "holdfast".to_owned()),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256".to_owned()),
            ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/holdfast".to_owned()),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "one".to_owned()),
        ]
    }

    /// Has the handler answer an event.
    pub(crate) async fn ask(&self, event: Value) -> Value {
        self.shared.events.0.send(event).await.unwrap();
        let mut responses = self.shared.responses.1.lock().await;
        tokio::time::timeout(TIME_LIMIT, responses.recv()).await.unwrap().unwrap()
    }
}

/// Waits for an event, as long as the function is frozen.
async fn next(State(shared): State<Arc<Shared>>) -> impl IntoResponse {
    let event = shared.events.1.lock().await.recv().await.unwrap();
    let deadline = jiff::Timestamp::now().as_millisecond() + 60_000;
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("lambda-runtime-aws-request-id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd".to_owned()),
        ("lambda-runtime-deadline-ms", deadline.to_string()),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:eu-west-1:123456789012:function:holdfast".to_owned(),
        ),
        ("lambda-runtime-trace-id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700".to_owned()),
    ] {
        headers.insert(name, value.parse().unwrap());
    }
    (headers, Json(event))
}

/// Lambda looks at no content type.
async fn response(State(shared): State<Arc<Shared>>, Path(_): Path<String>, body: Bytes) -> StatusCode {
    shared.responses.0.send(serde_json::from_slice(&body).unwrap()).await.unwrap();
    StatusCode::ACCEPTED
}

/// An event of an HTTP API, payload format 2.0.
pub(crate) fn api_gateway(
    method: &str,
    path: &str,
    query: &str,
    key: Option<&str>,
    body: Option<&Value>,
) -> Value {
    let mut headers = json!({ "content-type": "application/json", "host": "abc.execute-api.eu-west-1.amazonaws.com",
        "x-forwarded-proto": "https" });
    if let (Some(key), Some(headers)) = (key, headers.as_object_mut()) {
        headers.insert("x-functions-key".to_owned(), json!(key));
    }
    json!({
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": query,
        "headers": headers,
        "requestContext": {
            "accountId": "123456789012", "apiId": "abc", "domainName": "abc.execute-api.eu-west-1.amazonaws.com",
            "domainPrefix": "abc", "requestId": "JKJaXmPLvHcESHA=", "routeKey": "$default", "stage": "$default",
            "time": "10/Mar/2026:05:16:23 +0000", "timeEpoch": 1_773_119_783_000_i64,
            "http": { "method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1",
                "userAgent": "test" },
        },
        "body": body.map(ToString::to_string), "isBase64Encoded": false,
    })
}
