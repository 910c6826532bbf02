//! Expressions of templates, as far as templates use them that Azure itself writes: parameters, variables, ids and names put together.
//! Anything else is refused by name, so that nobody takes this for ARM's own engine.

mod function;
mod reader;

use serde_json::{Map, Value};

use crate::wire::{ArmError, json};

/// What expressions of one template can name.
#[derive(Debug, Clone)]
pub(super) struct Scope<'a> {
    /// The id of what the deployment works on.
    pub(super) id: &'a str,
    /// The location of the resource group, where there is one.
    pub(super) location: &'a str,
    parameters: Map<String, Value>,
    variables: Map<String, Value>,
}

/// An expression as it was read.
#[derive(Debug, Clone, PartialEq)]
enum Term {
    Literal(Value),
    Call(String, Vec<Term>),
    Member(Box<Term>, String),
}

impl<'a> Scope<'a> {
    /// The scope of `template` with the parameters that a deployment gives.
    pub(super) fn of(
        id: &'a str,
        location: &'a str,
        template: &Value,
        given: Option<&Value>,
    ) -> Result<Self, ArmError> {
        let mut scope = Self { id, location, parameters: Map::new(), variables: Map::new() };
        let declared = json::member(template, "parameters").and_then(Value::as_object);
        let known =
            |name: &str| declared.is_some_and(|all| all.keys().any(|one| one.eq_ignore_ascii_case(name)));
        let unknown = given.and_then(Value::as_object).into_iter().flatten().map(|(name, _)| name);
        if let Some(name) = unknown.into_iter().find(|name| !known(name)) {
            return Err(super::template::invalid(format!(
                "the template has no parameter '{name}', although the deployment gives one"
            )));
        }
        for (name, parameter) in declared.into_iter().flatten() {
            let own = given.and_then(|given| json::reach(given, &[name, "value"]));
            let value = match own.or_else(|| json::member(parameter, "defaultValue")) {
                Some(value) => scope.evaluated(value)?,
                None => {
                    return Err(super::template::invalid(format!(
                        "the value for the template parameter '{name}' is not provided"
                    )));
                }
            };
            scope.parameters.insert(name.to_lowercase(), value);
        }
        let variables = json::member(template, "variables").and_then(Value::as_object);
        for (name, value) in variables.into_iter().flatten() {
            let value = scope.evaluated(value)?;
            scope.variables.insert(name.to_lowercase(), value);
        }
        Ok(scope)
    }

    /// `value` with every expression in it replaced by what it stands for. `[[` is an escaped bracket.
    pub(super) fn evaluated(&self, value: &Value) -> Result<Value, ArmError> {
        match value {
            Value::String(text) if text.starts_with("[[") => {
                Ok(Value::from(text.get(1..).unwrap_or_default()))
            }
            Value::String(text) => match text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
                Some(expression) => self.worth(&reader::read(expression)?),
                None => Ok(value.clone()),
            },
            Value::Array(items) => {
                Ok(Value::Array(items.iter().map(|item| self.evaluated(item)).collect::<Result<_, _>>()?))
            }
            Value::Object(members) => {
                let worth = |(name, inner): (&String, &Value)| Ok((name.clone(), self.evaluated(inner)?));
                Ok(Value::Object(members.iter().map(worth).collect::<Result<_, ArmError>>()?))
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => Ok(value.clone()),
        }
    }

    fn worth(&self, term: &Term) -> Result<Value, ArmError> {
        match term {
            Term::Literal(value) => Ok(value.clone()),
            Term::Member(inner, name) => {
                let inner = self.worth(inner)?;
                json::member(&inner, name)
                    .cloned()
                    .ok_or_else(|| super::template::invalid(format!("there is no property '{name}'")))
            }
            Term::Call(name, arguments) => {
                let arguments: Vec<Value> =
                    arguments.iter().map(|one| self.worth(one)).collect::<Result<_, _>>()?;
                function::called(self, name, &arguments)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const GROUP: &str = "/subscriptions/s/resourceGroups/rg";

    fn worth(expression: &str) -> Result<Value, String> {
        let template = json!({
            "parameters": { "Name": { "type": "string" }, "Prefix": { "type": "string", "defaultValue": "nic" } },
            "variables": { "both": "[concat(parameters('Prefix'), parameters('name'))]" },
        });
        let given = json!({ "Name": { "value": "vm1" } });
        let scope = Scope::of(GROUP, "westeurope", &template, Some(&given)).map_err(|error| error.message)?;
        scope.evaluated(&json!(expression)).map_err(|error| error.message)
    }

    #[test]
    fn names_and_ids_are_put_together() {
        assert_eq!(worth("plain"), Ok(json!("plain")));
        assert_eq!(worth("[[escaped]"), Ok(json!("[escaped]")));
        assert_eq!(worth("[variables('both')]"), Ok(json!("nicvm1")));
        assert_eq!(worth("[toLower('It''s A')]"), Ok(json!("it's a")));
        assert_eq!(worth("[resourceGroup().location]"), Ok(json!("westeurope")));
        assert_eq!(
            worth("[resourceId('Microsoft.Network/networkInterfaces', variables('both'))]"),
            Ok(json!(
                "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/networkInterfaces/nicvm1"
            ))
        );
        assert_eq!(
            worth("[resourceId('other', 'Microsoft.Network/virtualNetworks/subnets', 'net', 'sub')]"),
            Ok(json!(
                "/subscriptions/s/resourceGroups/other/providers/Microsoft.Network/virtualNetworks/net/subnets/sub"
            ))
        );
    }

    #[test]
    fn what_is_not_known_is_refused_by_name() {
        for (expression, told) in [
            ("[reference('x')]", "function 'reference'"),
            ("[parameters('other')]", "parameter 'other'"),
            ("[concat('a']", "cannot be read"),
            ("[resourceGroup().tags]", "property 'tags'"),
        ] {
            assert!(worth(expression).is_err_and(|message| message.contains(told)), "{expression}");
        }
        let template = json!({ "parameters": { "Name": { "type": "string" } } });
        let missing = Scope::of(GROUP, "", &template, None).map_err(|error| error.message);
        assert!(missing.is_err_and(|message| message.contains("'Name' is not provided")));
    }
}
