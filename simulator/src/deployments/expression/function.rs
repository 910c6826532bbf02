//! The functions that expressions may call.

use serde_json::{Value, json};

use super::Scope;
use crate::deployments::template::invalid;
use crate::wire::ArmError;
use crate::wire::path::{group_of, subscription_of};

/// What the function `name` gives.
pub(super) fn called(scope: &Scope<'_>, name: &str, arguments: &[Value]) -> Result<Value, ArmError> {
    let texts: Vec<&str> = arguments.iter().filter_map(Value::as_str).collect();
    match (name.to_ascii_lowercase().as_str(), texts.as_slice()) {
        ("parameters", [wanted]) => named(&scope.parameters, "parameter", wanted),
        ("variables", [wanted]) => named(&scope.variables, "variable", wanted),
        ("concat", _) if texts.len() == arguments.len() => Ok(Value::from(texts.concat())),
        ("tolower", [text]) => Ok(Value::from(text.to_lowercase())),
        ("toupper", [text]) => Ok(Value::from(text.to_uppercase())),
        ("resourcegroup", []) => Ok(json!({
            "id": scope.id, "name": group_of(scope.id).unwrap_or_default(), "location": scope.location,
        })),
        ("subscription", []) => {
            let own = subscription_of(scope.id).unwrap_or_default();
            Ok(json!({ "id": format!("/subscriptions/{own}"), "subscriptionId": own }))
        }
        ("resourceid", _) if texts.len() == arguments.len() => resource(scope, &texts),
        (
            "parameters" | "variables" | "concat" | "tolower" | "toupper" | "resourcegroup" | "subscription"
            | "resourceid",
            _,
        ) => Err(invalid(format!("the function '{name}' does not take these arguments"))),
        _ => Err(invalid(format!("the simulator does not know the function '{name}'"))),
    }
}

fn named(known: &serde_json::Map<String, Value>, noun: &str, name: &str) -> Result<Value, ArmError> {
    let found = known.get(&name.to_lowercase()).cloned();
    found.ok_or_else(|| invalid(format!("the template has no {noun} '{name}'")))
}

/// `resourceId([subscription], [group], type, name, ...)`.
fn resource(scope: &Scope<'_>, words: &[&str]) -> Result<Value, ArmError> {
    let at = words.iter().position(|word| word.contains('/'));
    let wrong = || invalid("the function 'resourceId' needs a type and a name for each part of it");
    let at = at.ok_or_else(wrong)?;
    let (before, after) = words.split_at(at);
    let own = (subscription_of(scope.id).unwrap_or_default(), group_of(scope.id).unwrap_or_default());
    let (subscription, group) = match before {
        [] => own,
        [group] => (own.0, *group),
        [subscription, group] => (*subscription, *group),
        _ => return Err(wrong()),
    };
    let (kind, names) = after.split_first().ok_or_else(wrong)?;
    let (namespace, types) = kind.split_once('/').ok_or_else(wrong)?;
    let types: Vec<&str> = types.split('/').collect();
    if types.len() != names.len() {
        return Err(wrong());
    }
    let tail: String = types.iter().zip(names).map(|(kind, name)| format!("/{kind}/{name}")).collect();
    Ok(json!(format!("/subscriptions/{subscription}/resourceGroups/{group}/providers/{namespace}{tail}")))
}
