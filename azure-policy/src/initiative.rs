//! Initiatives: sets of definitions that are assigned together.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::assignment::{parameter_values, parse};
use crate::expression::{Names, Unresolved};
use crate::{Assignment, ImportError};

/// A policy set definition, as ARM or the Azure CLI shows it.
#[derive(Debug, Clone)]
pub struct Initiative {
    name: String,
    defaults: Map<String, Value>,
    members: Vec<Member>,
}

/// One definition in an initiative.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Member {
    pub(crate) policy_definition_id: String,
    pub(crate) policy_definition_reference_id: Option<String>,
    pub(crate) definition_version: Option<String>,
    #[serde(default)]
    parameters: Option<Map<String, Value>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Properties {
    policy_definitions: Vec<Member>,
    #[serde(default)]
    parameters: Option<Map<String, Value>>,
}

impl Initiative {
    /// Reads a policy set definition.
    ///
    /// # Errors
    ///
    /// Fails on what is none.
    pub fn read(text: &str) -> Result<Self, ImportError> {
        let json = parse("the initiative", text)?;
        let properties = json.get("properties").unwrap_or(&json);
        let properties = Properties::deserialize(properties).map_err(|source| ImportError::Form {
            what: "the initiative".to_owned(),
            message: format!("is not a policy set definition: {source}"),
        })?;
        let declared = properties.parameters.unwrap_or_default();
        let defaults =
            declared.into_iter().filter_map(|(name, own)| Some((name, own.get("defaultValue")?.clone())));
        let name = json.get("name").and_then(Value::as_str).unwrap_or_default();
        Ok(Self {
            name: name.to_owned(),
            defaults: defaults.collect(),
            members: properties.policy_definitions,
        })
    }

    /// Whether it is what a definition id names; an initiative without a name is taken at its word.
    pub(crate) fn is(&self, definition: &str) -> bool {
        let last = definition.rsplit('/').next().unwrap_or(definition);
        self.name.is_empty() || self.name.eq_ignore_ascii_case(last)
    }

    pub(crate) fn members(&self) -> &[Member] {
        &self.members
    }

    /// The values that a member's parameters have under an assignment.
    pub(crate) fn values(
        &self,
        assignment: &Assignment,
        member: &Member,
    ) -> Result<Map<String, Value>, ImportError> {
        let mut parameters = self.defaults.clone();
        for (name, value) in &assignment.parameters {
            let known = parameters.keys().find(|known| known.eq_ignore_ascii_case(name)).cloned();
            parameters.insert(known.unwrap_or_else(|| name.clone()), value.clone());
        }
        let names = Names::of(parameters, Map::new());
        let written = parameter_values(&assignment.name, member.parameters.as_ref())?;
        let resolve = |(name, value): (String, Value)| match names.resolve(&value) {
            Ok(value) => Ok((name, value)),
            Err(Unresolved { expression, why }) => Err(ImportError::Expression {
                assignment: assignment.name.clone(),
                at: format!("parameter `{name}` of the initiative's member `{}`", member.reference()),
                expression,
                why,
            }),
        };
        written.into_iter().map(resolve).collect()
    }
}

impl Member {
    pub(crate) fn reference(&self) -> &str {
        let last = self.policy_definition_id.rsplit('/').next().unwrap_or_default();
        self.policy_definition_reference_id.as_deref().unwrap_or(last)
    }
}
