//! The Event Grid webhook: `/runtime/webhooks/eventgrid?functionName=…`.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::Context;
use crate::app::{EventGridTrigger, Function, Trigger};
use crate::invocation::{Encoded, Envelope};

/// Whom a CloudEvents sender may speak for, if it names nobody on the list.
const DEFAULT_ORIGIN: &str = "eventgrid.azure.net";

/// Answers Event Grid, or any other extension's webhook with 404.
pub(crate) async fn webhook(
    State(context): State<Context>,
    Path(extension): Path<String>,
    uri: Uri,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let query = uri.query().unwrap_or_default();
    if let Err(status) = context.access.webhook(&headers, query) {
        return status.into_response();
    }
    if !extension.eq_ignore_ascii_case("eventgrid") {
        return StatusCode::NOT_FOUND.into_response();
    }
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    let name =
        pairs.find_map(|(key, value)| key.eq_ignore_ascii_case("functionName").then(|| value.into_owned()));
    let name = name.unwrap_or_default();
    let found =
        context.app.function(&name).filter(|function| matches!(function.trigger, Trigger::EventGrid(_)));
    let Some(function) = found.cloned() else {
        return (StatusCode::NOT_FOUND, format!("cannot find function: '{name}'")).into_response();
    };
    if method == Method::OPTIONS {
        return allow_origin(&headers);
    }
    let kind = headers.get("aeg-event-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
    match kind.to_ascii_lowercase().as_str() {
        "subscriptionvalidation" => validate(&body),
        "notification" => notify(context, function, &body).await,
        "unsubscribe" => StatusCode::ACCEPTED.into_response(),
        _ => StatusCode::BAD_REQUEST.into_response(),
    }
}

fn allow_origin(headers: &HeaderMap) -> Response {
    if !headers.contains_key("webhook-request-origin") {
        return StatusCode::BAD_REQUEST.into_response();
    }
    let allowed = HeaderName::from_static("webhook-allowed-origin");
    ([(allowed, DEFAULT_ORIGIN)], StatusCode::OK).into_response()
}

/// Returns the code that proves the endpoint's consent. CloudEvents carry it in data that is itself JSON text.
fn validate(body: &Bytes) -> Response {
    let event: Value = serde_json::from_slice(body).unwrap_or_default();
    let direct = event.pointer("/0/data/validationCode").cloned();
    let nested = || {
        let data: Value = serde_json::from_str(event.get("data")?.as_str()?).ok()?;
        data.get("validationCode").cloned()
    };
    match direct.or_else(nested) {
        // The real host sends this JSON as text/plain.
        Some(code) => json!({ "validationResponse": code }).to_string().into_response(),
        None => failed("the validation event carries no validationCode"),
    }
}

/// One invocation for each event, all at once, or one for all; any failure fails the whole delivery.
async fn notify(context: Context, function: Arc<Function>, body: &Bytes) -> Response {
    let Trigger::EventGrid(trigger) = &function.trigger else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let events = match serde_json::from_slice(body) {
        Ok(Value::Array(events)) => events,
        Ok(event @ Value::Object(_)) => vec![event],
        Ok(_) => return failed("the body is neither an array nor an object"),
        Err(error) => return failed(&format!("the body is not JSON: {error}")),
    };
    let mut invocations = JoinSet::new();
    for envelope in envelopes(trigger, events) {
        let (context, function) = (context.clone(), function.clone());
        invocations.spawn(async move { context.invoker.invoke(&function, envelope).await.map(drop) });
    }
    let mut failure = None;
    while let Some(ended) = invocations.join_next().await {
        match ended {
            Ok(Ok(())) => {}
            Ok(Err(error)) => failure = Some(error.to_string()),
            Err(error) => failure = Some(error.to_string()),
        }
    }
    match failure {
        None => StatusCode::ACCEPTED.into_response(),
        Some(failure) => failed(&failure),
    }
}

fn envelopes(trigger: &EventGridTrigger, events: Vec<Value>) -> Vec<Envelope> {
    if !trigger.many {
        return events.iter().map(|event| envelope(&trigger.name, event)).collect();
    }
    let data: Vec<Value> = events.iter().filter_map(|event| event.get("data").cloned()).collect();
    let mut envelope = Envelope::new(&trigger.name, Encoded::json(&Value::Array(events)));
    envelope.add_metadata("data", Encoded::json(&Value::Array(data)));
    vec![envelope]
}

/// The envelope of one event: the event as it is, and its data once more as metadata.
pub(crate) fn envelope(binding: &str, event: &Value) -> Envelope {
    let mut envelope = Envelope::new(binding, Encoded::json(event));
    if let Some(data) = event.get("data").filter(|data| !data.is_null()) {
        envelope.add_metadata("data", Encoded::json(data));
    }
    envelope
}

fn failed(reason: &str) -> Response {
    (StatusCode::INTERNAL_SERVER_ERROR, reason.to_owned()).into_response()
}
