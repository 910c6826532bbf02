//! Azure Storage's error codes and how they look on the wire.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::clock::time_of_day;
use crate::xml::Document;

/// A refusal in Azure's words; `detail` adds which value was at fault.
#[derive(Debug)]
pub(crate) struct StorageError {
    code: Code,
    detail: Option<String>,
}

/// The codes that the two services share or have for themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    AuthenticationFailed,
    AuthorizationPermissionMismatch,
    BlobAlreadyExists,
    BlobArchived,
    BlobNotFound,
    ConditionNotMet,
    ContainerAlreadyExists,
    ContainerNotFound,
    InvalidBlobType,
    InvalidBlockList,
    InvalidHeaderValue,
    InvalidMarker,
    InvalidQueryParameterValue,
    InvalidRange,
    InvalidResourceName,
    InvalidUri,
    InvalidXmlDocument,
    MessageNotFound,
    MissingRequiredHeader,
    NoAuthenticationInformation,
    NotImplemented,
    NotModified,
    OutOfRangeQueryParameterValue,
    PopReceiptMismatch,
    QueueAlreadyExists,
    QueueNotFound,
    RequestBodyTooLarge,
    ResourceNotFound,
    UnauthorizedBlobOverwrite,
}

impl Code {
    fn wire(self) -> (StatusCode, &'static str, &'static str) {
        use StatusCode as S;
        match self {
            Self::AuthenticationFailed => (
                S::FORBIDDEN,
                "AuthenticationFailed",
                "Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly including the signature.",
            ),
            Self::AuthorizationPermissionMismatch => (
                S::FORBIDDEN,
                "AuthorizationPermissionMismatch",
                "This request is not authorized to perform this operation using this permission.",
            ),
            Self::BlobAlreadyExists => {
                (S::CONFLICT, "BlobAlreadyExists", "The specified blob already exists.")
            }
            Self::BlobArchived => {
                (S::CONFLICT, "BlobArchived", "This operation is not permitted on an archived blob.")
            }
            Self::BlobNotFound => (S::NOT_FOUND, "BlobNotFound", "The specified blob does not exist."),
            Self::ConditionNotMet => (
                S::PRECONDITION_FAILED,
                "ConditionNotMet",
                "The condition specified using HTTP conditional header(s) is not met.",
            ),
            Self::ContainerAlreadyExists => {
                (S::CONFLICT, "ContainerAlreadyExists", "The specified container already exists.")
            }
            Self::ContainerNotFound => {
                (S::NOT_FOUND, "ContainerNotFound", "The specified container does not exist.")
            }
            Self::InvalidBlobType => {
                (S::BAD_REQUEST, "InvalidHeaderValue", "Only block blobs are served here.")
            }
            Self::InvalidBlockList => {
                (S::BAD_REQUEST, "InvalidBlockList", "The specified block list is invalid.")
            }
            Self::InvalidHeaderValue => (
                S::BAD_REQUEST,
                "InvalidHeaderValue",
                "The value for one of the HTTP headers is not in the correct format.",
            ),
            Self::InvalidMarker => {
                (S::BAD_REQUEST, "OutOfRangeInput", "The marker was not issued by this service.")
            }
            Self::InvalidQueryParameterValue => (
                S::BAD_REQUEST,
                "InvalidQueryParameterValue",
                "Value for one of the query parameters specified in the request URI is invalid.",
            ),
            Self::InvalidRange => (
                S::RANGE_NOT_SATISFIABLE,
                "InvalidRange",
                "The range specified is invalid for the current size of the resource.",
            ),
            Self::InvalidResourceName => (
                S::BAD_REQUEST,
                "InvalidResourceName",
                "The specified resource name contains invalid characters.",
            ),
            Self::InvalidUri => (
                S::BAD_REQUEST,
                "InvalidUri",
                "The requested URI does not represent any resource on the server.",
            ),
            Self::InvalidXmlDocument => {
                (S::BAD_REQUEST, "InvalidXmlDocument", "XML specified is not syntactically valid.")
            }
            Self::MessageNotFound => {
                (S::NOT_FOUND, "MessageNotFound", "The specified message does not exist.")
            }
            Self::MissingRequiredHeader => (
                S::BAD_REQUEST,
                "MissingRequiredHeader",
                "An HTTP header that's mandatory for this request is not specified.",
            ),
            Self::NoAuthenticationInformation => (
                S::UNAUTHORIZED,
                "NoAuthenticationInformation",
                "Server failed to authenticate the request. Please refer to the information in the www-authenticate header.",
            ),
            Self::NotImplemented => {
                (S::NOT_IMPLEMENTED, "NotImplemented", "The simulator does not serve this operation.")
            }
            Self::NotModified => (
                S::NOT_MODIFIED,
                "ConditionNotMet",
                "The condition specified using HTTP conditional header(s) is not met.",
            ),
            Self::OutOfRangeQueryParameterValue => (
                S::BAD_REQUEST,
                "OutOfRangeQueryParameterValue",
                "One of the query parameters specified in the request URI is outside the permissible range.",
            ),
            Self::PopReceiptMismatch => (
                S::BAD_REQUEST,
                "PopReceiptMismatch",
                "The specified pop receipt did not match the pop receipt for a dequeued message.",
            ),
            Self::QueueAlreadyExists => {
                (S::CONFLICT, "QueueAlreadyExists", "The specified queue already exists.")
            }
            Self::QueueNotFound => (S::NOT_FOUND, "QueueNotFound", "The specified queue does not exist."),
            Self::RequestBodyTooLarge => (
                S::PAYLOAD_TOO_LARGE,
                "RequestBodyTooLarge",
                "The request body is too large and exceeds the maximum permissible limit.",
            ),
            Self::ResourceNotFound => {
                (S::NOT_FOUND, "ResourceNotFound", "The specified resource does not exist.")
            }
            Self::UnauthorizedBlobOverwrite => (
                S::FORBIDDEN,
                "UnauthorizedBlobOverwrite",
                "This request is not authorized to perform blob overwrites.",
            ),
        }
    }

    /// The same code with the value that was at fault.
    pub(crate) fn because(self, detail: impl Into<String>) -> StorageError {
        StorageError { code: self, detail: Some(detail.into()) }
    }
}

impl From<Code> for StorageError {
    fn from(code: Code) -> Self {
        Self { code, detail: None }
    }
}

impl IntoResponse for StorageError {
    fn into_response(self) -> Response {
        let (status, code, message) = self.code.wire();
        tracing::debug!(%status, code, detail = self.detail.as_deref(), "request refused");
        let mut response = if status == StatusCode::NOT_MODIFIED {
            status.into_response()
        } else {
            (status, [(header::CONTENT_TYPE, "application/xml")], self.body(code, message)).into_response()
        };
        let headers = response.headers_mut();
        headers.insert("x-ms-error-code", HeaderValue::from_static(code));
        if self.code == Code::NoAuthenticationInformation {
            headers.insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static(
                    "Bearer authorization_uri=https://login.microsoftonline.com/common/oauth2/authorize resource_id=https://storage.azure.com",
                ),
            );
        }
        response
    }
}

impl StorageError {
    fn body(&self, code: &str, message: &str) -> String {
        let mut document = Document::new("Error");
        document.text("Code", code);
        document.text("Message", &format!("{message}\nTime:{}", time_of_day()));
        if let Some(detail) = &self.detail {
            document.text("AuthenticationErrorDetail", detail);
        }
        document.finish()
    }
}
