//! One call as a provider sees it: parsed, authenticated, with its body read.

use axum::http::{HeaderMap, Method};
use serde_json::Value;

use super::{ArmError, ArmPath, json};

/// A call to ARM.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) path: ArmPath,
    /// The path as it was sent, for LRO bodies and logs.
    pub(crate) raw_path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) body: Option<Value>,
    /// `scheme://host` by which the caller reached us; LRO headers point back to it.
    pub(crate) base: String,
    pub(crate) headers: HeaderMap,
    /// The object id in the caller's token, or the nil GUID.
    pub(crate) caller: String,
}

impl Call {
    /// The query parameter `name`, whatever its case.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The text of the header `name`.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(crate) fn api_version(&self) -> &str {
        self.parameter("api-version").unwrap_or_default()
    }

    /// The JSON object that the call must carry.
    pub(crate) fn object(&self) -> Result<&Value, ArmError> {
        self.body.as_ref().filter(|body| body.is_object()).ok_or_else(|| {
            ArmError::bad_request(
                "InvalidRequestContent",
                "The request content was invalid: a JSON object was expected.",
            )
        })
    }

    /// The `location` that a tracked resource must carry, normalised.
    pub(crate) fn required_location(&self) -> Result<String, ArmError> {
        json::text(self.object()?, &["location"])
            .map(normalised_location)
            .filter(|location| !location.is_empty())
            .ok_or_else(|| {
                ArmError::bad_request(
                    "LocationRequired",
                    "The location property is required for this definition.",
                )
            })
    }
}

/// A region name as ARM compares it: lower case, no blanks.
pub(crate) fn normalised_location(location: &str) -> String {
    location.chars().filter(|character| !character.is_whitespace()).collect::<String>().to_ascii_lowercase()
}
