//! Comparing two JSON bodies: the same members, the same types, flags and numbers, the same words where words are an
//! enumeration, the same messages but for what they name, and whole lists.

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

/// Texts for people: the same but for the names and ids in them.
const MESSAGES: [&str; 3] = ["message", "recommendedAction", "DetailedNonLocalisedMessage"];

/// Numbers that say how much there happened to be.
const AMOUNTS: [&str; 3] = ["count", "totalRecords", "dataTransferredInBytes"];

/// Lists of what there is: how much that is depends on what was there before the recording.
const INVENTORIES: [&str; 2] = ["/value", "/data"];

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
        (Value::Array(left), Value::Array(right)) if INVENTORIES.contains(&pointer) => {
            inventories(left, right, name, pointer, found);
        }
        (Value::Array(left), Value::Array(right)) => lists(left, right, name, pointer, found),
        (Value::String(left), Value::String(right)) => words(left, right, name, pointer, found),
        (Value::Bool(left), Value::Bool(right)) if left != right => {
            found.push((pointer.to_owned(), format!("Azure says {left}, we say {right}")));
        }
        (Value::Number(left), Value::Number(right)) if left != right && !AMOUNTS.contains(&name) => {
            found.push((pointer.to_owned(), format!("Azure says {left}, we say {right}")));
        }
        (left, right) if kind(left) == kind(right) => {}
        (left, right) => {
            found.push((pointer.to_owned(), format!("Azure has {}, we have {}", kind(left), kind(right))))
        }
    }
}

/// Whole lists: as many items, each like the one of its name, or else of its place.
fn lists(recorded: &[Value], ours: &[Value], name: &str, pointer: &str, found: &mut Vec<(String, String)>) {
    let (items, cut) = uncut(recorded);
    if items.len() + cut != ours.len() {
        let told = format!("Azure has {} items, we have {}", items.len() + cut, ours.len());
        found.push((pointer.to_owned(), told));
    }
    for (at, item) in items.iter().enumerate() {
        if let Some(other) = named(item, ours).or_else(|| ours.get(at)) {
            walk(item, other, name, &format!("{pointer}/*"), found);
        }
    }
}

/// What there is: something where Azure has something, and each item of ours like one of Azure's.
fn inventories(
    recorded: &[Value],
    ours: &[Value],
    name: &str,
    pointer: &str,
    found: &mut Vec<(String, String)>,
) {
    let (items, _) = uncut(recorded);
    if items.is_empty() != ours.is_empty() {
        let told = format!("Azure has {} items, we have {}", items.len(), ours.len());
        found.push((pointer.to_owned(), told));
    }
    for item in ours {
        // Containers have items of the same names.
        let same: Vec<&Value> = items.iter().filter(|other| is_namesake(item, other)).collect();
        let candidates = if same.is_empty() { items.iter().collect() } else { same };
        let compared = candidates.into_iter().map(|candidate| {
            let mut differences = Vec::new();
            walk(candidate, item, name, &format!("{pointer}/*"), &mut differences);
            differences
        });
        found.extend(compared.min_by_key(Vec::len).unwrap_or_default());
    }
}

fn named<'a>(item: &Value, others: &'a [Value]) -> Option<&'a Value> {
    others.iter().find(|other| is_namesake(item, other))
}

fn is_namesake(item: &Value, other: &Value) -> bool {
    item.get("name").is_some_and(|name| other.get("name") == Some(name))
}

/// The items of a recorded list, and how many more a remark at its end says that there were.
fn uncut(recorded: &[Value]) -> (&[Value], usize) {
    let remark = recorded.split_last().and_then(|(last, items)| {
        let count = last.as_str()?.strip_prefix('<')?.strip_suffix(" more cut>")?;
        Some((items, count.parse().ok()?))
    });
    remark.unwrap_or((recorded, 0))
}

fn words(left: &str, right: &str, name: &str, pointer: &str, found: &mut Vec<(String, String)>) {
    let differs = match name {
        // Instants and spans are compared by their notation, and by being told at all.
        "endTime" | "recoveryPointTime" => notation(left) != notation(right),
        "duration" => marks(left) != marks(right),
        _ if MESSAGES.contains(&name) => nameless(left) != nameless(right),
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

/// A text without the ids and the names of resources in it.
fn nameless(text: &str) -> String {
    let named = |word: &&str| word.contains('/') || word.chars().any(|letter| letter.is_ascii_digit());
    text.split_whitespace().filter(|word| !named(word)).collect::<Vec<_>>().join(" ")
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
    assert_eq!(differences(json!({"a": [1, 2, "<3 more cut>"]}), json!({"a": [1, 2, 3]})), ["/a"]);
    assert!(differences(json!({"a": [1, "<1 more cut>"]}), json!({"a": [1, 2]})).is_empty());
    assert_eq!(
        differences(json!({"a": [{"x": 1}, {"x": 2}]}), json!({"a": [{"x": 1}, {"x": 3}]})),
        ["/a/*/x"]
    );
    assert_eq!(differences(json!({"on": true}), json!({"on": false})), ["/on"]);
    let jobs =
        |codes: &[&str]| json!({"value": codes.iter().map(|code| json!({"code": code})).collect::<Vec<_>>()});
    assert!(differences(jobs(&["A", "B", "A"]), jobs(&["B"])).is_empty(), "how much there is differs");
    assert_eq!(differences(jobs(&["A", "B"]), jobs(&["B", "C"])), ["/value/*/code"]);
    assert!(differences(json!({"message": "no /a/b"}), json!({"message": "no /c"})).is_empty());
    assert_eq!(differences(json!({"message": "no /a"}), json!({"message": "yes /a"})), ["/message"]);
    assert_eq!(
        differences(json!({"endTime": "0001-01-01T00:00:00Z"}), json!({"endTime": "2024-01-01T00:00:00Z"})),
        ["/endTime"]
    );
}
