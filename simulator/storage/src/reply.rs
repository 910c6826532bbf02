//! Headers that every reply of both services carries, and those that replies share.

use std::collections::BTreeMap;

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use uuid::Uuid;

use crate::clock::time_of_day;
use crate::error::{Code, StorageError};

/// A resource's metadata, names in lower case.
pub(crate) type Metadata = BTreeMap<String, String>;

const METADATA_PREFIX: &str = "x-ms-meta-";

/// Adds `x-ms-request-id`, `x-ms-version` and `Date`, and returns the caller's own request id.
pub(crate) async fn add_service_headers(request: Request, next: Next) -> Response {
    let echoed = ["x-ms-version", "x-ms-client-request-id"].map(HeaderName::from_static);
    let echoes: Vec<_> = echoed
        .into_iter()
        .filter_map(|name| Some((name.clone(), request.headers().get(&name)?.clone())))
        .collect();
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.extend(echoes);
    set(headers, "x-ms-request-id", &Uuid::new_v4().to_string());
    set(headers, header::DATE.as_str(), &http_date(time_of_day()));
    response
}

/// A moment as HTTP writes it: `Sat, 21 Nov 2026 01:48:21 GMT`, cut to whole seconds.
pub(crate) fn http_date(at: Timestamp) -> String {
    let printer = DateTimePrinter::new();
    printer.timestamp_to_rfc9110_string(&at).unwrap_or_else(|_| at.to_string())
}

/// Sets a header; a value that HTTP cannot carry is left out.
pub(crate) fn set(headers: &mut HeaderMap, name: &str, value: &str) {
    match (HeaderName::try_from(name), HeaderValue::from_bytes(value.as_bytes())) {
        (Ok(name), Ok(value)) => {
            headers.insert(name, value);
        }
        _ => tracing::warn!(name, "left out a header that HTTP cannot carry"),
    }
}

/// The text of a header, if it is there and readable.
pub(crate) fn header_text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// The metadata that a request carries.
pub(crate) fn read_metadata(headers: &HeaderMap) -> Result<Metadata, StorageError> {
    headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str().strip_prefix(METADATA_PREFIX)?, value)))
        .map(|(name, value)| {
            let value = value
                .to_str()
                .map_err(|_| Code::InvalidHeaderValue.because(format!("{METADATA_PREFIX}{name}")))?;
            Ok((name.to_owned(), value.to_owned()))
        })
        .collect()
}

/// Shows the metadata in a reply.
pub(crate) fn write_metadata(headers: &mut HeaderMap, metadata: &Metadata) {
    for (name, value) in metadata {
        set(headers, &format!("{METADATA_PREFIX}{name}"), value);
    }
}
