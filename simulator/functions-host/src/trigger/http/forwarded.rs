//! HTTP calls that reach the handler as HTTP.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::header::{
    CONNECTION, CONTENT_LENGTH, HeaderName, HeaderValue, TRANSFER_ENCODING, UPGRADE, USER_AGENT,
};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use url::Url;
use uuid::Uuid;

use super::super::Context;
use super::{Call, reply};
use crate::access::Access;
use crate::app::{Function, HttpMode};
use crate::invocation::{self, HOST_VERSION, InvocationError};
use crate::journal::Event;

/// Headers that belong to one connection only.
const HOP_BY_HOP: [HeaderName; 4] =
    [CONNECTION, TRANSFER_ENCODING, UPGRADE, HeaderName::from_static("keep-alive")];

/// Passes the call on and its reply back.
pub(super) async fn serve(context: &Context, function: &Function, call: Call) -> Response {
    let (name, id) = (function.name.to_string(), Uuid::new_v4().to_string());
    context.journal.write(Event::InvocationStarted { function: name.clone(), invocation: id.clone() });
    match forward(context, call, &id).await {
        Ok(response) => {
            context.journal.write(Event::InvocationSucceeded { function: name, invocation: id });
            response
        }
        Err(error) => {
            tracing::warn!(function = name, invocation = id, "the invocation failed: {error}");
            context.journal.write(Event::InvocationFailed {
                function: name,
                invocation: id,
                reason: error.to_string(),
            });
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

async fn forward(context: &Context, call: Call, id: &str) -> Result<Response, InvocationError> {
    let proxied = context.app.host.http == HttpMode::Proxied;
    let port = context.invoker.wait_until_ready().await?;
    let url = format!("http://127.0.0.1:{port}{}", target(&call.uri, proxied));
    let limit = context.invoker.function_timeout();
    let request = context
        .invoker
        .client()
        .request(call.method.clone(), url)
        .headers(headers(context, &call, id, proxied))
        .body(body(&call, proxied));
    let Ok(answered) = tokio::time::timeout(limit, request.send()).await else {
        context.worker.restart().await;
        return Err(InvocationError::TimedOut(limit));
    };
    let answer = answered.map_err(invocation::unreachable)?;
    let (status, mut headers) = (answer.status(), answer.headers().clone());
    for name in HOP_BY_HOP {
        headers.remove(name);
    }
    if proxied {
        return Ok(reply(status, headers, Body::new(reqwest::Body::from(answer))));
    }
    let body = answer.bytes().await.map_err(invocation::unreachable)?;
    Ok(reply(status, headers, Body::from(body)))
}

/// Path and query; forwarding makes an address of the path, and joins the values of a repeated parameter with commas.
fn target(uri: &Uri, proxied: bool) -> String {
    let path = if proxied { uri.path().to_owned() } else { as_address(uri.path()) };
    let Some(query) = uri.query().filter(|query| !query.is_empty()) else {
        return path;
    };
    if proxied {
        return format!("{path}?{query}");
    }
    let mut order = Vec::new();
    let mut values = BTreeMap::<String, Vec<String>>::new();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        if !values.contains_key(name.as_ref()) {
            order.push(name.to_string());
        }
        values.entry(name.into_owned()).or_default().push(value.into_owned());
    }
    let joined = order.iter().filter_map(|name| Some((name, values.get(name)?.join(","))));
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(joined).finish();
    format!("{path}?{query}")
}

/// A path as `new Uri(request.GetDisplayUrl())` has it: a backslash is a slash, and what `..` follows is gone.
fn as_address(path: &str) -> String {
    let address = Url::parse(&format!("http://host{}", unescaped(path)));
    address.map_or_else(|_| path.to_owned(), |address| address.path().to_owned())
}

/// A path without its escapes, but for those of slashes and of what is no visible ASCII.
fn unescaped(path: &str) -> String {
    let mut parts = path.split('%');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let byte = part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match byte.filter(|byte| byte.is_ascii_graphic() && *byte != b'/') {
            Some(byte) => {
                text.push(char::from(byte));
                text.push_str(part.get(2..).unwrap_or_default());
            }
            None => {
                text.push('%');
                text.push_str(part);
            }
        }
    }
    text
}

/// What was sent and what the host adds; in Azure, its front end names what was asked for.
fn headers(context: &Context, call: &Call, id: &str, proxied: bool) -> HeaderMap {
    let sent = &call.headers;
    let mut headers = sent.clone();
    for name in HOP_BY_HOP {
        headers.remove(name);
    }
    headers.remove(CONTENT_LENGTH);
    let agent = sent.get(USER_AGENT).and_then(|value| value.to_str().ok());
    let agent = match agent {
        Some(agent) => format!("{agent} {}", invocation::USER_AGENT),
        None => invocation::USER_AGENT.to_owned(),
    };
    let mut set = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    set("user-agent", &agent);
    set("x-azure-functions-hostversion", HOST_VERSION);
    set("x-azure-functions-invocationid", id);
    if proxied {
        set("x-ms-invocation-id", id);
    }
    if matches!(context.access, Access::Keys(_)) {
        set("x-arr-log-id", id);
        let asked = call.uri.path_and_query().map_or("/", |asked| asked.as_str());
        set("x-original-url", asked);
        set("x-waws-unencoded-url", asked);
    }
    headers
}

/// Forwarding looks at Content-Length only, and so loses a chunked body.
fn body(call: &Call, proxied: bool) -> Bytes {
    if proxied || call.headers.contains_key(CONTENT_LENGTH) {
        return call.body.clone();
    }
    if !call.body.is_empty() {
        tracing::warn!(
            path = call.uri.path(),
            "dropped a chunked body, as the host does with enableForwardingHttpRequest"
        );
    }
    Bytes::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rebuilds_the_query_unless_it_proxies() {
        let uri = Uri::from_static("/api/x?b=2&a=1&b=%203");
        assert_eq!(target(&uri, true), "/api/x?b=2&a=1&b=%203");
        assert_eq!(target(&uri, false), "/api/x?b=2%2C+3&a=1");
        assert_eq!(target(&Uri::from_static("/api/x?"), false), "/api/x");
    }

    #[test]
    fn forwards_to_what_an_address_makes_of_the_path() {
        for (asked, made) in [
            ("/api/ui/..%5C..%5cWork?a=1", "/Work?a=1"),
            ("/api/ui/..%2Fjobs", "/api/ui/..%2Fjobs"),
            ("/api/jobs/%C3%BC%20%7e", "/api/jobs/%C3%BC%20~"),
        ] {
            assert_eq!(target(&Uri::from_static(asked), false), made);
            assert_eq!(target(&Uri::from_static(asked), true), asked);
        }
    }
}
