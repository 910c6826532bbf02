//! Comparing the shapes of two JSON bodies: the same members, the same types, the same words where words are an enumeration.

use std::collections::BTreeSet;

use serde_json::Value;

/// Members whose texts are words of the service, not names of things.
const WORDS: [&str; 30] = [
    "status",
    "state",
    "type",
    "objectType",
    "code",
    "datasourceType",
    "dataSourceType",
    "resourceType",
    "dataStoreType",
    "datastoreType",
    "currentProtectionState",
    "provisioningState",
    "principalType",
    "operation",
    "operationCategory",
    "secureScore",
    "bcdrSecurityLevel",
    "taskStatus",
    "taskName",
    "recoveryPointType",
    "recoveryPointState",
    "resultTruncated",
    "retentionTagName",
    "destinationDataStoreName",
    "backupType",
    "roleName",
    "secretStoreType",
    "identityType",
    "restoreType",
    "absoluteCriteria",
];

/// Members that hold whatever the user put there.
const FREE: [&str; 1] = ["tags"];

/// Adds to `found` each place where `ours` has another shape than `recorded`.
pub(crate) fn compare(recorded: &Value, ours: &Value, found: &mut Vec<(String, String)>) {
    walk(recorded, ours, "", "", found);
}

fn walk(recorded: &Value, ours: &Value, name: &str, pointer: &str, found: &mut Vec<(String, String)>) {
    match (recorded, ours) {
        (Value::Object(left), Value::Object(right))
            if !FREE.contains(&name) && !left.keys().any(|key| key.starts_with('/')) =>
        {
            let names: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
            for name in names {
                let below = format!("{pointer}/{name}");
                match (left.get(name), right.get(name)) {
                    (Some(left), Some(right)) => walk(left, right, name, &below, found),
                    (Some(_), None) => found.push((below, "Azure has it, we do not".into())),
                    (None, _) => found.push((below, "we have it, Azure does not".into())),
                }
            }
        }
        (Value::Array(left), Value::Array(right)) => {
            if left.is_empty() != right.is_empty() {
                found.push((
                    pointer.to_owned(),
                    format!("Azure has {} items, we have {}", left.len(), right.len()),
                ));
            }
            if let Some((left, right)) = pair(left, right) {
                walk(left, right, name, &format!("{pointer}/*"), found);
            }
        }
        (Value::String(left), Value::String(right)) => words(left, right, name, pointer, found),
        (left, right) if kind(left) == kind(right) => {}
        (left, right) => {
            found.push((pointer.to_owned(), format!("Azure has {}, we have {}", kind(left), kind(right))))
        }
    }
}

/// Two items that stand for the same thing: of the same name, or else the first ones.
fn pair<'a>(left: &'a [Value], right: &'a [Value]) -> Option<(&'a Value, &'a Value)> {
    let named = left.iter().find_map(|one| {
        let name = one.get("name")?;
        Some((one, right.iter().find(|other| other.get("name") == Some(name))?))
    });
    named.or_else(|| left.first().zip(right.first()))
}

fn words(left: &str, right: &str, name: &str, pointer: &str, found: &mut Vec<(String, String)>) {
    let differs = match name {
        // Instants and spans are compared by their notation, and by being told at all.
        "endTime" | "recoveryPointTime" => notation(left) != notation(right),
        "duration" => marks(left) != marks(right),
        _ => WORDS.contains(&name) && left != right,
    };
    if differs {
        found.push((pointer.to_owned(), format!("Azure says '{left}', we say '{right}'")));
    }
}

/// Whether an instant is the year one, has a zone, and has decimals.
fn notation(instant: &str) -> (bool, bool, bool) {
    (instant.starts_with("0001-01-01"), instant.ends_with('Z'), instant.contains('.'))
}

/// What tells `PT3M5S` from `00:03:05`.
fn marks(span: &str) -> (bool, usize) {
    (span.starts_with("PT"), span.matches(':').count())
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a flag",
        Value::Number(number) if number.is_f64() => "a number with decimals",
        Value::Number(_) => "a whole number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[test]
fn members_types_and_words_are_compared() {
    use serde_json::json;
    let differences = |left: Value, right: Value| {
        let mut found = Vec::new();
        compare(&left, &right, &mut found);
        found.into_iter().map(|(pointer, _)| pointer).collect::<Vec<_>>()
    };
    assert!(
        differences(
            json!({"name": "a", "status": "Inprogress"}),
            json!({"name": "b", "status": "Inprogress"})
        )
        .is_empty()
    );
    assert_eq!(differences(json!({"status": "Inprogress"}), json!({"status": "InProgress"})), ["/status"]);
    assert_eq!(differences(json!({"a": null}), json!({"a": 1, "b": 2})), ["/a", "/b"]);
    assert_eq!(differences(json!({"value": [{"x": 1}]}), json!({"value": [{"x": "1"}]})), ["/value/*/x"]);
    assert_eq!(
        differences(json!({"endTime": "0001-01-01T00:00:00Z"}), json!({"endTime": "2024-01-01T00:00:00Z"})),
        ["/endTime"]
    );
}
