//! What callers and the host see when something goes wrong: ARM's error envelope, and the right status.

use axum::Json;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use holdfast_protection::backup::BackupError;
use holdfast_protection::plan::Impossible;
use holdfast_protection::ports::StorageError;
use holdfast_protection::{AzureError, ResourceIdError};
use serde_json::json;

use crate::callers::Rejected;
use crate::envelope::BadInvocation;

/// A refusal or failure, ready to be sent.
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    code: String,
    message: String,
    retry_after: Option<u64>,
}

impl Problem {
    /// A request that names nothing usable.
    pub(crate) fn bad_request(code: &str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    /// A caller that says who it is, and is not believed.
    pub(crate) fn unauthenticated(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "Unauthenticated", message)
    }

    /// A caller that may not do this.
    pub(crate) fn forbidden(code: &str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, code, message)
    }

    /// A thing that is not there.
    pub(crate) fn not_found(code: &str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, message)
    }

    /// Not as things stand.
    pub(crate) fn conflict(code: &str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, message)
    }

    /// Not now: the handler is not set up, or could not be.
    pub(crate) fn unavailable(code: &str, message: impl Into<String>) -> Self {
        Self { retry_after: Some(30), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, code, message) }
    }

    fn new(status: StatusCode, code: &str, message: impl Into<String>) -> Self {
        Self { status, code: code.to_owned(), message: message.into(), retry_after: None }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        if self.status.is_server_error() {
            tracing::error!(status = self.status.as_u16(), code = self.code, "{}", self.message);
        }
        let mut headers = HeaderMap::new();
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        let body = json!({ "error": { "code": self.code, "message": self.message } });
        (self.status, headers, Json(body)).into_response()
    }
}

/// Temporary by nature: the host offers the message or event again.
impl From<StorageError> for Problem {
    fn from(error: StorageError) -> Self {
        Self::unavailable("StorageUnavailable", error.to_string())
    }
}

impl From<Rejected> for Problem {
    fn from(error: Rejected) -> Self {
        Self::unauthenticated(error.to_string())
    }
}

impl From<BadInvocation> for Problem {
    fn from(error: BadInvocation) -> Self {
        Self::bad_request("BadInvocation", error.to_string())
    }
}

impl From<ResourceIdError> for Problem {
    fn from(error: ResourceIdError) -> Self {
        Self::bad_request("BadResourceId", error.to_string())
    }
}

impl From<Impossible> for Problem {
    fn from(impossible: Impossible) -> Self {
        Self::new(StatusCode::CONFLICT, &impossible.code, impossible.to_string())
    }
}

impl From<AzureError> for Problem {
    fn from(error: AzureError) -> Self {
        let (status, retry_after) = match &error {
            AzureError::Refused { refusal, .. } => {
                (StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::BAD_GATEWAY), None)
            }
            AzureError::Throttled { retry_after, .. } => {
                (StatusCode::TOO_MANY_REQUESTS, Some(retry_after.as_secs().max(1)))
            }
            AzureError::Unavailable { retry_after, .. } => {
                (StatusCode::BAD_GATEWAY, retry_after.map(|wait| wait.as_secs().max(1)))
            }
            AzureError::Unreadable { .. } | AzureError::Unauthenticated { .. } => {
                (StatusCode::BAD_GATEWAY, None)
            }
            AzureError::Unsendable { .. } => (StatusCode::BAD_REQUEST, None),
        };
        // A refusal that came from polling has status 200.
        let status = if status.is_success() { StatusCode::CONFLICT } else { status };
        Self { status, code: error.code().to_owned(), message: error.to_string(), retry_after }
    }
}

impl From<BackupError> for Problem {
    fn from(error: BackupError) -> Self {
        match error {
            BackupError::Impossible(impossible) => impossible.into(),
            BackupError::Azure(error) => error.into(),
        }
    }
}
