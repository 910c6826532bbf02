//! What callers and the host see when something goes wrong: ARM's error envelope, and the right status.

mod causes;

use std::time::Duration;

use axum::Json;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

const STORAGE_UNAVAILABLE: &str = "StorageUnavailable";
const NOT_SET_UP: &str = "NotSetUp";

/// A refusal or failure, ready to be sent.
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    retry_after: Option<u64>,
    /// Whether the log has it from elsewhere.
    is_logged: bool,
    error: Box<ErrorBody>,
}

/// ARM's error envelope.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Envelope {
    /// What went wrong.
    error: ErrorBody,
}

/// What went wrong: for people the message, for programs the code.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ErrorBody {
    /// A stable word: Azure's own, its innermost, where Azure refused.
    pub(crate) code: String,
    /// What is wrong with what, and what to do next.
    pub(crate) message: String,
    /// The single parts, where there are several: rules that deny, permissions that are missing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) details: Vec<Detail>,
    /// What Azure said, where Azure refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) innererror: Option<InnerError>,
}

/// One of several parts of a refusal.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Detail {
    /// A stable word.
    pub(crate) code: String,
    /// One sentence.
    pub(crate) message: String,
    /// What it is about: a rule, a scope, a field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) target: Option<String>,
}

/// Azure's refusal in Azure's words.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InnerError {
    /// Azure's code.
    pub(crate) code: String,
    /// Azure's message.
    pub(crate) message: String,
    /// What Azure recommends to do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) recommended_action: Vec<String>,
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

    /// An address that is there for other methods.
    pub(crate) fn method_not_allowed(message: impl Into<String>) -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed", message)
    }

    /// Not at present.
    pub(crate) fn conflict(code: &str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, message)
    }

    /// More than anybody needs.
    pub(crate) fn too_large(message: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "BodyTooLarge", message)
    }

    /// A body in another format.
    pub(crate) fn unsupported_media_type(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UnsupportedMediaType", message)
    }

    /// A mistake of ours.
    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "InternalError", message)
    }

    /// The handler is not set up, or could not be. The task that sets it up logs that, once.
    pub(crate) fn not_set_up(message: impl Into<String>, retry_after: Duration) -> Self {
        let retry_after = Some(retry_after.as_secs().max(1));
        let problem = Self::unavailable(NOT_SET_UP, message);
        Self { retry_after, is_logged: true, ..problem }
    }

    /// Whether it is that.
    pub(crate) fn is_of_set_up(&self) -> bool {
        self.error.code == NOT_SET_UP
    }

    /// Not now: storage does not answer, or refuses. Either passes, so that the host offers its input again.
    pub(crate) fn storage_unavailable(message: impl Into<String>) -> Self {
        Self::unavailable(STORAGE_UNAVAILABLE, message)
    }

    /// Whether it is that.
    pub(crate) fn is_of_storage(&self) -> bool {
        self.error.code == STORAGE_UNAVAILABLE
    }

    /// Not now: something that is needed does not answer.
    pub(crate) fn unavailable(code: &str, message: impl Into<String>) -> Self {
        Self { retry_after: Some(30), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, code, message) }
    }

    /// The same with its single parts.
    pub(crate) fn with(mut self, details: Vec<Detail>) -> Self {
        self.error.details = details;
        self
    }

    /// The same with what Azure said.
    pub(crate) fn because(mut self, innererror: Option<InnerError>) -> Self {
        self.error.innererror = innererror;
        self
    }

    /// The status that is answered.
    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    /// A stable word for what is wrong.
    pub(crate) fn code(&self) -> &str {
        &self.error.code
    }

    /// What is wrong, and what to do next.
    pub(crate) fn message(&self) -> &str {
        &self.error.message
    }

    /// The single parts.
    pub(crate) fn details(&self) -> &[Detail] {
        &self.error.details
    }

    /// Logs a failure of ours or of Azure's, unless the log has it from elsewhere.
    pub(crate) fn log(&self) {
        if self.status.is_server_error() && !self.is_logged {
            tracing::error!(status = self.status.as_u16(), code = self.error.code, "{}", self.error.message);
        }
    }

    fn new(status: StatusCode, code: &str, message: impl Into<String>) -> Self {
        Self { status, retry_after: None, is_logged: false, error: Box::new(ErrorBody::new(code, message)) }
    }
}

impl ErrorBody {
    /// An error without parts.
    pub(crate) fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into(), details: Vec::new(), innererror: None }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        self.log();
        let mut headers = HeaderMap::new();
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        (self.status, headers, Json(Envelope { error: *self.error })).into_response()
    }
}
