//! Reading blobs.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::condition::Conditions;
use super::{properties, range};
use crate::Storage;
use crate::error::{Code, StorageError};
use crate::name::ResourceName;
use crate::parameters::Parameters;
use crate::reply::set;

/// Get Blob, whole or by range, and Get Blob Properties (`HEAD`).
pub(crate) async fn read(
    State(storage): State<Storage>,
    Path((_, container, name)): Path<(String, String, String)>,
    parameters: Parameters,
    headers: HeaderMap,
) -> Result<Response, StorageError> {
    for unknown in ["comp", "snapshot", "versionid"] {
        if let Some(value) = parameters.text(unknown) {
            return Err(Code::NotImplemented.because(format!("{unknown}={value}")));
        }
    }
    let mut containers = storage.containers();
    let blob = containers.get(&ResourceName::parse(&container)?)?.blob(&name)?;
    Conditions::read(&headers)?.check_read(blob)?;
    let length = blob.content.len();
    let mut response = match range::requested(&headers, length)? {
        None => Body::from(blob.content.clone()).into_response(),
        Some(range) => {
            let last = range.end.saturating_sub(1);
            let content_range = format!("bytes {}-{last}/{length}", range.start);
            let part = Body::from(blob.content.slice(range));
            let mut response = (StatusCode::PARTIAL_CONTENT, part).into_response();
            set(response.headers_mut(), "content-range", &content_range);
            response
        }
    };
    properties::write_headers(response.headers_mut(), blob);
    Ok(response)
}
