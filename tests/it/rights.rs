//! What the function app asks of Azure is what its roles in `infra/main.json` permit.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use serde_json::Value;

/// The simulator's managed identity: the function app.
pub(crate) const FUNCTION_APP: &str = "0d9f6c1e-52d2-4f0f-8f5b-6a7c4f2f9b11";

/// The lists of actions of the role that the template makes, and what it takes to have them.
const LISTS: [(&str, &str); 4] = [
    ("protectActions", "operator"),
    ("createActions", "operator, `allowCreation`"),
    ("restoreActions", "operator, `allowRestore`"),
    ("deleteActions", "operator, `allowDelete`"),
];

/// Who may carry out an action, in lower case.
static ROLES: LazyLock<BTreeMap<String, &'static str>> = LazyLock::new(|| {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra/main.json");
    let text = fs::read_to_string(&file).unwrap_or_default();
    let template: Value = serde_json::from_str(&text).unwrap_or_default();
    let mut roles = BTreeMap::new();
    for (list, role) in LISTS {
        let actions = found(&template, list).unwrap_or(&Value::Null);
        for action in actions.as_array().into_iter().flatten().filter_map(Value::as_str) {
            roles.insert(action.to_ascii_lowercase(), role);
        }
    }
    roles
});

/// The value under this name, wherever it is.
fn found<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    match value {
        Value::Object(map) => map.get(name).or_else(|| map.values().find_map(|inner| found(inner, name))),
        Value::Array(list) => list.iter().find_map(|inner| found(inner, name)),
        _ => None,
    }
}

/// The role by which the function app may carry out an action, if it may.
pub(crate) fn role_for(action: &str) -> Option<&'static str> {
    let action = action.to_ascii_lowercase();
    if action == "microsoft.authorization/roleassignments/write" {
        return Some("Role Based Access Control Administrator");
    }
    if action.ends_with("/read") {
        return Some("Reader");
    }
    ROLES.get(&action).copied()
}

/// The actions that the function app asked for in these calls, and that no role of its own permits.
pub(crate) fn lacking(calls: &Value) -> BTreeSet<String> {
    let calls = calls["calls"].as_array().into_iter().flatten();
    let ours = calls.filter(|call| call["caller"] == FUNCTION_APP);
    let actions = ours.filter_map(|call| call["action"].as_str());
    actions.filter(|action| role_for(action).is_none()).map(str::to_owned).collect()
}
