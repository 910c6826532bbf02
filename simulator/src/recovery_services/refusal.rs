//! The error body of Recovery Services (field): the usual two members, and three that are null.

use axum::http::StatusCode;
use serde_json::json;

use crate::wire::ArmError;

/// A refusal with the given code.
pub(super) fn refusal(status: StatusCode, code: &str, message: &str) -> ArmError {
    let envelope =
        json!({ "code": code, "message": message, "target": null, "details": null, "innerError": null });
    ArmError::new(status, code, message).with_envelope(envelope)
}

/// Azure refuses the body of a call.
pub(super) fn bad_request(code: &str, message: &str) -> ArmError {
    refusal(StatusCode::BAD_REQUEST, code, message)
}

/// The refusal of a vault's member (field: text and code of `properties` and of `redundancySettings`).
pub(super) fn invalid_parameter(name: &str) -> ArmError {
    let message = format!("{name} parameter is invalid. Please provide a valid {name}");
    bad_request("InvalidRestApiParameter", &message)
}
