//! Functions whose arguments say everything.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use uuid::Uuid;

/// What a function gives: nothing where it does not take its arguments. `None` if it is none of these.
pub(super) fn called(name: &str, arguments: &[Value]) -> Option<Option<Value>> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    Some(match (name, arguments) {
        ("concat", [Value::Array(_), ..]) => {
            let lists: Option<Vec<&Vec<Value>>> = arguments.iter().map(Value::as_array).collect();
            lists.map(|lists| Value::Array(lists.into_iter().flatten().cloned().collect()))
        }
        ("concat", _) => arguments.iter().map(shown).collect::<Option<String>>().map(Value::from),
        ("format", [Value::String(form), values @ ..]) => filled(form, values).map(Value::from),
        ("tolower", [Value::String(one)]) => Some(json!(one.to_lowercase())),
        ("toupper", [Value::String(one)]) => Some(json!(one.to_uppercase())),
        ("replace", [Value::String(one), Value::String(old), Value::String(new)]) => {
            Some(json!(one.replace(old.as_str(), new)))
        }
        ("split", [Value::String(one), Value::String(at)]) => {
            Some(json!(one.split(at.as_str()).collect::<Vec<_>>()))
        }
        ("join", [Value::Array(items), Value::String(between)]) => {
            items.iter().map(shown).collect::<Option<Vec<_>>>().map(|items| json!(items.join(between)))
        }
        ("empty", [one]) => is_empty(one).map(Value::from),
        ("equals", [one, other]) => Some(json!(one == other)),
        ("not", [Value::Bool(one)]) => Some(json!(!one)),
        ("and" | "or", [_, _, ..]) => {
            let all: Option<Vec<bool>> = arguments.iter().map(Value::as_bool).collect();
            all.map(|all| json!(if name == "and" { all.iter().all(|one| *one) } else { all.contains(&true) }))
        }
        ("greater", [one, other]) => one.as_i64().zip(other.as_i64()).map(|(one, other)| json!(one > other)),
        ("mul", [one, other]) => {
            one.as_i64().zip(other.as_i64()).and_then(|(one, other)| one.checked_mul(other)).map(Value::from)
        }
        ("null", []) => Some(Value::Null),
        ("createarray", items) => Some(Value::Array(items.to_vec())),
        ("createobject", pairs) => pairs
            .chunks(2)
            .map(|pair| match pair {
                [Value::String(name), value] => Some((name.clone(), value.clone())),
                _ => None,
            })
            .collect::<Option<Map<String, Value>>>()
            .map(Value::Object),
        ("union", [Value::Object(_), _, ..]) => united(arguments),
        ("items", [Value::Object(members)]) => Some(pairs(members)),
        // Stable, and of Azure's form; Azure's own values are others.
        ("guid", [_, ..]) => {
            arguments.iter().map(text).collect::<Option<Vec<_>>>().map(|all| json!(hashed(&all).to_string()))
        }
        ("uniquestring", [_, ..]) => {
            let all = arguments.iter().map(text).collect::<Option<Vec<_>>>();
            all.map(|all| json!(hashed(&all).simple().to_string().get(..13).unwrap_or_default()))
        }
        _ => {
            let known = [
                "concat",
                "format",
                "tolower",
                "toupper",
                "replace",
                "split",
                "join",
                "empty",
                "equals",
                "not",
                "and",
                "or",
                "greater",
                "mul",
                "null",
                "union",
                "items",
                "guid",
                "uniquestring",
            ];
            return known.contains(&name).then_some(None);
        }
    })
}

/// Objects as one: a later one outweighs those before it, in the objects within them too.
fn united(objects: &[Value]) -> Option<Value> {
    let mut all = Map::new();
    for one in objects {
        lay_over(&mut all, one.as_object()?);
    }
    Some(Value::Object(all))
}

fn lay_over(under: &mut Map<String, Value>, over: &Map<String, Value>) {
    for (name, value) in over {
        match (under.entry(name.clone()).or_insert(Value::Null), value) {
            (Value::Object(under), Value::Object(over)) => lay_over(under, over),
            (known, value) => *known = value.clone(),
        }
    }
}

/// The members of an object, sorted by their names.
fn pairs(members: &Map<String, Value>) -> Value {
    let sorted: BTreeMap<&String, &Value> = members.iter().collect();
    sorted.into_iter().map(|(name, value)| json!({ "key": name, "value": value })).collect()
}

fn hashed(all: &[String]) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_URL, all.join("\n").as_bytes())
}

/// A value within a text.
fn shown(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn is_empty(value: &Value) -> Option<bool> {
    match value {
        Value::Null => Some(true),
        Value::String(text) => Some(text.is_empty()),
        Value::Array(items) => Some(items.is_empty()),
        Value::Object(members) => Some(members.is_empty()),
        Value::Bool(_) | Value::Number(_) => None,
    }
}

/// `{0}` stands for the first value and so on, and two brackets for one.
fn filled(form: &str, values: &[Value]) -> Option<String> {
    let mut written = String::new();
    let mut rest = form;
    while let Some(at) = rest.find(['{', '}']) {
        let (plain, after) = rest.split_at(at);
        written.push_str(plain);
        if let Some(after) = after.strip_prefix("{{").or_else(|| after.strip_prefix("}}")) {
            written.push_str(rest.get(at..=at)?);
            rest = after;
            continue;
        }
        let (number, after) = after.strip_prefix('{')?.split_once('}')?;
        written.push_str(&shown(values.get(number.parse::<usize>().ok()?)?)?);
        rest = after;
    }
    written.push_str(rest);
    Some(written)
}
