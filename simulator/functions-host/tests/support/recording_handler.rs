//! A handler for tests: it writes down what it receives and answers as it is told.
//!
//! `RECORD` names a file that gets one JSON line for each request. `SCRIPT` names a JSON file that is read anew for
//! each request; it maps a path to `{"status", "contentType", "body", "delayMs", "exit", "headers"}`. What the script
//! does not name is answered `{}`.

use std::collections::BTreeMap;
use std::env;
use std::error::Error;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::{Router, routing::any};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Answer {
    status: u16,
    content_type: String,
    body: String,
    delay_ms: u64,
    exit: Option<i32>,
    headers: BTreeMap<String, String>,
}

impl Default for Answer {
    fn default() -> Self {
        Self {
            status: 200,
            content_type: "application/json".into(),
            body: "{}".into(),
            delay_ms: 0,
            exit: None,
            headers: BTreeMap::new(),
        }
    }
}

#[derive(Clone)]
struct Files {
    record: String,
    script: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let files = Files { record: env::var("RECORD")?, script: env::var("SCRIPT")? };
    let named = |prefix: &str| {
        let variables = env::vars().filter(|(name, _)| name.starts_with(prefix));
        variables.collect::<BTreeMap<_, _>>()
    };
    let start = json!({
        "start": true, "arguments": env::args().skip(1).collect::<Vec<_>>(), "folder": env::current_dir()?,
        "functions": named("FUNCTIONS_"), "webjobs": named("AzureWebJobs"), "website": named("WEBSITE_"),
        "setting": env::var("FROM_SETTINGS").ok(),
    });
    write(&files.record, &start)?;
    if let Some(Answer { exit: Some(code), .. }) = script(&files.script, "start") {
        return leave(code);
    }
    let port: u16 = env::var("FUNCTIONS_CUSTOMHANDLER_PORT")?.parse()?;
    let router = Router::new().route("/", any(answer)).fallback(answer).with_state(files);
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    axum::serve(listener, router).await?;
    Ok(())
}

async fn answer(
    State(files): State<Files>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let names: BTreeMap<_, _> =
        headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap_or_default())).collect();
    let text = String::from_utf8_lossy(&body);
    let line = json!({ "method": method.as_str(), "uri": uri.to_string(), "headers": names, "body": text });
    if write(&files.record, &line).is_err() {
        return StatusCode::INSUFFICIENT_STORAGE.into_response();
    }
    let answer = script(&files.script, uri.path()).unwrap_or_default();
    tokio::time::sleep(Duration::from_millis(answer.delay_ms)).await;
    if let Some(code) = answer.exit
        && leave(code).is_err()
    {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let mut response = answer.body.into_response();
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or_default();
    let all = answer.headers.into_iter().chain([("content-type".to_owned(), answer.content_type)]);
    for (name, value) in all {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

#[expect(
    clippy::disallowed_methods,
    reason = "a handler that ends at once, with a given code, is what is tested"
)]
fn leave(code: i32) -> Result<(), Box<dyn Error>> {
    std::process::exit(code)
}

fn script(path: &str, request: &str) -> Option<Answer> {
    let script: Value = serde_json::from_str(&fs::read_to_string(path).ok()?).ok()?;
    serde_json::from_value(script.get(request)?.clone()).ok()
}

fn write(path: &str, line: &Value) -> Result<(), Box<dyn Error>> {
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    file.write_all(format!("{line}\n").as_bytes())?;
    Ok(())
}
