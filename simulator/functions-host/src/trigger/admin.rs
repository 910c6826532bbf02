//! The admin endpoints: a function's manual run, and how the host is.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Context, event_grid, queue, timer};
use crate::app::{AuthLevel, Function, Trigger};
use crate::invocation::{Envelope, HOST_VERSION};
use crate::worker::WorkerState;

#[derive(Deserialize)]
struct ManualRun {
    #[serde(default)]
    input: String,
}

/// `POST /admin/functions/<name>` with `{"input":"…"}`: 202, and the function runs with that text as its trigger value.
pub(crate) async fn run(
    State(context): State<Context>,
    Path(name): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Err(status) = context.access.function(AuthLevel::Admin, &headers, uri.query().unwrap_or_default())
    {
        return status.into_response();
    }
    let Some(function) = context.app.function(&name).cloned() else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let input = match serde_json::from_slice::<ManualRun>(&body) {
        Ok(run) => run.input,
        Err(_) if body.is_empty() => String::new(),
        Err(error) => {
            let message = format!("the body must be {{\"input\":\"...\"}}: {error}");
            return (StatusCode::BAD_REQUEST, message).into_response();
        }
    };
    match envelope(&function, &input) {
        Ok(envelope) => {
            // The invoker logs a failure; the caller has its answer before.
            tokio::spawn(async move { context.invoker.invoke(&function, envelope).await.map(drop) });
            StatusCode::ACCEPTED.into_response()
        }
        Err(message) => (StatusCode::BAD_REQUEST, message).into_response(),
    }
}

fn envelope(function: &Function, input: &str) -> Result<Envelope, String> {
    match &function.trigger {
        Trigger::EventGrid(trigger) => {
            let event: Value = serde_json::from_str(input)
                .map_err(|error| format!("input must be an event's JSON text: {error}"))?;
            Ok(event_grid::envelope(&trigger.name, &event))
        }
        Trigger::Queue(trigger) => Ok(queue::manual_envelope(&trigger.name, input)),
        Trigger::Timer(trigger) => Ok(timer::envelope(trigger, None, Timestamp::now())),
        Trigger::Http(_) => Err("call an HTTP function by its route".into()),
    }
}

/// `GET /admin/host/status`: as the real one, with the handler's process added.
pub(crate) async fn status(State(context): State<Context>, uri: Uri, headers: HeaderMap) -> Response {
    if let Err(status) = context.access.function(AuthLevel::Admin, &headers, uri.query().unwrap_or_default())
    {
        return status.into_response();
    }
    let (state, errors) = match context.worker.state() {
        WorkerState::Starting => ("Initialized", Vec::new()),
        WorkerState::Ready(_) => ("Running", Vec::new()),
        WorkerState::Stopped(reason) => ("Error", vec![reason]),
    };
    let rejected = context.app.rejected.iter().map(ToString::to_string);
    let functions: Vec<&str> = context.app.functions.iter().map(|function| function.name.as_str()).collect();
    Json(json!({
        "id": "functions-host-stand-in",
        "state": state,
        "version": HOST_VERSION,
        "errors": errors.into_iter().chain(rejected).collect::<Vec<_>>(),
        "functions": functions,
        "handler": { "pid": context.worker.pid(), "restarts": context.worker.restarts() },
    }))
    .into_response()
}
