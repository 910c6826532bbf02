//! How the host writes single values: strings, numbers and arrays twice, objects once.

use jiff::Timestamp;
use serde_json::Value;

/// A value as it stands in an envelope.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Encoded(pub(crate) Value);

impl Encoded {
    /// A JSON object stays one; anything else becomes JSON text inside a string.
    pub(crate) fn json(value: &Value) -> Self {
        match value {
            Value::Object(_) => Self(value.clone()),
            other => Self(Value::String(other.to_string())),
        }
    }

    /// A string, and so JSON text inside a string.
    pub(crate) fn text(text: &str) -> Self {
        Self::json(&Value::String(text.to_owned()))
    }

    /// A moment, written once and cut to whole seconds.
    pub(crate) fn moment(at: Timestamp) -> Self {
        Self::once(seconds_text(at))
    }

    /// A string that is written once, as Base64 bytes are.
    pub(crate) fn once(text: String) -> Self {
        Self(Value::String(text))
    }
}

/// `2026-01-14T09:26:54+00:00`.
pub(crate) fn seconds_text(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string()
}

/// A moment with .NET's seven digits, without an offset: `2026-01-14T09:26:54.1234567`.
pub(crate) fn ticks_text(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%7f").to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn encodes_as_the_hosts_table_says() {
        for (value, expected) in [
            (json!({"Name": "x"}), json!({"Name": "x"})),
            (json!("hello"), json!("\"hello\"")),
            (json!(1), json!("1")),
            (json!(true), json!("true")),
            (json!([{"id": "a"}]), json!("[{\"id\":\"a\"}]")),
            (json!(null), json!("null")),
        ] {
            assert_eq!(Encoded::json(&value), Encoded(expected), "{value}");
        }
        let at: Timestamp = "2025-02-18T03:06:19.9876543Z".parse().unwrap();
        assert_eq!(Encoded::moment(at), Encoded(json!("2025-02-18T03:06:19+00:00")));
        assert_eq!(ticks_text(at), "2025-02-18T03:06:19.9876543");
    }
}
