//! Whether an answer or a notification holds what is expected of it.

use serde_json::Value;

/// The first place at which `found` differs from what is expected; none if it holds all of it.
///
/// Objects may hold more than is expected; lists are as long and in this order. `"*"` is anything that is there,
/// `"*text*"` is text in which that occurs, and `null` is what is not there.
pub(crate) fn lacks(found: &Value, expected: &Value) -> Option<String> {
    at("", found, expected)
}

fn at(place: &str, found: &Value, expected: &Value) -> Option<String> {
    let differs = || Some(format!("{place} is {found}, not {expected}"));
    match (expected, found) {
        (Value::Object(members), Value::Object(_)) => members.iter().find_map(|(name, expected)| {
            at(&format!("{place}/{name}"), found.get(name).unwrap_or(&Value::Null), expected)
        }),
        (Value::Array(expected), Value::Array(found)) if expected.len() == found.len() => {
            let pairs = found.iter().zip(expected).enumerate();
            pairs
                .into_iter()
                .find_map(|(index, (found, expected))| at(&format!("{place}/{index}"), found, expected))
        }
        (Value::String(pattern), _) if pattern == "*" => {
            if found.is_null() {
                differs()
            } else {
                None
            }
        }
        (Value::String(pattern), Value::String(text)) => {
            let part = pattern.strip_prefix('*').and_then(|rest| rest.strip_suffix('*'));
            let fits = part.map_or_else(|| text.eq_ignore_ascii_case(pattern), |part| text.contains(part));
            if fits { None } else { differs() }
        }
        _ if found == expected => None,
        _ => differs(),
    }
}

#[test]
fn what_differs_is_named_by_its_place() {
    let found = serde_json::json!({ "a": [{ "id": "/x/1", "n": 1 }], "b": "some words" });
    let lacks = |expected| lacks(&found, &expected);
    assert_eq!(lacks(serde_json::json!({ "a": [{ "n": 1 }], "b": "*word*", "c": null })), None);
    assert_eq!(lacks(serde_json::json!({ "a": [{ "id": "*" }] })), None);
    assert_eq!(
        lacks(serde_json::json!({ "a": [] })),
        Some(r#"/a is [{"id":"/x/1","n":1}], not []"#.to_owned())
    );
    assert_eq!(lacks(serde_json::json!({ "c": "*" })), Some(r#"/c is null, not "*""#.to_owned()));
    assert_eq!(lacks(serde_json::json!({ "a": [{ "n": 2 }] })), Some("/a/0/n is 1, not 2".to_owned()));
}
