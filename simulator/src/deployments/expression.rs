//! Expressions of templates, as far as the templates that are tried here use them. Anything else is refused by name, so that nobody
//! takes this for ARM's own engine.

mod function;
mod parameter;
mod reader;

use serde_json::{Map, Value};

use super::template::invalid;
use crate::wire::{ArmError, json};

/// How often variables and defaults may lead to one another.
const DEEPEST: usize = 32;

/// What a reference is worth before there is anything to refer to.
pub(super) const UNKNOWN: &str = "(known once it is deployed)";

/// Asks for the properties of what has an id, in a version of its API, or for all of it.
pub(super) type Referred<'a> = &'a dyn Fn(&str, Option<&str>, bool) -> Result<Value, ArmError>;

/// What expressions of one template can name.
#[derive(Clone)]
pub(super) struct Scope<'a> {
    /// The id of what the deployment works on.
    pub(super) id: &'a str,
    /// Name of the deployment.
    pub(super) name: &'a str,
    /// Where it is: the location of the resource group, where there is one.
    pub(super) location: &'a str,
    parameters: Map<String, Value>,
    variables: Option<&'a Map<String, Value>>,
    referred: Referred<'a>,
    /// The turn of a loop.
    turn: Option<u64>,
    /// What stands for the variables of lambdas, by their lower-cased names.
    elements: Map<String, Value>,
    depth: usize,
}

/// An expression as it was read.
#[derive(Debug, Clone, PartialEq)]
enum Term {
    Literal(Value),
    Call(String, Vec<Term>),
    Member(Box<Term>, String),
    Element(Box<Term>, Box<Term>),
}

/// Whether `text` can be read.
pub(super) fn reads(text: &str) -> bool {
    reader::read(text).is_ok()
}

/// Where a template is deployed.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) id: &'a str,
    pub(super) name: &'a str,
    pub(super) location: &'a str,
}

impl<'a> Scope<'a> {
    /// The scope of `template` with the parameters that a deployment gives.
    pub(super) fn of(
        place: Place<'a>,
        template: &'a Value,
        given: Option<&Value>,
        referred: Referred<'a>,
    ) -> Result<Self, ArmError> {
        let Place { id, name, location } = place;
        let variables = json::member(template, "variables").and_then(Value::as_object);
        let (parameters, elements) = (Map::new(), Map::new());
        let mut scope =
            Self { id, name, location, parameters, variables, referred, turn: None, elements, depth: 0 };
        let declared = json::member(template, "parameters").and_then(Value::as_object);
        scope.parameters = parameter::values(&scope, declared, given)?;
        Ok(scope)
    }

    /// The same in one turn of a loop.
    pub(super) fn in_turn(&self, turn: u64) -> Self {
        Self { turn: Some(turn), ..self.clone() }
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
                let worth = |(name, inner): (&String, &Value)| Ok((self.name(name)?, self.evaluated(inner)?));
                Ok(Value::Object(members.iter().map(worth).collect::<Result<_, ArmError>>()?))
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => Ok(value.clone()),
        }
    }

    /// Names of members may be expressions, too.
    fn name(&self, name: &str) -> Result<String, ArmError> {
        if !name.starts_with('[') {
            return Ok(name.to_owned());
        }
        let worth = self.evaluated(&Value::from(name))?;
        worth.as_str().map(str::to_owned).ok_or_else(|| invalid(format!("'{name}' is no name")))
    }

    fn worth(&self, term: &Term) -> Result<Value, ArmError> {
        match term {
            Term::Literal(value) => Ok(value.clone()),
            Term::Member(inner, name) => {
                let inner = self.worth(inner)?;
                if inner == UNKNOWN {
                    return Ok(inner);
                }
                json::member(&inner, name)
                    .cloned()
                    .ok_or_else(|| invalid(format!("there is no property '{name}'")))
            }
            Term::Element(inner, at) => {
                let (inner, at) = (self.worth(inner)?, self.worth(at)?);
                if inner == UNKNOWN {
                    return Ok(inner);
                }
                let found = at.as_u64().and_then(|at| inner.get(usize::try_from(at).ok()?));
                found.cloned().ok_or_else(|| invalid(format!("there is no element {at}")))
            }
            // Only the branch that is taken need be worth anything.
            Term::Call(name, terms) if name.eq_ignore_ascii_case("if") => match terms.as_slice() {
                [condition, yes, no] => match self.worth(condition)? {
                    Value::Bool(true) => self.worth(yes),
                    Value::Bool(false) => self.worth(no),
                    other => Err(invalid(format!("'{other}' is no condition"))),
                },
                _ => Err(invalid("the function 'if' takes three arguments")),
            },
            // A lambda is worth nothing by itself.
            Term::Call(name, terms) if name.eq_ignore_ascii_case("map") => match terms.as_slice() {
                [values, Term::Call(lambda, parts)] if lambda.eq_ignore_ascii_case("lambda") => {
                    self.mapped(&self.worth(values)?, parts)
                }
                _ => Err(invalid("the function 'map' takes an array and a lambda")),
            },
            Term::Call(name, terms) => {
                let arguments: Vec<Value> =
                    terms.iter().map(|one| self.worth(one)).collect::<Result<_, _>>()?;
                function::called(self, name, &arguments)
            }
        }
    }

    /// What a lambda makes of each of `values`.
    fn mapped(&self, values: &Value, lambda: &[Term]) -> Result<Value, ArmError> {
        let ([Term::Literal(Value::String(name)), body], Value::Array(values)) = (lambda, values) else {
            return Err(invalid("the function 'map' takes an array and a lambda of one variable here"));
        };
        let made_of = |value: &Value| {
            let mut scope = self.clone();
            scope.elements.insert(name.to_lowercase(), value.clone());
            scope.worth(body)
        };
        Ok(Value::Array(values.iter().map(made_of).collect::<Result<_, _>>()?))
    }

    fn element(&self, name: &str) -> Result<Value, ArmError> {
        let found = self.elements.get(&name.to_lowercase()).cloned();
        found.ok_or_else(|| invalid(format!("there is no lambda variable '{name}' here")))
    }

    fn variable(&self, name: &str) -> Result<Value, ArmError> {
        let found = self.variables.into_iter().flatten().find(|(one, _)| one.eq_ignore_ascii_case(name));
        let (_, value) = found.ok_or_else(|| invalid(format!("the template has no variable '{name}'")))?;
        if self.depth > DEEPEST {
            return Err(invalid(format!("the variable '{name}' leads to itself")));
        }
        Self { depth: self.depth + 1, ..self.clone() }.evaluated(value)
    }

    fn parameter(&self, name: &str) -> Result<Value, ArmError> {
        let found = self.parameters.get(&name.to_lowercase()).cloned();
        found.ok_or_else(|| invalid(format!("the template has no parameter '{name}'")))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const GROUP: &str = "/subscriptions/s/resourceGroups/rg";
    const PLACE: Place<'_> = Place { id: GROUP, name: "one", location: "westeurope" };

    fn worth(expression: &str) -> Result<Value, String> {
        let template = json!({
            "parameters": { "Name": { "type": "string" }, "Prefix": { "type": "string", "defaultValue": "nic" } },
            "variables": {
                "again": "[variables('both')]",
                "both": "[concat(parameters('Prefix'), parameters('name'))]",
                "round": "[variables('round')]",
            },
        });
        let given = json!({ "Name": { "value": "vm1" } });
        let referred = |id: &str, _: Option<&str>, whole: bool| match whole {
            true => Ok(json!({ "id": id, "properties": {} })),
            false => Ok(json!({ "of": id })),
        };
        let scope =
            Scope::of(PLACE, &template, Some(&given), &referred).map_err(|error| error.message.clone())?;
        scope.evaluated(&json!(expression)).map_err(|error| error.message)
    }

    #[test]
    fn names_and_ids_are_put_together() {
        let under = |rest: &str| Ok(json!(format!("/subscriptions/s/{rest}")));
        assert_eq!(worth("plain"), Ok(json!("plain")));
        assert_eq!(worth("[[escaped]"), Ok(json!("[escaped]")));
        assert_eq!(worth("[variables('again')]"), Ok(json!("nicvm1")));
        assert_eq!(worth("[toLower('It''s A')]"), Ok(json!("it's a")));
        assert_eq!(worth("[resourceGroup().location]"), Ok(json!("westeurope")));
        assert_eq!(
            worth("[resourceId('Microsoft.Network/networkInterfaces', variables('both'))]"),
            under("resourceGroups/rg/providers/Microsoft.Network/networkInterfaces/nicvm1")
        );
        assert_eq!(
            worth("[resourceId('other', 'Microsoft.Network/virtualNetworks/subnets', 'net', 'sub')]"),
            under("resourceGroups/other/providers/Microsoft.Network/virtualNetworks/net/subnets/sub")
        );
        assert_eq!(worth("[subscriptionResourceId('A.B/c', 'd')]"), under("providers/A.B/c/d"));
        assert_eq!(worth("[tenantResourceId('A.B/c', 'd')]"), Ok(json!("/providers/A.B/c/d")));
        assert_eq!(worth("[extensionResourceId('/x', 'A.B/c', 'd')]"), Ok(json!("/x/providers/A.B/c/d")));
    }

    #[test]
    fn values_are_worked_out() {
        for (expression, worth_of) in [
            ("[format('{0}-{1}-{{0}}', 'a', 1)]", json!("a-1-{0}")),
            ("[split('a/b', '/')[1]]", json!("b")),
            ("[if(empty(''), 'yes', split('', '/')[4])]", json!("yes")),
            ("[join(createArray('a', 'b'), ',')]", json!("a,b")),
            ("[createObject('a', mul(2, 3))]", json!({ "a": 6 })),
            ("[not(greater(1, 2))]", json!(true)),
            ("[concat(createArray(1), createArray(2))]", json!([1, 2])),
            ("[equals(null(), null())]", json!(true)),
            (
                "[union(createObject('a', 1, 'b', createObject('c', 2)), createObject('b', createObject('d', 3), 'a', 4))]",
                json!({ "a": 4, "b": { "c": 2, "d": 3 } }),
            ),
            (
                "[items(createObject('b', 1, 'a', 2))]",
                json!([{ "key": "a", "value": 2 }, { "key": "b", "value": 1 }]),
            ),
            (
                "[map(split('a,b', ','), lambda('one', format('{0}-{1}', variables('both'), lambdaVariables('One'))))]",
                json!(["nicvm1-a", "nicvm1-b"]),
            ),
            ("[replace('a-b', '-', '')]", json!("ab")),
            ("[deployment().name]", json!("one")),
            ("[reference('/x').of]", json!("/x")),
            ("[reference('/x', '2024-01-01', 'Full').id]", json!("/x")),
        ] {
            assert_eq!(worth(expression), Ok(worth_of), "{expression}");
        }
        assert_eq!(worth("[guid('a', 'b')]"), worth("[guid('a', 'b')]"));
        assert_ne!(worth("[uniqueString('a')]"), worth("[uniqueString('b')]"));
    }

    #[test]
    fn what_is_not_known_is_refused_by_name() {
        for (expression, told) in [
            ("[dateTimeAdd('x')]", "function 'dateTimeAdd'"),
            ("[parameters('other')]", "parameter 'other'"),
            ("[variables('round')]", "leads to itself"),
            ("[concat('a']", "cannot be read"),
            ("[resourceGroup().tags]", "property 'tags'"),
            ("[createArray(1)[1]]", "element 1"),
            ("[union(createArray(1), createArray(2))]", "does not take these arguments"),
            ("[map(createArray(1), 2)]", "an array and a lambda"),
            ("[map('a', lambda('one', 1))]", "an array and a lambda"),
            ("[lambdaVariables('one')]", "lambda variable 'one'"),
        ] {
            assert!(worth(expression).is_err_and(|message| message.contains(told)), "{expression}");
        }
    }

    #[test]
    fn parameters_are_given_as_they_are_declared() {
        let template = json!({ "parameters": {
            "Name": { "type": "string", "allowedValues": ["a", "b"] },
            "count": { "type": "int", "defaultValue": 1, "minValue": 1, "maxValue": 3 },
        } });
        let given = |value: Value| {
            let nothing = |_: &str, _: Option<&str>, _: bool| Ok(Value::Null);
            Scope::of(PLACE, &template, Some(&value), &nothing).map(drop).map_err(|error| error.message)
        };
        assert_eq!(given(json!({ "name": { "value": "a" } })), Ok(()));
        for (value, told) in [
            (json!({}), "'Name' is not provided"),
            (json!({ "Name": { "value": "c" } }), "not among the allowed"),
            (json!({ "Name": { "value": 1 } }), "is no string"),
            (json!({ "Name": { "value": "a" }, "count": { "value": 4 } }), "at most 3"),
            (json!({ "Name": { "value": "a" }, "more": { "value": 4 } }), "no parameter 'more'"),
        ] {
            assert!(given(value.clone()).is_err_and(|message| message.contains(told)), "{value}");
        }
    }
}
