//! Policy assignments, as ARM, the Azure CLI or a template shows them.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::expression::{Names, Unresolved};
use crate::powershell::normal;
use crate::selector::{Override, ResourceSelector};
use crate::{Builtin, ImportError, epac};

const TYPE: &str = "Microsoft.Authorization/policyAssignments";

/// A policy assignment.
#[derive(Debug, Clone)]
pub struct Assignment {
    /// Its name.
    pub name: String,
    /// Its ARM id; none in a template.
    pub id: Option<String>,
    pub(crate) properties: Properties,
    /// Further scopes, beside that of the properties: some tools write one assignment for several.
    pub(crate) more_scopes: Vec<String>,
    /// By parameter; expressions are resolved.
    pub(crate) parameters: Map<String, Value>,
}

/// What ARM has under `properties`, and the Azure CLI at the top.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Properties {
    pub(crate) policy_definition_id: String,
    pub(crate) definition_version: Option<String>,
    pub(crate) display_name: Option<String>,
    pub(crate) scope: Option<String>,
    #[serde(default)]
    not_scopes: Option<Vec<String>>,
    pub(crate) enforcement_mode: Option<String>,
    #[serde(default)]
    parameters: Option<Map<String, Value>>,
    #[serde(default)]
    resource_selectors: Option<Vec<ResourceSelector>>,
    #[serde(default)]
    overrides: Option<Vec<Override>>,
}

impl Properties {
    pub(crate) fn not_scopes(&self) -> &[String] {
        self.not_scopes.as_deref().unwrap_or_default()
    }

    pub(crate) fn resource_selectors(&self) -> &[ResourceSelector] {
        self.resource_selectors.as_deref().unwrap_or_default()
    }

    pub(crate) fn overrides(&self) -> &[Override] {
        self.overrides.as_deref().unwrap_or_default()
    }

    /// `enforcementMode` is `DoNotEnforce`: nothing is deployed by itself.
    pub(crate) fn is_not_enforced(&self) -> bool {
        self.enforcement_mode.as_deref().is_some_and(|mode| mode.eq_ignore_ascii_case("DoNotEnforce"))
    }
}

/// Finds the assignments in an assignment, a list of them, or a template.
///
/// `parameter_file` is the text of a template's parameter file, for templates whose parameters have
/// no default.
///
/// # Errors
///
/// Fails on what is not JSON, on JSON without an assignment, and on expressions without a value.
pub fn read(text: &str, parameter_file: Option<&str>) -> Result<Vec<Assignment>, ImportError> {
    let json = normal(parse("the assignment", text)?);
    if let Some(resources) = json.get("resources") {
        let names = names(&json, parameter_file)?;
        let resources = entries(resources);
        let own = resources.filter(|(_, value)| is_assignment(value));
        return found(own.map(|(name, value)| one(value, name, &names)).collect::<Result<_, _>>()?);
    }
    let list = json.get("value").unwrap_or(&json);
    let names = Names::deployed();
    if let Value::Array(items) = list {
        return found(items.iter().map(|item| one(item, None, &names)).collect::<Result<_, _>>()?);
    }
    if epac::is_tree(&json) {
        return found(epac::assignments(&json)?);
    }
    one(&json, None, &names).map(|assignment| vec![assignment])
}

/// The assignment in a body as ARM shows it.
pub(crate) fn of_body(body: &Value) -> Result<Assignment, ImportError> {
    one(body, None, &Names::deployed())
}

pub(crate) fn parse(what: &'static str, text: &str) -> Result<Value, ImportError> {
    serde_json::from_str(text.trim_start_matches('\u{feff}'))
        .map_err(|source| ImportError::Json { what, source })
}

fn found(assignments: Vec<Assignment>) -> Result<Vec<Assignment>, ImportError> {
    if assignments.is_empty() {
        return Err(ImportError::Form {
            what: "the file".to_owned(),
            message: format!("holds no resource of type {TYPE}"),
        });
    }
    Ok(assignments)
}

/// A template's resources are a list or, with symbolic names, an object.
fn entries(resources: &Value) -> Box<dyn Iterator<Item = (Option<&str>, &Value)> + '_> {
    match resources {
        Value::Object(named) => Box::new(named.iter().map(|(name, value)| (Some(name.as_str()), value))),
        Value::Array(items) => Box::new(items.iter().map(|value| (None, value))),
        _ => Box::new(std::iter::empty()),
    }
}

fn is_assignment(resource: &Value) -> bool {
    resource.get("type").and_then(Value::as_str).is_some_and(|own| own.eq_ignore_ascii_case(TYPE))
}

/// What a template's expressions may refer to.
fn names(template: &Value, parameter_file: Option<&str>) -> Result<Names, ImportError> {
    let object =
        |value: &Value, key: &str| value.get(key).and_then(Value::as_object).cloned().unwrap_or_default();
    let defaults = object(template, "parameters");
    let mut parameters: Map<String, Value> = defaults
        .into_iter()
        .filter_map(|(name, declared)| Some((name, declared.get("defaultValue")?.clone())))
        .collect();
    if let Some(text) = parameter_file {
        let json = parse("the parameter file", text)?;
        let given = object(&json, "parameters");
        parameters
            .extend(given.into_iter().filter_map(|(name, given)| Some((name, given.get("value")?.clone()))));
    }
    Ok(Names::of(parameters, object(template, "variables")))
}

fn one(resource: &Value, symbol: Option<&str>, names: &Names) -> Result<Assignment, ImportError> {
    let text = |key: &str| resource.get(key).and_then(Value::as_str);
    let known = text("name").or(symbol).unwrap_or("without a name").to_owned();
    let resolve = |at: &str, value: &Value| {
        names.resolve(value).map_err(|Unresolved { expression, why }| ImportError::Expression {
            assignment: known.clone(),
            at: at.to_owned(),
            expression,
            why,
        })
    };
    let written = resource.get("properties").filter(|own| own.is_object()).unwrap_or(resource);
    let Some(written) = written.as_object().filter(|own| own.contains_key("policyDefinitionId")) else {
        return Err(ImportError::Form {
            what: format!("`{known}`"),
            message: "is not a policy assignment: it has no policyDefinitionId; give what `az policy assignment \
                      show` or `Get-AzPolicyAssignment | ConvertTo-Json -Depth 20` prints, an ARM template, or an \
                      assignment file of EPAC"
                .to_owned(),
        });
    };
    let definition =
        resolve("`policyDefinitionId`", written.get("policyDefinitionId").unwrap_or(&Value::Null))?;
    if let Some(id) = definition.as_str().filter(|id| !may_protect(id)) {
        // Of an assignment about something else only that is told; whether it can be read does not matter.
        return Ok(about_something_else(known, id));
    }
    // Metadata, messages and the like are not needed, and may hold expressions that have no value here.
    let needed = [
        "policyDefinitionId",
        "definitionVersion",
        "displayName",
        "scope",
        "notScopes",
        "enforcementMode",
        "parameters",
        "resourceSelectors",
        "overrides",
    ];
    let mut properties = Map::new();
    for (key, value) in written.iter().filter(|(key, _)| needed.contains(&key.as_str())) {
        let value = match (resolve(&format!("`{key}`"), value), key.as_str()) {
            // It decides nothing.
            (Err(_), "displayName") => value.clone(),
            (resolved, _) => resolved?,
        };
        properties.insert(key.clone(), value);
    }
    if !properties.contains_key("scope")
        && let Some(scope) = resource.get("scope")
    {
        properties.insert("scope".to_owned(), resolve("`scope`", scope)?);
    }
    let properties: Properties =
        serde_path_to_error::deserialize(Value::Object(properties)).map_err(|error| {
            let message = format!("`{}`: {}", error.path(), error.inner());
            ImportError::Form { what: format!("assignment `{known}`"), message }
        })?;
    let name = resolve("`name`", &Value::String(known.clone()))?;
    Ok(Assignment {
        name: name.as_str().unwrap_or(&known).to_owned(),
        id: text("id").map(str::to_owned),
        more_scopes: Vec::new(),
        parameters: parameter_values(&known, properties.parameters.as_ref())?,
        properties,
    })
}

/// Whether it is a built-in that protects data, or an initiative, which may hold one.
fn may_protect(definition: &str) -> bool {
    Builtin::find(definition).is_some() || definition.to_ascii_lowercase().contains("/policysetdefinitions/")
}

fn about_something_else(name: String, definition: &str) -> Assignment {
    let properties = Properties { policy_definition_id: definition.to_owned(), ..Properties::default() };
    Assignment { name, id: None, properties, more_scopes: Vec::new(), parameters: Map::new() }
}

/// From `{"x": {"value": 1}}` to `{"x": 1}`.
pub(crate) fn parameter_values(
    assignment: &str,
    written: Option<&Map<String, Value>>,
) -> Result<Map<String, Value>, ImportError> {
    let mut values = Map::new();
    for (name, given) in written.into_iter().flatten() {
        let Some(value) = given.get("value") else {
            return Err(ImportError::Value {
                assignment: assignment.to_owned(),
                parameter: name.clone(),
                found: given.to_string(),
                expected: "an object with a `value`".to_owned(),
            });
        };
        values.insert(name.clone(), value.clone());
    }
    Ok(values)
}
