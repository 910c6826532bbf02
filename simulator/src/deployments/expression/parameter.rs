//! The values of a template's parameters, held to what it declares of them.

use serde_json::{Map, Value};

use super::{Scope, UNKNOWN};
use crate::deployments::template::invalid;
use crate::wire::{ArmError, json};

/// A value for each parameter, by its lower-cased name: the one that is given, else its default.
pub(super) fn values(
    scope: &Scope<'_>,
    declared: Option<&Map<String, Value>>,
    given: Option<&Value>,
) -> Result<Map<String, Value>, ArmError> {
    let known = |name: &str| declared.is_some_and(|all| all.keys().any(|one| one.eq_ignore_ascii_case(name)));
    let given: Vec<(&String, &Value)> = given.and_then(Value::as_object).into_iter().flatten().collect();
    if let Some((name, _)) = given.iter().find(|(name, _)| !known(name)) {
        return Err(invalid(format!(
            "the template has no parameter '{name}', although the deployment gives one"
        )));
    }
    let mut scope = scope.clone();
    // A default may name other parameters, wherever they stand.
    let (plain, derived): (Vec<_>, Vec<_>) = declared
        .into_iter()
        .flatten()
        .partition(|(name, _)| given.iter().any(|(one, _)| one.eq_ignore_ascii_case(name)));
    let mut waiting = derived;
    for (name, declaration) in plain {
        let found = given.iter().find(|(one, _)| one.eq_ignore_ascii_case(name));
        let value = found.and_then(|(_, given)| json::member(given, "value"));
        let value = value.ok_or_else(|| missing(name))?.clone();
        fits(name, declaration, &value)?;
        scope.parameters.insert(name.to_lowercase(), value);
    }
    while !waiting.is_empty() {
        let mut left = Vec::new();
        let before = waiting.len();
        let mut problem = None;
        for (name, declaration) in waiting {
            let default = json::member(declaration, "defaultValue").ok_or_else(|| missing(name))?;
            match scope.evaluated(default) {
                Ok(value) => {
                    fits(name, declaration, &value)?;
                    scope.parameters.insert(name.to_lowercase(), value);
                }
                Err(error) => {
                    problem = Some(error);
                    left.push((name, declaration));
                }
            }
        }
        match problem {
            Some(problem) if left.len() == before => return Err(problem),
            _ => waiting = left,
        }
    }
    Ok(scope.parameters)
}

fn missing(name: &str) -> ArmError {
    invalid(format!("the value for the template parameter '{name}' is not provided"))
}

fn fits(name: &str, declaration: &Value, value: &Value) -> Result<(), ArmError> {
    if value == UNKNOWN {
        return Ok(());
    }
    let kind = json::text(declaration, &["type"]).unwrap_or_default().to_ascii_lowercase();
    let is_of_kind = match kind.as_str() {
        "string" | "securestring" => value.is_string(),
        "int" => value.is_i64() || value.is_u64(),
        "bool" => value.is_boolean(),
        "array" => value.is_array(),
        "object" | "secureobject" => value.is_object(),
        _ => return Err(invalid(format!("the parameter '{name}' is of the unknown type '{kind}'"))),
    };
    if !is_of_kind {
        return Err(invalid(format!("the value of the parameter '{name}' is no {kind}")));
    }
    if let Some(allowed) = json::member(declaration, "allowedValues").and_then(Value::as_array)
        && !allowed.contains(value)
    {
        return Err(invalid(format!("the value of the parameter '{name}' is not among the allowed ones")));
    }
    let bound = |bound: &str| json::member(declaration, bound).and_then(Value::as_i64);
    let size = value.as_i64();
    match (size, bound("minValue"), bound("maxValue")) {
        (Some(size), Some(least), _) if size < least => {
            Err(invalid(format!("the parameter '{name}' is at least {least}")))
        }
        (Some(size), _, Some(most)) if size > most => {
            Err(invalid(format!("the parameter '{name}' is at most {most}")))
        }
        _ => Ok(()),
    }
}
