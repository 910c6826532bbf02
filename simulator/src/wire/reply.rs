//! What a provider answers, before the front adds its own headers.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::{Call, json};

/// The query parameter that says how many items the pages before held; what it holds is the service's own affair.
const SKIP: &str = "$skipToken";

/// Status, headers and an optional JSON body.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Option<Value>,
}

impl Reply {
    pub(crate) fn new(status: StatusCode, body: Value) -> Self {
        Self { status, headers: Vec::new(), body: Some(body) }
    }

    pub(crate) fn ok(body: Value) -> Self {
        Self::new(StatusCode::OK, body)
    }

    /// An answer without a body.
    pub(crate) fn empty(status: StatusCode) -> Self {
        Self { status, headers: Vec::new(), body: None }
    }

    /// A page that holds everything.
    pub(crate) fn list(values: Vec<Value>) -> Self {
        Self::ok(serde_json::json!({ "value": values }))
    }

    /// A page of so many of these, and where the next one is: cut short, so that every client follows the link.
    pub(crate) fn page(call: &Call, values: Vec<Value>, size: usize) -> Self {
        let from: usize = call.parameter(SKIP).and_then(|text| text.parse().ok()).unwrap_or(0);
        let all = values.len();
        let page: Vec<Value> = values.into_iter().skip(from).take(size).collect();
        let next = from.saturating_add(page.len());
        let mut body = serde_json::json!({ "value": page });
        if next < all {
            // A filter holds for every page.
            let others = call.query.iter().filter(|(name, _)| !name.eq_ignore_ascii_case(SKIP));
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            for (name, value) in others {
                query.append_pair(name, value);
            }
            query.append_pair(SKIP, &next.to_string());
            let link = format!("{}{}?{}", call.base, call.raw_path, query.finish());
            json::set(&mut body, &["nextLink"], link.into());
        }
        Self::ok(body)
    }

    pub(crate) fn with_header(mut self, name: &'static str, value: impl ToString) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let body = self.body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        if !matches!(self.status, StatusCode::NO_CONTENT) {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
        }
        for (name, value) in self.headers {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                headers.insert(name, value);
            }
        }
        response
    }
}
