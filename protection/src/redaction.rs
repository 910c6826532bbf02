//! Secrets in what Azure shows of a resource.
//!
//! They are replaced before rules see the resource: what is recorded is what was decided from, so that it can be decided again,
//! and no secret is in it.

mod names;
mod shapes;
mod table;
mod text;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

pub use table::{KNOWN, Known};
pub use text::foreign;

/// What is there in the place of a secret.
pub const MARKER: &str = "(redacted by Holdfast)";

/// Replaces the secrets in the body of a resource of this type, and of what the body tells of its children.
pub fn body(resource_type: &str, body: &mut Value) {
    table::apply(resource_type, body);
    walk(body);
}

/// Replaces the secrets among tags: by name and by form.
pub fn tags(tags: &mut BTreeMap<String, String>) {
    for (name, value) in tags {
        if is_secret(name, value) || shapes::is_secret(value) {
            MARKER.clone_into(value);
        }
    }
}

/// Whether a text under this name is a secret. A flag is none, and neither is the address of a secret in a key vault.
fn is_secret(name: &str, value: &str) -> bool {
    names::is_secret(name) && !value.is_empty() && !shapes::is_flag(value) && !shapes::is_reference(value)
}

/// Whether anything was replaced.
fn walk(value: &mut Value) -> bool {
    match value {
        Value::Object(members) => in_object(members),
        Value::Array(items) => items.iter_mut().fold(false, |changed, item| walk(item) | changed),
        Value::String(text) => in_text(text),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn in_object(members: &mut Map<String, Value>) -> bool {
    let mut changed = of_its_type(members) | named_beside(members);
    for (name, member) in members {
        changed |= if names::is_secret(name) { replace(name, member) } else { walk(member) };
    }
    changed
}

/// What the table says of the type that an object states: a child in the body of its parent, a resource in an event.
fn of_its_type(members: &mut Map<String, Value>) -> bool {
    let stated = members.get("type").and_then(Value::as_str).filter(|kind| kind.contains('/'));
    let Some(kind) = stated.map(str::to_owned) else { return false };
    table::apply_within(&kind, members)
}

/// `{ "name": "DB_PASSWORD", "value": "…" }`, as settings and variables are listed.
fn named_beside(members: &mut Map<String, Value>) -> bool {
    let Some(name) = members.get("name").and_then(Value::as_str).filter(|name| names::is_secret(name)) else {
        return false;
    };
    let name = name.to_owned();
    members.get_mut("value").is_some_and(|value| replace(&name, value))
}

/// Replaces what lies under the name of a secret, if it can be one.
fn replace(name: &str, value: &mut Value) -> bool {
    let is_one = match &*value {
        Value::String(text) => text != MARKER && is_secret(name, text),
        Value::Object(members) => !members.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    };
    if is_one {
        *value = Value::from(MARKER);
    }
    is_one
}

/// A text that is a secret by its form, or JSON with one in it.
fn in_text(text: &mut String) -> bool {
    if text.starts_with(['{', '['])
        && let Ok(mut inner) = serde_json::from_str::<Value>(text)
    {
        let changed = walk(&mut inner);
        if changed {
            *text = inner.to_string();
        }
        return changed;
    }
    let is_one = shapes::is_secret(text);
    if is_one {
        MARKER.clone_into(text);
    }
    is_one
}

#[cfg(test)]
mod tests;
