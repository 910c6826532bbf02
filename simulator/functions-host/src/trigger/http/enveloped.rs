//! HTTP calls that reach the handler as an invocation, and their replies from the `http` output.

use axum::body::Body;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value, json};

use super::super::Context;
use super::{Call, reply};
use crate::app::{Function, HttpTrigger, Output, RouteParameters};
use crate::invocation::{Encoded, Envelope, Reply};

/// Invokes the function and answers what its `http` output says.
pub(super) async fn serve(
    context: &Context,
    function: &Function,
    trigger: &HttpTrigger,
    call: Call,
    parameters: RouteParameters,
) -> Response {
    let envelope = envelope(&context.url, trigger, &call, &parameters);
    match context.invoker.invoke(function, envelope).await {
        Ok(reply) => answer(function, &reply),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn envelope(host: &str, trigger: &HttpTrigger, call: &Call, parameters: &RouteParameters) -> Envelope {
    let query: Map<String, Value> =
        url::form_urlencoded::parse(call.uri.query().unwrap_or_default().as_bytes())
            .map(|(name, value)| (name.into_owned(), Value::String(value.into_owned())))
            .collect();
    let mut request = json!({
        "Url": format!("{host}{}", call.uri),
        "Method": call.method.as_str(),
        "Query": query,
        "Headers": header_values(&call.headers, |values| json!(values)),
        "Params": parameters,
        "Identities": [anonymous()],
    });
    if let (Some(body), Some(members)) = (body(call), request.as_object_mut()) {
        members.insert("Body".into(), body);
    }
    let mut envelope = Envelope::new(&trigger.name, Encoded::json(&request));
    for (name, value) in &query {
        envelope.add_metadata(name, Encoded::json(value));
    }
    for (name, value) in parameters {
        envelope.add_metadata(name, Encoded::text(value));
    }
    envelope.add_metadata("Query", Encoded::json(&Value::Object(query)));
    let headers = header_values(&call.headers, |values| json!(values.join(",")));
    envelope.add_metadata("Headers", Encoded::json(&Value::Object(headers)));
    envelope
}

/// Headers under their names as .NET spells them.
fn header_values(headers: &HeaderMap, value: impl Fn(Vec<&str>) -> Value) -> Map<String, Value> {
    let values = |name| headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect();
    headers.keys().map(|name| (title_case(name.as_str()), value(values(name)))).collect()
}

fn title_case(name: &str) -> String {
    let capital = |word: &str| {
        let mut characters = word.chars();
        characters
            .next()
            .map(|first| first.to_ascii_uppercase().to_string() + characters.as_str())
            .unwrap_or_default()
    };
    name.split('-').map(capital).collect::<Vec<_>>().join("-")
}

fn anonymous() -> Value {
    json!({
        "AuthenticationType": null, "IsAuthenticated": false, "Actor": null, "BootstrapContext": null, "Claims": [],
        "Label": null, "Name": null,
        "NameClaimType": "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name",
        "RoleClaimType": "http://schemas.microsoft.com/ws/2008/06/identity/claims/role",
    })
}

/// Text as it is, bytes and forms as Base64; only a body with a stated length counts.
fn body(call: &Call) -> Option<Value> {
    if !call.headers.contains_key(CONTENT_LENGTH) || call.body.is_empty() {
        return None;
    }
    let media_type = call.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let binary = media_type.contains("octet-stream") || media_type.contains("multipart/");
    Some(Value::String(if binary {
        BASE64_STANDARD.encode(&call.body)
    } else {
        String::from_utf8_lossy(&call.body).into_owned()
    }))
}

fn answer(function: &Function, given: &Reply) -> Response {
    let name = function.outputs.iter().find(|output| matches!(output, Output::Http { .. })).map(Output::name);
    let Some(value) = name.and_then(|name| given.output(name)) else {
        return StatusCode::OK.into_response();
    };
    let Value::Object(members) = value else {
        return text(value).into_response();
    };
    let member = |wanted: &str| {
        members.iter().find_map(|(name, value)| name.eq_ignore_ascii_case(wanted).then_some(value))
    };
    let status =
        member("statusCode").or_else(|| member("status")).and_then(status_code).unwrap_or(StatusCode::OK);
    let mut headers = HeaderMap::new();
    for (name, value) in member("headers").and_then(Value::as_object).into_iter().flatten() {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(text(value))) {
            headers.insert(name, value);
        }
    }
    let body = member("body").map(text).unwrap_or_default();
    reply(status, headers, Body::from(body))
}

/// A number, or its text.
fn status_code(value: &Value) -> Option<StatusCode> {
    text(value).parse::<u16>().ok().and_then(|code| StatusCode::from_u16(code).ok())
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
