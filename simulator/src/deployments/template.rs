//! From a template to what it does: resources in their order, conditions and loops, nested deployments, outputs.

mod order;
mod resource;

use serde_json::{Map, Value};

use super::expression::{Place, Referred, Scope};
use crate::wire::{ArmError, Call, json};
use resource::Resource;

/// How deep deployments may be nested.
const DEEPEST: usize = 4;

/// What a template acts on: Azure, or nothing while it is only checked.
pub(super) trait Cloud {
    /// What lies at an id, in this version of its API if one is named.
    fn look(&self, id: &str, version: Option<&str>) -> Result<Value, ArmError>;

    /// Carries out what a resource of the template asks for.
    fn put(&self, call: Call) -> Result<(), ArmError>;

    /// A nested deployment has ended with these outputs.
    fn nested(&self, id: &str, outputs: Value);
}

pub(super) fn invalid(what: impl std::fmt::Display) -> ArmError {
    ArmError::bad_request("InvalidTemplate", format!("Deployment template validation failed: {what}."))
}

/// Carries the template of `deployment` out; its outputs.
pub(super) fn carry_out(cloud: &dyn Cloud, deployment: &Call, place: Place<'_>) -> Result<Value, ArmError> {
    let properties = deployment.body.as_ref().and_then(|body| json::member(body, "properties"));
    let part = |name: &str| properties.and_then(|properties| json::member(properties, name));
    let template =
        part("template").ok_or_else(|| invalid("the property 'properties.template' is missing"))?;
    Run { cloud, deployment, depth: 0 }.whole(place, template, part("parameters"))
}

/// One deployment under way.
#[derive(Clone, Copy)]
struct Run<'a> {
    cloud: &'a dyn Cloud,
    /// Who deploys, and how.
    deployment: &'a Call,
    depth: usize,
}

impl Run<'_> {
    fn whole(self, place: Place<'_>, template: &Value, given: Option<&Value>) -> Result<Value, ArmError> {
        if self.depth > DEEPEST {
            return Err(invalid("deployments are nested too deeply"));
        }
        for name in ["$schema", "contentVersion"] {
            json::text(template, &[name]).ok_or_else(|| invalid(format!("'{name}' is missing")))?;
        }
        let referred = |id: &str, version: Option<&str>, whole: bool| {
            let found = self.cloud.look(id, version)?;
            let found = if whole { Some(found) } else { json::member(&found, "properties").cloned() };
            Ok(found.unwrap_or(Value::Null))
        };
        let referred: Referred<'_> = &referred;
        let scope = Scope::of(place, template, given, referred)?;
        let resources = json::list(template, &["resources"]);
        for resource in order::sorted(Resource::read(&scope, resources)?)? {
            if resource.is_wanted {
                self.one(&resource)?;
            }
        }
        outputs(&scope, template)
    }

    fn one(self, resource: &Resource<'_>) -> Result<(), ArmError> {
        if !resource.is_deployment() {
            return self.cloud.put(resource.call(self.deployment)?);
        }
        let said = resource.said()?;
        let template = json::reach(&said, &["properties", "template"])
            .ok_or_else(|| invalid(format!("the nested deployment '{}' has no template", resource.name)))?;
        let location = json::text(&said, &["location"]).unwrap_or(resource.scope.location);
        let place = Place { id: &resource.base, name: &resource.name, location };
        let inner = Run { depth: self.depth + 1, ..self };
        let outputs = inner.whole(place, template, json::reach(&said, &["properties", "parameters"]))?;
        self.cloud.nested(&resource.id, outputs);
        Ok(())
    }
}

/// `outputs` of the template, each with its value.
fn outputs(scope: &Scope<'_>, template: &Value) -> Result<Value, ArmError> {
    let declared = json::member(template, "outputs").and_then(Value::as_object);
    let mut worth = Map::new();
    for (name, output) in declared.into_iter().flatten() {
        if json::member(output, "condition")
            .is_some_and(|found| scope.evaluated(found).ok() == Some(false.into()))
        {
            continue;
        }
        let value = json::member(output, "value").cloned().unwrap_or_default();
        let kind = json::member(output, "type").cloned().unwrap_or_default();
        worth.insert(name.clone(), serde_json::json!({ "type": kind, "value": scope.evaluated(&value)? }));
    }
    Ok(Value::Object(worth))
}
