//! Assignment files of Enterprise Policy as Code (EPAC): a tree, whose nodes add to what is above them.

use serde_json::{Map, Value, json};

use crate::ImportError;
use crate::assignment::{Assignment, of_body};

/// How deep the tree may be.
const DEPTH: usize = 16;

/// Whether the file is such a tree.
pub(crate) fn is_tree(json: &Value) -> bool {
    ["nodeName", "definitionEntry", "definitionEntryList"].iter().any(|key| json.get(key).is_some())
}

/// What is known on the way from the root to a node.
#[derive(Clone, Default)]
struct Path {
    name: String,
    display_name: String,
    definition: Option<String>,
    enforcement: Option<Value>,
    scopes: Vec<String>,
    not_scopes: Vec<String>,
    parameters: Map<String, Value>,
}

/// The assignments of the tree: one for each leaf.
///
/// # Errors
///
/// Names the leaf that is not an assignment yet, and what it lacks.
pub(crate) fn assignments(tree: &Value) -> Result<Vec<Assignment>, ImportError> {
    let mut found = Vec::new();
    walk(tree, &Path::default(), DEPTH, &mut found)?;
    Ok(found)
}

fn walk(node: &Value, above: &Path, depth: usize, found: &mut Vec<Assignment>) -> Result<(), ImportError> {
    let path = above.with(node);
    let Some(depth) = depth.checked_sub(1) else { return Err(path.form("has too many levels")) };
    if node.get("definitionEntryList").is_some() {
        return Err(path.form(
            "has a definitionEntryList; give each entry a file of its own, or import the assignments as they are \
             deployed (`az policy assignment list`)",
        ));
    }
    match node.get("children").and_then(Value::as_array) {
        Some(children) => children.iter().try_for_each(|child| walk(child, &path, depth, found)),
        None => {
            found.push(path.assignment()?);
            Ok(())
        }
    }
}

impl Path {
    fn with(&self, node: &Value) -> Self {
        let mut path = self.clone();
        let text = |pointer: &str| node.pointer(pointer).and_then(Value::as_str);
        // EPAC joins names from the root to the leaf.
        path.name.push_str(text("/assignment/name").unwrap_or_default());
        path.display_name.push_str(text("/assignment/displayName").unwrap_or_default());
        if let Some(entry) = node.get("definitionEntry") {
            path.definition = definition(entry).or(path.definition);
        }
        if let Some(mode) = node.get("enforcementMode") {
            path.enforcement = Some(mode.clone());
        }
        path.scopes.extend(scopes(node.get("scope")));
        path.not_scopes.extend(scopes(node.get("notScope")).into_iter().chain(scopes(node.get("notScopes"))));
        let parameters = node.get("parameters").and_then(Value::as_object).cloned().unwrap_or_default();
        path.parameters.extend(parameters);
        path
    }

    fn assignment(self) -> Result<Assignment, ImportError> {
        let Some(definition) = &self.definition else { return Err(self.form("has no definitionEntry")) };
        let Some((scope, more)) = self.scopes.split_first() else { return Err(self.form("has no scope")) };
        let parameters: Map<String, Value> =
            self.parameters.iter().map(|(name, value)| (name.clone(), json!({ "value": value }))).collect();
        let mut properties = json!({ "policyDefinitionId": definition, "displayName": self.display_name,
            "scope": scope, "notScopes": self.not_scopes, "parameters": parameters });
        if let (Some(mode), Some(properties)) = (&self.enforcement, properties.as_object_mut()) {
            properties.insert("enforcementMode".to_owned(), mode.clone());
        }
        let mut assignment = of_body(&json!({ "name": self.name, "properties": properties }))?;
        assignment.more_scopes = more.to_vec();
        Ok(assignment)
    }

    fn form(&self, message: &str) -> ImportError {
        ImportError::Form { what: format!("assignment `{}`", self.name), message: message.to_owned() }
    }
}

/// The id of a definition or an initiative; where only its name is given, a built-in is meant, as EPAC takes it.
fn definition(entry: &Value) -> Option<String> {
    let text = |key: &str| entry.get(key).and_then(Value::as_str);
    let built_in = |kind: &str, name: &str| format!("/providers/Microsoft.Authorization/{kind}/{name}");
    let ids = ["policyId", "policySetId", "initiativeId"];
    ids.into_iter().find_map(text).map(str::to_owned).or_else(|| {
        let of_set = text("policySetName").or_else(|| text("initiativeName"));
        text("policyName")
            .map(|name| built_in("policyDefinitions", name))
            .or_else(|| of_set.map(|name| built_in("policySetDefinitions", name)))
    })
}

/// The scopes of every environment: a list below the name of each.
fn scopes(stated: Option<&Value>) -> Vec<String> {
    let environments = stated.and_then(Value::as_object).into_iter().flatten().map(|(_, listed)| listed);
    let listed = environments.flat_map(|listed| match listed {
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        Value::String(one) => vec![one.as_str()],
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => Vec::new(),
    });
    listed.map(str::to_owned).collect()
}
