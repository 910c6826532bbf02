//! HTTP functions: by route, forwarded as HTTP or wrapped in an envelope.

mod enveloped;
mod forwarded;

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;

use super::Context;
use crate::app::{Function, HttpMode, HttpTrigger, RouteParameters, Trigger};

/// Largest request body, in bytes; the real host's limit.
const BODY_LIMIT: usize = 104_857_600;

/// A caller's request, read whole.
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) uri: Uri,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// Finds the function whose route and methods fit, checks the key and calls it. Nothing fits: 404.
pub(crate) async fn serve(State(context): State<Context>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Some((function, parameters)) = find(&context, &parts.method, parts.uri.path()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let Trigger::Http(trigger) = &function.trigger else {
        return StatusCode::NOT_FOUND.into_response();
    };
    if let Err(status) =
        context.access.function(trigger.level, &parts.headers, parts.uri.query().unwrap_or_default())
    {
        return status.into_response();
    }
    let Ok(body) = axum::body::to_bytes(body, BODY_LIMIT).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let call = Call { method: parts.method, uri: parts.uri, headers: parts.headers, body };
    match context.app.host.http {
        HttpMode::Forwarded | HttpMode::Proxied if function.is_plain_http() => {
            forwarded::serve(&context, &function, call).await
        }
        _ => enveloped::serve(&context, &function, trigger, call, parameters).await,
    }
}

fn find(context: &Context, method: &Method, path: &str) -> Option<(Arc<Function>, RouteParameters)> {
    let path = below_prefix(path, &context.app.host.route_prefix)?;
    let fitting = context.app.functions.iter().filter_map(|function| {
        let Trigger::Http(trigger) = &function.trigger else { return None };
        let parameters = trigger.route.matches(path).filter(|_| allows(trigger, method))?;
        Some((trigger.route.precedence(), function, parameters))
    });
    let (_, function, parameters) = fitting.min_by(|(one, ..), (other, ..)| one.cmp(other))?;
    Some((function.clone(), parameters))
}

fn allows(trigger: &HttpTrigger, method: &Method) -> bool {
    trigger.methods.is_empty() || trigger.methods.iter().any(|allowed| allowed == method.as_str())
}

fn below_prefix<'a>(path: &'a str, prefix: &str) -> Option<&'a str> {
    let path = path.trim_start_matches('/');
    if prefix.is_empty() {
        return Some(path);
    }
    let head = path.get(..prefix.len())?;
    let rest = path.get(prefix.len()..)?;
    (head.eq_ignore_ascii_case(prefix) && (rest.is_empty() || rest.starts_with('/'))).then_some(rest)
}

/// A reply with a body that is known to be fine, or 500.
pub(super) fn reply(status: StatusCode, headers: HeaderMap, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prefix_is_a_whole_segment() {
        assert_eq!(below_prefix("/api/jobs", "api"), Some("/jobs"));
        assert_eq!(below_prefix("/API/jobs", "api"), Some("/jobs"));
        assert_eq!(below_prefix("/apijobs", "api"), None);
        assert_eq!(below_prefix("/jobs", ""), Some("jobs"));
        assert_eq!(below_prefix("/", "api"), None);
    }
}
