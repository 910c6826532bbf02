//! Assignments as `Get-AzPolicyAssignment | ConvertTo-Json` writes them.

use serde_json::{Map, Value};

/// PowerShell's names (module Az.Resources, field) and ARM's, where more than the first letter differs.
const NAMES: [(&str, &str); 5] = [
    ("Parameter", "parameters"),
    ("NotScope", "notScopes"),
    ("ResourceSelector", "resourceSelectors"),
    ("Override", "overrides"),
    ("PolicyAssignmentId", "id"),
];

/// The assignment, or each of a list, with ARM's names; anything else as it is.
pub(crate) fn normal(json: Value) -> Value {
    match json {
        Value::Array(items) => Value::Array(items.into_iter().map(normal).collect()),
        Value::Object(fields) if is_ours(&fields) => Value::Object(renamed(fields)),
        other => other,
    }
}

fn is_ours(fields: &Map<String, Value>) -> bool {
    ["PolicyDefinitionId", "Properties"].iter().any(|name| fields.contains_key(*name))
}

fn renamed(fields: Map<String, Value>) -> Map<String, Value> {
    fields
        .into_iter()
        .map(|(name, value)| match (name.as_str(), value) {
            // Older versions of the module keep ARM's properties below this name.
            ("Properties", Value::Object(inner)) => ("properties".to_owned(), Value::Object(renamed(inner))),
            (_, value) => (arm_name(&name), value),
        })
        .collect()
}

fn arm_name(name: &str) -> String {
    if let Some((_, own)) = NAMES.iter().find(|(theirs, _)| *theirs == name) {
        return (*own).to_owned();
    }
    let mut letters = name.chars();
    letters.next().into_iter().flat_map(char::to_lowercase).chain(letters).collect()
}
