//! What the handler answered: outputs, a return value and log lines.

use serde_json::{Map, Value};
use thiserror::Error;

/// A handler's reply to an invocation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reply {
    outputs: Map<String, Value>,
    return_value: Value,
    logs: Vec<String>,
}

/// A reply with 2xx that the host cannot take.
#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum ReplyError {
    #[error("the handler answered with the content type \"{0}\": it must be application/json")]
    ContentType(String),
    #[error("the handler's reply is not a JSON object ({problem}): {body}")]
    Json { problem: String, body: String },
}

impl Reply {
    /// `None` for a reply that the host never completes: an empty body, or `null`.
    pub(super) fn read(content_type: &str, body: &str) -> Result<Option<Self>, ReplyError> {
        if body.trim().is_empty() {
            return Ok(None);
        }
        let media_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if media_type != "application/json" && media_type != "text/json" {
            return Err(ReplyError::ContentType(content_type.to_owned()));
        }
        let invalid = |problem: String| ReplyError::Json { problem, body: body.to_owned() };
        match serde_json::from_str(body).map_err(|error| invalid(error.to_string()))? {
            Value::Null => Ok(None),
            Value::Object(members) => Ok(Some(Self::from_members(members))),
            _ => Err(invalid("it is another JSON value".into())),
        }
    }

    fn from_members(members: Map<String, Value>) -> Self {
        let mut reply = Self::default();
        for (name, value) in members {
            match (name.to_ascii_lowercase().as_str(), value) {
                ("outputs", Value::Object(outputs)) => reply.outputs = outputs,
                ("returnvalue", value) => reply.return_value = value,
                ("logs", Value::Array(lines)) => reply.logs = lines.into_iter().map(plain_text).collect(),
                _ => {}
            }
        }
        reply
    }

    pub(crate) fn logs(&self) -> &[String] {
        &self.logs
    }

    /// The output of that name. A return value fills `$return`; if it is an object, its members are outputs too.
    pub(crate) fn output(&self, name: &str) -> Option<&Value> {
        let given = if name == "$return" { Some(&self.return_value) } else { find(&self.outputs, name) };
        let returned = || self.return_value.as_object().and_then(|members| find(members, name));
        given.or_else(returned).filter(|value| !value.is_null())
    }
}

fn find<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    members.iter().find_map(|(known, value)| known.eq_ignore_ascii_case(name).then_some(value))
}

fn plain_text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(body: &str) -> Result<Option<Reply>, ReplyError> {
        Reply::read("application/json; charset=utf-8", body)
    }

    #[test]
    fn takes_what_the_host_takes() {
        let reply =
            read(r#"{"outputs":{"Work":"x"},"Logs":["a",1],"ReturnValue":{"other":2}}"#).unwrap().unwrap();
        assert_eq!(reply.output("work"), Some(&json!("x")));
        assert_eq!(reply.output("other"), Some(&json!(2)));
        assert_eq!(reply.output("$return"), Some(&json!({"other": 2})));
        assert_eq!(reply.output("missing"), None);
        assert_eq!(reply.logs(), ["a", "1"]);
        assert!(read(r#"{"ok":true}"#).unwrap().is_some());
        assert!(Reply::read("text/json", "{}").unwrap().is_some());
    }

    #[test]
    fn tells_the_hang_from_the_failure() {
        assert!(read("").unwrap().is_none());
        assert!(read(" null ").unwrap().is_none());
        assert!(matches!(read("{"), Err(ReplyError::Json { .. })));
        assert!(matches!(read("[]"), Err(ReplyError::Json { .. })));
        assert!(matches!(Reply::read("text/plain", "{}"), Err(ReplyError::ContentType(_))));
    }
}
