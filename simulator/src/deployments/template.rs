//! From a template to the calls that it stands for, nested deployments included.

use axum::http::Method;
use serde_json::Value;

use super::expression::Scope;
use crate::wire::path::group_id_of;
use crate::wire::{ArmError, ArmPath, Call, json};

/// How deep deployments may be nested.
const DEEPEST: usize = 4;

/// The PUT of every resource of `template`, in the order in which they are listed.
pub(super) fn calls(deployment: &Call, location: &str) -> Result<Vec<Call>, ArmError> {
    let properties = deployment.body.as_ref().and_then(|body| json::member(body, "properties"));
    let part = |name: &str| properties.and_then(|properties| json::member(properties, name));
    let template =
        part("template").ok_or_else(|| invalid("the property 'properties.template' is missing"))?;
    let scope = Scope::of(&deployment.path.scope, location, template, part("parameters"))?;
    let mut calls = Vec::new();
    collect(deployment, &scope, &deployment.path.scope, template, 0, &mut calls)?;
    Ok(calls)
}

pub(super) fn invalid(what: impl std::fmt::Display) -> ArmError {
    ArmError::bad_request("InvalidTemplate", format!("Deployment template validation failed: {what}."))
}

fn collect(
    deployment: &Call,
    known: &Scope<'_>,
    scope: &str,
    template: &Value,
    depth: usize,
    calls: &mut Vec<Call>,
) -> Result<(), ArmError> {
    if depth > DEEPEST {
        return Err(invalid("deployments are nested too deeply"));
    }
    for name in ["$schema", "contentVersion"] {
        json::text(template, &[name]).ok_or_else(|| invalid(format!("'{name}' is missing")))?;
    }
    for resource in json::list(template, &["resources"]) {
        let resource = &known.evaluated(resource)?;
        let part = |name: &str| {
            json::text(resource, &[name]).ok_or_else(|| invalid(format!("a resource has no '{name}'")))
        };
        let (kind, name, version) = (part("type")?, part("name")?, part("apiVersion")?);
        if kind.eq_ignore_ascii_case("Microsoft.Resources/deployments") {
            let inner = json::reach(resource, &["properties", "template"])
                .ok_or_else(|| invalid(format!("the nested deployment '{name}' has no template")))?;
            collect(deployment, known, &nested_scope(scope, resource), inner, depth + 1, calls)?;
            continue;
        }
        let id = id(scope, kind, name, json::text(resource, &["scope"]))?;
        calls.push(call(deployment, &id, version, resource)?);
    }
    Ok(())
}

/// Where a nested deployment works: it may name another subscription and another resource group.
fn nested_scope(scope: &str, resource: &Value) -> String {
    let own = crate::wire::path::subscription_of(scope).unwrap_or_default();
    let subscription = json::text(resource, &["subscriptionId"]).unwrap_or(own);
    match json::text(resource, &["resourceGroup"]) {
        Some(group) => format!("/subscriptions/{subscription}/resourceGroups/{group}"),
        None if subscription.eq_ignore_ascii_case(own) => scope.to_owned(),
        None => format!("/subscriptions/{subscription}"),
    }
}

/// The id of a resource; `extended` is what an extension resource, such as a role assignment, lies on.
fn id(scope: &str, kind: &str, name: &str, extended: Option<&str>) -> Result<String, ArmError> {
    let (namespace, types) =
        kind.split_once('/').ok_or_else(|| invalid(format!("'{kind}' is no resource type")))?;
    let (types, names): (Vec<&str>, Vec<&str>) = (types.split('/').collect(), name.split('/').collect());
    if types.len() != names.len() {
        let what = format!(
            "the resource '{name}' of type '{kind}' must have as many name segments as type segments"
        );
        return Err(invalid(what));
    }
    let base = match extended {
        Some(full) if full.starts_with('/') => full.trim_end_matches('/').to_owned(),
        Some(relative) => format!("{scope}/providers/{relative}"),
        None => scope.to_owned(),
    };
    if group_id_of(&base).map(|id| id.to_lowercase()) != group_id_of(scope).map(|id| id.to_lowercase()) {
        let what = format!("'{base}' lies outside of the deployment's scope '{scope}'; nest a deployment");
        return Err(invalid(what));
    }
    if kind.eq_ignore_ascii_case("Microsoft.Resources/resourceGroups") {
        return Ok(format!("{scope}/resourceGroups/{name}"));
    }
    let tail: String = types.iter().zip(&names).map(|(kind, name)| format!("/{kind}/{name}")).collect();
    Ok(format!("{base}/providers/{namespace}{tail}"))
}

/// A call as the deployer would make it.
fn call(deployment: &Call, id: &str, version: &str, resource: &Value) -> Result<Call, ArmError> {
    const OF_THE_TEMPLATE: [&str; 6] = ["type", "name", "apiVersion", "dependsOn", "scope", "comments"];
    let mut body = resource.clone();
    if let Some(members) = body.as_object_mut() {
        members.retain(|name, _| !OF_THE_TEMPLATE.iter().any(|own| own.eq_ignore_ascii_case(name)));
    }
    let path = ArmPath::parse(id).ok_or_else(|| invalid(format!("'{id}' is no resource id")))?;
    Ok(Call {
        method: Method::PUT,
        path,
        raw_path: id.to_owned(),
        query: vec![("api-version".to_owned(), version.to_owned())],
        body: Some(body),
        base: deployment.base.clone(),
        headers: deployment.headers.clone(),
        caller: deployment.caller.clone(),
    })
}
