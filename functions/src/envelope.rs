//! The invocation envelope of the Functions host: what it posts, and what it wants back.
//!
//! A string in `Data` is JSON text inside a JSON string; an object is nested as it is.

use axum::Json;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// The body of an invocation. `Metadata` is never read: properties of a message can hide its keys.
#[derive(Deserialize)]
pub(crate) struct Invocation<'body> {
    #[serde(borrow, rename = "Data")]
    data: std::collections::HashMap<&'body str, &'body RawValue>,
}

/// A body that no Functions host sends.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BadInvocation {
    /// Not the envelope.
    #[error("the request is not an invocation of the Functions host: {0}; only the host calls this address")]
    Envelope(#[from] serde_json::Error),
    /// The binding is not there.
    #[error("the invocation has no binding `{0}`; its function.json does not fit this handler")]
    Binding(&'static str),
}

impl<'body> Invocation<'body> {
    /// Reads an invocation.
    pub(crate) fn parse(body: &'body [u8]) -> Result<Self, BadInvocation> {
        Ok(serde_json::from_slice(body)?)
    }

    /// The text of a trigger's value: JSON text of an object, or a string with both of its encodings undone.
    pub(crate) fn text(&self, binding: &'static str) -> Result<String, BadInvocation> {
        let value = self.data.get(binding).ok_or(BadInvocation::Binding(binding))?.get();
        // Twice: a message is encoded twice, an Event Grid batch once more than an event.
        let once = decoded(value);
        Ok(once.as_deref().and_then(decoded).or(once).unwrap_or_else(|| value.to_owned()))
    }
}

/// The text of a trigger's value in the body of an invocation, if it is one and has it.
pub fn value_of_trigger(body: &[u8], binding: &'static str) -> Option<String> {
    Invocation::parse(body).ok()?.text(binding).ok()
}

/// The string that a JSON string holds, if `json` is one.
fn decoded(json: &str) -> Option<String> {
    if json.starts_with('"') { serde_json::from_str(json).ok() } else { None }
}

/// The answer that tells the host of success.
///
/// Never empty: the host waits for ever on an empty 2xx.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Answer<Work: Serialize> {
    outputs: Outputs<Work>,
    logs: Vec<String>,
    return_value: Option<()>,
}

#[derive(Debug, Serialize)]
struct Outputs<Work: Serialize> {
    /// An array of objects: the host puts one message per element.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    work: Vec<Work>,
}

impl<Work: Serialize> Default for Outputs<Work> {
    fn default() -> Self {
        Self { work: Vec::new() }
    }
}

impl<Work: Serialize> Answer<Work> {
    /// Success, with messages for the work queue and a line for the host's log.
    pub(crate) fn new(work: Vec<Work>, log: impl Into<String>) -> Json<Self> {
        Json(Self { outputs: Outputs { work }, logs: vec![log.into()], return_value: None })
    }
}

impl Answer<()> {
    /// Success without messages.
    pub(crate) fn done(log: impl Into<String>) -> Json<Self> {
        Self::new(Vec::new(), log)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(body: &str) -> String {
        Invocation::parse(body.as_bytes()).unwrap().text("item").unwrap()
    }

    #[test]
    fn an_object_is_nested_and_a_string_is_encoded_twice() {
        assert_eq!(text(r#"{"Data":{"item":{"a":1}},"Metadata":{}}"#), r#"{"a":1}"#);
        assert_eq!(text(r#"{"Data":{"item":"\"{\\\"a\\\":1}\""},"Metadata":{}}"#), r#"{"a":1}"#);
        assert_eq!(
            text(r#"{"Data":{"item":"{\"a\":1}"},"Metadata":{}}"#),
            r#"{"a":1}"#,
            "another host, encoded once"
        );
        assert_eq!(text(r#"{"Data":{"item":"\"hello\""}}"#), "hello");
    }

    #[test]
    fn an_answer_is_never_empty() {
        let done = serde_json::to_string(&Answer::done("done").0).unwrap();
        assert_eq!(done, r#"{"Outputs":{},"Logs":["done"],"ReturnValue":null}"#);
        let two = serde_json::to_string(&Answer::new(vec![1, 2], "two").0).unwrap();
        assert!(two.contains(r#""Outputs":{"work":[1,2]}"#), "{two}");
    }
}
