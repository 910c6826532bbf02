//! A quirk of the host: a trigger value that is the text of a JSON object also fills the metadata.

use serde_json::{Map, Value};

use super::envelope::Envelope;
use super::value::Encoded;

/// Adds the object's properties: objects as they are, scalars as strings, arrays and nulls not at all. They take the
/// place of built-in metadata of the same name; a property `id` hides the message's.
pub(crate) fn add_message_properties(envelope: &mut Envelope, text: &str) {
    let Ok(properties) = serde_json::from_str::<Map<String, Value>>(text) else { return };
    for (name, value) in &properties {
        let encoded = match value {
            Value::Null | Value::Array(_) => continue,
            Value::Object(_) => Encoded::json(value),
            Value::String(text) => Encoded::text(text),
            Value::Number(number) => Encoded::text(&number.to_string()),
            Value::Bool(true) => Encoded::text("True"),
            Value::Bool(false) => Encoded::text("False"),
        };
        envelope.add_metadata(name, encoded);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fills_and_overwrites() {
        let mut envelope = Envelope::new("m", Encoded::text("x"));
        envelope.add_metadata("Id", Encoded::text("built-in"));
        let text = r#"{"id":"own","n":2,"yes":true,"o":{"a":1},"list":[1],"none":null,"myTrigger":"x"}"#;
        add_message_properties(&mut envelope, text);
        add_message_properties(&mut envelope, "[1]");
        add_message_properties(&mut envelope, "plain");
        let mut body: Value = serde_json::from_str(&envelope.to_json("F")).unwrap();
        body["Metadata"]["sys"].take();
        let expected = json!({"Id": "\"own\"", "n": "\"2\"", "yes": "\"True\"", "o": {"a": 1}, "sys": null});
        assert_eq!(body["Metadata"], expected);
    }
}
