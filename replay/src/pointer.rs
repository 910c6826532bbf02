//! The first place at which two JSON values differ.

use serde_json::Value;

/// JSON pointer (RFC 6901) of the first difference, in the order of canonical JSON, and both values there.
pub(crate) fn first_difference<'a>(
    one: &'a Value,
    other: &'a Value,
) -> Option<(String, Option<&'a Value>, Option<&'a Value>)> {
    let mut pointer = String::new();
    let (left, right) = descend(Some(one), Some(other), &mut pointer)?;
    Some((pointer, left, right))
}

type Pair<'a> = (Option<&'a Value>, Option<&'a Value>);

fn descend<'a>(one: Option<&'a Value>, other: Option<&'a Value>, pointer: &mut String) -> Option<Pair<'a>> {
    match (one, other) {
        (Some(Value::Object(left)), Some(Value::Object(right))) => {
            let mut keys: Vec<&String> = left.keys().chain(right.keys()).collect();
            keys.sort();
            keys.dedup();
            keys.into_iter().find_map(|key| step(&escaped(key), left.get(key), right.get(key), pointer))
        }
        (Some(Value::Array(left)), Some(Value::Array(right))) => (0..left.len().max(right.len()))
            .find_map(|index| step(&index.to_string(), left.get(index), right.get(index), pointer)),
        (one, other) if one == other => None,
        differing => Some(differing),
    }
}

fn step<'a>(
    segment: &str,
    one: Option<&'a Value>,
    other: Option<&'a Value>,
    pointer: &mut String,
) -> Option<Pair<'a>> {
    let length = pointer.len();
    pointer.push('/');
    pointer.push_str(segment);
    let found = descend(one, other, pointer);
    if found.is_none() {
        pointer.truncate(length);
    }
    found
}

fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_first_difference_is_named_and_shown() {
        let one = json!({ "a": [1, { "x/y": "old" }], "b": true });
        assert_eq!(first_difference(&one, &one), None);
        let other = json!({ "a": [1, { "x/y": "new" }], "b": false });
        let found = first_difference(&one, &other);
        assert_eq!(found, Some(("/a/1/x~1y".to_owned(), Some(&json!("old")), Some(&json!("new")))));
        let longer = json!({ "a": [1, { "x/y": "old" }, 2], "b": true });
        assert_eq!(first_difference(&one, &longer), Some(("/a/2".to_owned(), None, Some(&json!(2)))));
        assert_eq!(first_difference(&json!(1), &json!("1")).unwrap().0, "");
    }
}
