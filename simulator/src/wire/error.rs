//! Refusals in the ARM error envelope.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::Reply;

/// What a provider answers.
pub(crate) type Answer = Result<Reply, ArmError>;

/// A refusal: status, code, message, and what a provider adds to the envelope.
#[derive(Debug, Clone)]
pub(crate) struct ArmError {
    pub(crate) status: StatusCode,
    pub(crate) code: String,
    pub(crate) message: String,
    /// The whole `error` object, where a provider shapes it itself.
    pub(crate) envelope: Option<Value>,
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl ArmError {
    pub(crate) fn new(status: StatusCode, code: &str, message: impl Into<String>) -> Self {
        Self { status, code: code.to_owned(), message: message.into(), envelope: None, headers: Vec::new() }
    }

    pub(crate) fn bad_request(code: &str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    pub(crate) fn not_found(code: &str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, message)
    }

    pub(crate) fn conflict(code: &str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, message)
    }

    /// The tracked resource `id` does not exist.
    pub(crate) fn resource_not_found(resource_type: &str, id: &str) -> Self {
        let name = super::path::name_of(id);
        let group = super::path::group_of(id).unwrap_or_default();
        let message =
            format!("The Resource '{resource_type}/{name}' under resource group '{group}' was not found.");
        Self::not_found("ResourceNotFound", message)
    }

    pub(crate) fn group_not_found(name: &str) -> Self {
        Self::not_found("ResourceGroupNotFound", format!("Resource group '{name}' could not be found."))
    }

    /// Nothing can be written any more in the resource group, nor the group itself.
    pub(crate) fn group_being_deleted(name: &str) -> Self {
        let message = format!(
            "The resource group '{name}' is in deprovisioning state and cannot perform this operation."
        );
        Self::conflict("ResourceGroupBeingDeleted", message)
    }

    /// The path names nothing that this provider has.
    pub(crate) fn unknown_type(namespace: &str, resource_type: &str) -> Self {
        let message =
            format!("The resource type '{resource_type}' could not be found in the namespace '{namespace}'.");
        Self::not_found("InvalidResourceType", message)
    }

    pub(crate) fn method_not_allowed(method: &axum::http::Method) -> Self {
        let message = format!("The requested resource does not support http method '{method}'.");
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "HttpMethodNotSupported", message)
    }

    pub(crate) fn with_envelope(mut self, envelope: Value) -> Self {
        self.envelope = Some(envelope);
        self
    }

    pub(crate) fn with_header(mut self, name: &'static str, value: impl ToString) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }

    pub(crate) fn into_reply(self) -> Reply {
        let error = self.envelope.unwrap_or_else(|| json!({ "code": self.code, "message": self.message }));
        let mut reply = Reply::new(self.status, json!({ "error": error }));
        for (name, value) in self.headers {
            reply = reply.with_header(name, value);
        }
        reply
    }
}
