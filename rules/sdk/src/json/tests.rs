//! Held against serde_json: what it reads we read alike, what it refuses we refuse.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde::Deserialize;
use serde_json::Value;

use super::*;

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Settings {
    name: String,
    #[serde(default)]
    days: Option<u32>,
    #[serde(default)]
    tags: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    modes: Vec<Mode>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Mode {
    Off,
    Keep(i64),
    Move { to: String, share: f64 },
    Both(u8, bool),
}

fn error(text: &str) -> String {
    from_json::<Settings>(text).map_or_else(|error| error.to_string(), |settings| format!("{settings:?}"))
}

#[test]
fn settings_are_read() -> anyhow::Result<()> {
    let text = r#" { "name": "a\u00e9\n\ud83d\ude00", "days": 7, "tags": {"env":["prod", "stage"]},
        "modes": ["off", {"keep": -3}, {"move": {"to": "x", "share": 0.5}}, {"both": [1, true]}] } "#;
    let expected: Settings = serde_json::from_str(text)?;
    assert_eq!(from_json::<Settings>(text)?, expected);
    assert_eq!(expected.modes.len(), 4);
    Ok(())
}

#[test]
fn what_does_not_fit_is_named() {
    for (text, expected) in [
        (r#"{"name":1}"#, "/name: expected a text, but there is a number"),
        (r#"{"name":"a","days":-1}"#, "/days: expected a whole number in range, but there is a number"),
        (r#"{"name":"a","tags":{"a/b":["x",{}]}}"#, "/tags/a~1b/1: expected a text, but there is an object"),
        (r#"{"name":"a","colour":1}"#, "unknown field `colour`"),
        (r#"{"name":"a","modes":["on"]}"#, "/modes/0: unknown variant `on`"),
        (r#"{"name":"a","modes":[{"off":null,"keep":1}]}"#, "/modes/0: expected one variant only"),
        (r#"{"days":1}"#, "missing field `name`"),
        (r#"{"name":"a"} x"#, "expected the end"),
        (r#"{"name":"a"#, "/name: a text has no end"),
        (r#"{"name":"\q"}"#, "/name: it has an unknown escape"),
        (r#"{"name":"\ud800x"}"#, "/name: it has an unknown escape"),
    ] {
        let said = error(text);
        assert!(said.contains(expected), "{text} gives: {said}");
    }
    let deep = "[".repeat(100_000);
    assert!(from_json::<Value>(&deep).is_err_and(|error| error.message().contains("nested too deeply")));
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn every_value_is_read_back(value in value()) {
        for text in [value.to_string(), format!("{value:#}")] {
            prop_assert_eq!(from_json::<Value>(&text), Ok(value.clone()));
        }
    }

    #[test]
    fn what_is_no_json_is_refused(text in r#"[\[\]{}",:0-9.eE+\-truefalsn\\ u]{0,24}"#) {
        let ours = from_json::<Value>(&text).ok();
        let theirs: Option<Value> = serde_json::from_str(&text).ok();
        // Of fractions we read the nearest, serde_json one that is near, and no power beyond f64.
        if text.contains(['.', 'e', 'E']) {
            prop_assert!(ours.is_some() || theirs.is_none());
        } else {
            prop_assert_eq!(ours, theirs);
        }
    }
}
