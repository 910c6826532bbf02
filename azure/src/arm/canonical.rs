//! JSON in one spelling, so that equal bodies have equal digests.

use serde_json::{Map, Value};

/// The text of a value with sorted keys and no blanks.
pub fn canonical(value: Value) -> String {
    sorted(value).to_string()
}

fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<(String, Value)> = map.into_iter().collect();
            entries.sort_by(|(a, _), (b, _)| a.cmp(b));
            Value::Object(entries.into_iter().map(|(key, value)| (key, sorted(value))).collect::<Map<_, _>>())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        scalar => scalar,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_order_and_blanks_vanish() {
        let value = serde_json::from_str("{ \"b\": [ {\"d\":1, \"c\":2} ], \"a\": null }").unwrap();
        assert_eq!(canonical(value), r#"{"a":null,"b":[{"c":2,"d":1}]}"#);
    }
}
