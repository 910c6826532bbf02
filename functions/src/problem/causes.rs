//! Which status and words each error of ours gets.

use axum::http::StatusCode;
use holdfast_export::ExportError;
use holdfast_protection::impossible::Impossible;
use holdfast_protection::operations::OperationError;
use holdfast_protection::ports::StorageError;
use holdfast_protection::retry::RetryError;
use holdfast_protection::sweep::SweepError;
use holdfast_protection::{AzureError, Refusal, ResourceIdError};

use super::{ErrorBody, InnerError, Problem};
use crate::envelope::BadInvocation;

impl From<StorageError> for Problem {
    fn from(error: StorageError) -> Self {
        Self::storage_unavailable(error.to_string())
    }
}

impl From<SweepError> for Problem {
    fn from(error: SweepError) -> Self {
        match error {
            SweepError::Azure(error) => error.into(),
            SweepError::Storage(error) => error.into(),
        }
    }
}

impl From<ExportError> for Problem {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Azure(error) => error.into(),
            ExportError::Storage(error) => error.into(),
            ExportError::OtherFormat { .. } | ExportError::Cursor { .. } => {
                Self::conflict("ExportNotUsable", error.to_string())
            }
            ExportError::Busy | ExportError::Encoding { .. } => {
                Self::unavailable("NotExported", error.to_string())
            }
        }
    }
}

impl From<RetryError> for Problem {
    fn from(error: RetryError) -> Self {
        match error {
            RetryError::Azure(error) => error.into(),
            RetryError::Storage(error) => error.into(),
        }
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
        match impossible.code.as_str() {
            "UntilNotUsable" => Self::bad_request("UntilNotUsable", impossible.to_string()),
            "ResourceNotFound" => Self::not_found(&impossible.code, impossible.to_string()),
            _ => Self::conflict(&impossible.code, impossible.to_string()),
        }
    }
}

impl From<AzureError> for Problem {
    fn from(error: AzureError) -> Self {
        let (status, retry_after) = match &error {
            AzureError::Refused { refusal, .. } => (status_of(refusal), None),
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
        let innererror = error.refusal().map(InnerError::from);
        let error = ErrorBody { innererror, ..ErrorBody::new(error.code(), error.to_string()) };
        Self { status, retry_after, is_logged: false, error: Box::new(error) }
    }
}

/// A refusal that came from polling has status 200; a 401 would tell the caller that its own key is wrong.
fn status_of(refusal: &Refusal) -> StatusCode {
    match StatusCode::from_u16(refusal.status) {
        Ok(StatusCode::UNAUTHORIZED) | Err(_) => StatusCode::BAD_GATEWAY,
        Ok(status) if status.is_client_error() || status.is_server_error() => status,
        Ok(_) => StatusCode::CONFLICT,
    }
}

impl From<&Refusal> for InnerError {
    fn from(refusal: &Refusal) -> Self {
        Self {
            code: refusal.code.clone(),
            message: refusal.message.clone(),
            recommended_action: refusal.recommended_action.clone(),
        }
    }
}

impl From<OperationError> for Problem {
    fn from(error: OperationError) -> Self {
        let message = error.to_string();
        match error {
            OperationError::Impossible(impossible) => impossible.into(),
            OperationError::Unknown(_) => Self::not_found("OperationNotFound", message),
            OperationError::KeyReused(_) => Self::conflict("IdempotencyKeyReused", message),
            OperationError::NotAnswerable { code: code @ ("RoleMissing" | "SecondPersonNeeded"), .. } => {
                Self::forbidden(code, message)
            }
            OperationError::NotAnswerable { code, .. } => Self::conflict(code, message),
            OperationError::Azure(error) => error.into(),
            OperationError::Ledger(error) => error.into(),
            OperationError::Unreadable { .. } => Self::internal(message),
        }
    }
}
