//! Template expressions in values, as far as the template itself holds what they come to.

mod syntax;

use serde_json::{Map, Value};

use syntax::Node;

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
        let unresolved = |why: &str| Unresolved { expression: text.to_owned(), why: why.to_owned() };
        let node = syntax::parse(expression).ok_or_else(|| unresolved(ONLY_AZURE))?;
        self.value_of(&node, depth).map_err(|why| match why {
            Why::OnlyAzure => unresolved(ONLY_AZURE),
            Why::NoValue => unresolved("has no value here"),
            Why::Loop => unresolved("refers to itself"),
            Why::Inner(inner) => inner,
        })
    }

    fn value_of(&self, node: &Node, depth: usize) -> Result<Value, Why> {
        match node {
            Node::Text(text) => Ok(Value::String(text.clone())),
            Node::Number(number) => Ok(Value::from(*number)),
            Node::Member(of, name) => member(&self.value_of(of, depth)?, name),
            Node::Index(of, at) => {
                let (of, at) = (self.value_of(of, depth)?, self.value_of(at, depth)?);
                match (&at, at.as_u64().and_then(|at| usize::try_from(at).ok())) {
                    (Value::String(name), _) => member(&of, name),
                    (_, Some(at)) => of.get(at).cloned().ok_or(Why::NoValue),
                    (_, None) => Err(Why::OnlyAzure),
                }
            }
            Node::Call(function, arguments) => self.call(function, arguments, depth),
        }
    }

    /// The functions whose value is in the file; every other is Azure's to work out.
    fn call(&self, function: &str, arguments: &[Node], depth: usize) -> Result<Value, Why> {
        let names = match function {
            "parameters" => Some(&self.parameters),
            "variables" => Some(&self.variables),
            _ => None,
        };
        if let (Some(names), [Node::Text(name)]) = (names, arguments) {
            let found = names.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
            let (_, value) = found.ok_or(Why::NoValue)?;
            let depth = depth.checked_sub(1).ok_or(Why::Loop)?;
            return self.resolve_within(value, depth).map_err(Why::Inner);
        }
        if !["concat", "format", "tolower", "toupper", "tenantresourceid"].contains(&function) {
            return Err(Why::OnlyAzure);
        }
        let values = arguments.iter().map(|argument| self.value_of(argument, depth));
        let values = values.collect::<Result<Vec<_>, _>>()?;
        let texts = values.iter().map(text_of).collect::<Option<Vec<String>>>().ok_or(Why::OnlyAzure)?;
        let text = match (function, texts.as_slice()) {
            ("concat", texts) => Some(texts.concat()),
            ("format", [pattern, rest @ ..]) => formatted(pattern, rest),
            ("tolower", [text]) => Some(text.to_lowercase()),
            ("toupper", [text]) => Some(text.to_uppercase()),
            ("tenantresourceid", [kind, name]) => Some(format!("/providers/{kind}/{name}")),
            _ => None,
        };
        text.map(Value::String).ok_or(Why::OnlyAzure)
    }
}

/// Why an expression has no value.
enum Why {
    OnlyAzure,
    NoValue,
    Loop,
    /// An expression that this one leads to.
    Inner(Unresolved),
}

const ONLY_AZURE: &str = "only Azure can work out";

/// A member of an object; names are compared as ARM does, in any case.
fn member(of: &Value, name: &str) -> Result<Value, Why> {
    let fields = of.as_object().ok_or(Why::NoValue)?;
    let found = fields.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.clone()).ok_or(Why::NoValue)
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(_) | Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// `{0}` and the like, with what stands for them; nothing where a placeholder asks for more than that.
fn formatted(pattern: &str, values: &[String]) -> Option<String> {
    let mut parts = pattern.split('{');
    let mut text = parts.next()?.to_owned();
    for part in parts {
        let (number, after) = part.split_once('}')?;
        text.push_str(values.get(number.parse::<usize>().ok()?)?);
        text.push_str(after);
    }
    Some(text)
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
    fn members_indexes_and_texts_are_in_the_file() {
        let variables = json!({ "names": { "disks": "Back-Up-Disks", "all": ["a", "[toUpper('b')]"] } });
        let names = Names::of(Map::new(), variables.as_object().cloned().unwrap_or_default());
        for (expression, value) in [
            ("[variables('names').disks]", "Back-Up-Disks"),
            ("[variables('names')['disks']]", "Back-Up-Disks"),
            ("[variables('names').all[1]]", "B"),
            ("[concat('a', '-', variables('names').all[0], 1)]", "a-a1"),
            ("[format('{1}/{0}', 'a', 'b')]", "b/a"),
            (
                "[tenantResourceId('Microsoft.Authorization/policyDefinitions', 'g')]",
                "/providers/Microsoft.Authorization/policyDefinitions/g",
            ),
        ] {
            assert_eq!(names.resolve(&json!(expression)), Ok(json!(value)), "{expression}");
        }
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
        for expression in ["[reference('a')]", "[resourceGroup().location]", "[]", "[format('{0:N}', 'a')]"] {
            assert_eq!(resolve(json!(expression)), Err("only Azure can work out".to_owned()), "{expression}");
        }
        assert_eq!(resolve(json!("[parameters('region').b]")), Err("has no value here".to_owned()));
        assert_eq!(resolve(json!("[parameters('gone')]")), Err("has no value here".to_owned()));
        assert_eq!(resolve(json!("[parameters('loop')]")), Err("refers to itself".to_owned()));
    }
}
