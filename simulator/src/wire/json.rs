//! Reading and writing JSON bodies the way Azure does: names of properties are matched without regard to case.

use serde_json::{Map, Value};

/// The member `name` of `value`, whatever its case; JSON null counts as absent.
pub(crate) fn member<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    let map = value.as_object()?;
    map.get(name)
        .or_else(|| map.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, found)| found))
        .filter(|found| !found.is_null())
}

/// Takes the member called `name` out of an object, whatever the case of its letters; `None` where it is null.
pub(crate) fn take(value: &mut Value, name: &str) -> Option<Value> {
    let map = value.as_object_mut()?;
    let key =
        map.keys().find(|key| *key == name).or_else(|| map.keys().find(|key| key.eq_ignore_ascii_case(name)));
    let key = key?.clone();
    map.remove(&key).filter(|found| !found.is_null())
}

/// The member reached by following `names`.
pub(crate) fn reach<'a>(value: &'a Value, names: &[&str]) -> Option<&'a Value> {
    names.iter().try_fold(value, |inner, name| member(inner, name))
}

/// The text reached by following `names`.
pub(crate) fn text<'a>(value: &'a Value, names: &[&str]) -> Option<&'a str> {
    reach(value, names)?.as_str()
}

/// The list reached by following `names`; empty when there is none.
pub(crate) fn list<'a>(value: &'a Value, names: &[&str]) -> &'a [Value] {
    reach(value, names).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Sets the member reached by following `names`, creating objects on the way.
pub(crate) fn set(target: &mut Value, names: &[&str], value: Value) {
    let Some((name, rest)) = names.split_first() else {
        *target = value;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    if let Some(map) = target.as_object_mut() {
        set(map.entry((*name).to_owned()).or_insert(Value::Null), rest, value);
    }
}

/// Lays `patch` over `target`: objects merge, null removes, everything else replaces (RFC 7396).
pub(crate) fn merge(target: &mut Value, patch: &Value) {
    let Some(changes) = patch.as_object() else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Some(map) = target.as_object_mut() else { return };
    for (name, change) in changes {
        if change.is_null() {
            map.remove(name);
        } else {
            merge(map.entry(name.clone()).or_insert(Value::Null), change);
        }
    }
}

/// `value` without members that are null, at every depth.
pub(crate) fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(
            map.iter()
                .filter(|(_, inner)| !inner.is_null())
                .map(|(name, inner)| (name.clone(), without_nulls(inner)))
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.iter().map(without_nulls).collect()),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn members_are_found_whatever_their_case() {
        let body = json!({"dataSourceInfo": {"resourceId": "/x", "gone": null}});
        assert_eq!(text(&body, &["datasourceinfo", "resourceID"]), Some("/x"));
        assert_eq!(member(&body, "missing"), None);
        assert_eq!(reach(&body, &["dataSourceInfo", "gone"]), None);
    }

    #[test]
    fn merging_replaces_removes_and_keeps() {
        let mut body = json!({"tags": {"a": "1", "b": "2"}, "kept": true});
        merge(&mut body, &json!({"tags": {"a": null, "c": "3"}}));
        assert_eq!(body, json!({"tags": {"b": "2", "c": "3"}, "kept": true}));
    }
}
