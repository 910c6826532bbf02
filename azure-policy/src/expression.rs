//! Template expressions in values: parameters, variables and escaped brackets; nothing else.

use serde_json::{Map, Value};

/// Names that expressions may refer to.
#[derive(Debug, Clone)]
pub(crate) struct Names {
    parameters: Map<String, Value>,
    variables: Map<String, Value>,
    /// Azure has worked out what is written here: brackets are brackets.
    is_deployed: bool,
}

/// An expression without a value: its text, and why.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unresolved {
    pub(crate) expression: String,
    pub(crate) why: String,
}

/// How far names may refer to names.
const DEPTH: usize = 16;

impl Names {
    pub(crate) fn of(parameters: Map<String, Value>, variables: Map<String, Value>) -> Self {
        Self { parameters, variables, is_deployed: false }
    }

    /// What ARM shows of a deployed resource: only calls are refused, since ARM shows none.
    pub(crate) fn deployed() -> Self {
        Self { parameters: Map::new(), variables: Map::new(), is_deployed: true }
    }

    /// The value without expressions.
    pub(crate) fn resolve(&self, value: &Value) -> Result<Value, Unresolved> {
        self.resolve_within(value, DEPTH)
    }

    fn resolve_within(&self, value: &Value, depth: usize) -> Result<Value, Unresolved> {
        match value {
            Value::String(text) => self.text(text, depth),
            Value::Array(items) => items.iter().map(|item| self.resolve_within(item, depth)).collect(),
            Value::Object(fields) => {
                let resolve =
                    |(name, value): (&String, &Value)| Ok((name.clone(), self.resolve_within(value, depth)?));
                fields.iter().map(resolve).collect::<Result<_, _>>().map(Value::Object)
            }
            other => Ok(other.clone()),
        }
    }

    fn text(&self, text: &str, depth: usize) -> Result<Value, Unresolved> {
        if self.is_deployed && !text.ends_with(")]") {
            return Ok(Value::String(text.to_owned()));
        }
        if let Some(escaped) = text.strip_prefix("[[") {
            return Ok(Value::String(format!("[{escaped}")));
        }
        let Some(expression) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) else {
            return Ok(Value::String(text.to_owned()));
        };
        let unresolved = |why: String| Unresolved { expression: text.to_owned(), why };
        let Some((function, name)) = call(expression) else {
            return Err(unresolved("only Azure can work out".to_owned()));
        };
        let names = match function.to_ascii_lowercase().as_str() {
            "parameters" => &self.parameters,
            "variables" => &self.variables,
            _ => return Err(unresolved("only Azure can work out".to_owned())),
        };
        let found = names.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value);
        match (found, depth.checked_sub(1)) {
            (Some(value), Some(depth)) => self.resolve_within(value, depth),
            (Some(_), None) => Err(unresolved("refers to itself".to_owned())),
            (None, _) => Err(unresolved("has no value here".to_owned())),
        }
    }
}

/// `function('name')`, and nothing around it.
fn call(expression: &str) -> Option<(&str, &str)> {
    let (function, rest) = expression.trim().split_once('(')?;
    let name = rest.trim().strip_suffix(')')?.trim().strip_prefix('\'')?.strip_suffix('\'')?;
    let is_plain = !name.contains(['\'', '(', ')', ',']);
    is_plain.then_some((function.trim(), name))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn resolve(value: Value) -> Result<Value, String> {
        let parameters =
            json!({ "region": "westeurope", "loop": "[parameters('loop')]", "list": ["[variables('v')]"] });
        let variables = json!({ "v": "[parameters('REGION')]" });
        let object = |value: &Value| value.as_object().cloned().unwrap_or_default();
        let names = Names::of(object(&parameters), object(&variables));
        names.resolve(&value).map_err(|unresolved| unresolved.why)
    }

    #[test]
    fn names_lead_to_values() {
        assert_eq!(resolve(json!("[parameters('region')]")), Ok(json!("westeurope")));
        assert_eq!(resolve(json!("[ Parameters( 'region' ) ]")), Ok(json!("westeurope")));
        assert_eq!(resolve(json!({ "a": "[parameters('list')]" })), Ok(json!({ "a": ["westeurope"] })));
        assert_eq!(resolve(json!("[[literal]")), Ok(json!("[literal]")));
        assert_eq!(resolve(json!("[open")), Ok(json!("[open")));
        assert_eq!(resolve(json!(5)), Ok(json!(5)));
    }

    #[test]
    fn a_deployed_bracket_is_a_bracket() {
        let names = Names::deployed();
        assert_eq!(names.resolve(&json!("[x]")), Ok(json!("[x]")));
        assert_eq!(names.resolve(&json!("[[x]")), Ok(json!("[[x]")));
        assert!(names.resolve(&json!("[parameters('x')]")).is_err());
    }

    #[test]
    fn what_only_azure_knows_is_refused() {
        for expression in ["[concat('a', 'b')]", "[parameters('a').b]", "[resourceGroup().location]", "[]"] {
            assert_eq!(resolve(json!(expression)), Err("only Azure can work out".to_owned()), "{expression}");
        }
        assert_eq!(resolve(json!("[parameters('gone')]")), Err("has no value here".to_owned()));
        assert_eq!(resolve(json!("[parameters('loop')]")), Err("refers to itself".to_owned()));
    }
}
