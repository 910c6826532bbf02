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

/// The refusal of what the service does not understand (field: code and text).
pub(super) fn invalid_input() -> ArmError {
    bad_request("BMSUserErrorInvalidInput", "Input provided for the call is invalid")
}

/// There is no such item (field: code and text).
pub(super) fn no_item() -> ArmError {
    let message = "Item not found.\r\nSelected item might have been deleted. Please check if item is registered to the vault.";
    refusal(StatusCode::NOT_FOUND, "BMSUserErrorDataSourceObjectNotFound", message)
}

/// Names, source and type of an item do not fit together (field: code and text).
pub(super) fn invalid_configuration() -> ArmError {
    let message = "Input for configure protection is not in proper format\r\nPlease ensure that container exists and other parameters are in valid format";
    bad_request("BMSUserErrorInvalidConfigureProtectionRequest", message)
}

/// Something else is being done to the item (documentation: code and text; its status is not written down).
pub(super) fn busy() -> ArmError {
    let message = "Another configure protection operation is in progress for this item.";
    bad_request("BMSUserErrorConflictingProtectionOperation", message)
}

/// An immutable vault takes no policy that keeps less in it (official: that; code and text are those of Backup vaults here, for
/// nobody wrote them down).
pub(super) fn lower_retention() -> ArmError {
    let message =
        "The Recovery Services vault is immutable: a policy cannot be replaced by one with lower retention.";
    bad_request("UserErrorOperationNotAllowedOnImmutableVault", message)
}
