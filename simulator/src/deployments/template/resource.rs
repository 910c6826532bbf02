//! One resource of a template, or one turn of its loop.

use std::borrow::Cow;

use axum::http::Method;
use serde_json::Value;

use super::invalid;
use crate::deployments::expression::Scope;
use crate::wire::path::{group_id_of, key, subscription_of};
use crate::wire::{ArmError, ArmPath, Call, json};

/// Most turns of a loop (official).
const MOST_TURNS: u64 = 800;

const GROUPS: &str = "Microsoft.Resources/resourceGroups";

/// A resource whose name, place and condition are worked out.
pub(super) struct Resource<'a> {
    /// What its expressions can name.
    pub(super) scope: Cow<'a, Scope<'a>>,
    template: &'a Value,
    pub(super) is_wanted: bool,
    kind: String,
    pub(super) name: String,
    version: String,
    /// Where it lies: for a nested deployment, where that works.
    pub(super) base: String,
    pub(super) id: String,
    pub(super) depends_on: Vec<String>,
    /// Name of the loop that it is a turn of.
    turn_of: Option<String>,
}

impl<'a> Resource<'a> {
    /// All of them, with a resource for each turn of a loop.
    pub(super) fn read(scope: &'a Scope<'a>, resources: &'a [Value]) -> Result<Vec<Self>, ArmError> {
        let mut all = Vec::new();
        for template in resources {
            let Some(copy) = json::member(template, "copy") else {
                all.push(Self::one(Cow::Borrowed(scope), template, None)?);
                continue;
            };
            let name = json::text(copy, &["name"]).ok_or_else(|| invalid("a loop has no name"))?;
            let count = scope.evaluated(json::member(copy, "count").unwrap_or(&Value::Null))?;
            let count = count.as_u64().filter(|count| *count <= MOST_TURNS);
            let count =
                count.ok_or_else(|| invalid(format!("the loop '{name}' has no count up to {MOST_TURNS}")))?;
            for turn in 0..count {
                all.push(Self::one(Cow::Owned(scope.in_turn(turn)), template, Some(name))?);
            }
        }
        Ok(all)
    }

    fn one(scope: Cow<'a, Scope<'a>>, template: &'a Value, turn_of: Option<&str>) -> Result<Self, ArmError> {
        let part = |name: &str| -> Result<String, ArmError> {
            let found = json::member(template, name).map(|found| scope.evaluated(found)).transpose()?;
            let text = found.as_ref().and_then(Value::as_str).map(str::to_owned);
            text.ok_or_else(|| invalid(format!("a resource has no '{name}'")))
        };
        let (kind, name, version) = (part("type")?, part("name")?, part("apiVersion")?);
        let is_wanted =
            match json::member(template, "condition").map(|found| scope.evaluated(found)).transpose()? {
                None | Some(Value::Bool(true)) => true,
                Some(Value::Bool(false)) => false,
                Some(other) => return Err(invalid(format!("the condition of '{name}' is '{other}'"))),
            };
        let nested = kind.eq_ignore_ascii_case("Microsoft.Resources/deployments");
        // What is not deployed need not lie anywhere.
        let at =
            |place: Result<String, ArmError>| if is_wanted { place } else { Ok(place.unwrap_or_default()) };
        let base = if nested { at(place_of(&scope, template))? } else { scope.id.to_owned() };
        let extended = if template.get("scope").is_some() { Some(part("scope")?) } else { None };
        let id = at(id(&base, scope.id, &kind, &name, extended.as_deref()))?;
        let depends_on = match json::member(template, "dependsOn") {
            None => Vec::new(),
            Some(found) => texts(&scope.evaluated(found)?),
        };
        let turn_of = turn_of.map(str::to_owned);
        Ok(Self { scope, template, is_wanted, kind, name, version, base, id, depends_on, turn_of })
    }

    pub(super) fn is_deployment(&self) -> bool {
        self.kind.eq_ignore_ascii_case("Microsoft.Resources/deployments")
    }

    /// Whether a `dependsOn` means this one: by its id, its name, or the loop that it comes from.
    pub(super) fn is_meant_by(&self, wanted: &str) -> bool {
        let as_resource = || format!("{}/providers/{}/{}", self.base, self.kind, self.name);
        key(&self.id) == key(wanted)
            // A group has an id of its own form, and is meant by that of a resource too.
            || (self.kind.eq_ignore_ascii_case(GROUPS) && key(&as_resource()) == key(wanted))
            || self.name.eq_ignore_ascii_case(wanted)
            || self.turn_of.as_ref().is_some_and(|name| name.eq_ignore_ascii_case(wanted))
    }

    /// All that the template says of it, worked out; but for what a nested deployment works out by itself.
    pub(super) fn said(&self) -> Result<Value, ArmError> {
        let inner = json::text(self.template, &["properties", "expressionEvaluationOptions", "scope"])
            .is_some_and(|scope| scope.eq_ignore_ascii_case("inner"));
        if !inner || !self.is_deployment() {
            return self.scope.evaluated(self.template);
        }
        let mut outside = self.template.clone();
        let template = json::reach(&outside, &["properties", "template"]).cloned().unwrap_or_default();
        json::set(&mut outside, &["properties", "template"], Value::Null);
        let mut said = self.scope.evaluated(&outside)?;
        json::set(&mut said, &["properties", "template"], template);
        Ok(said)
    }

    /// The call that the deployer would make for it.
    pub(super) fn call(&self, deployment: &Call) -> Result<Call, ArmError> {
        const OF_THE_TEMPLATE: [&str; 8] =
            ["type", "name", "apiVersion", "dependsOn", "scope", "comments", "condition", "copy"];
        let mut body = self.said()?;
        if let Some(members) = body.as_object_mut() {
            members.retain(|name, _| !OF_THE_TEMPLATE.iter().any(|own| own.eq_ignore_ascii_case(name)));
        }
        let id = &self.id;
        let path = ArmPath::parse(id).ok_or_else(|| invalid(format!("'{id}' is no resource id")))?;
        Ok(Call {
            method: Method::PUT,
            path,
            raw_path: id.clone(),
            query: vec![("api-version".to_owned(), self.version.clone())],
            body: Some(body),
            base: deployment.base.clone(),
            headers: deployment.headers.clone(),
            caller: deployment.caller.clone(),
        })
    }
}

fn texts(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Where a nested deployment works: it may name another subscription and another resource group.
fn place_of(scope: &Scope<'_>, template: &Value) -> Result<String, ArmError> {
    let named = |name: &str| -> Result<Option<String>, ArmError> {
        let found = json::member(template, name).map(|found| scope.evaluated(found)).transpose()?;
        Ok(found.as_ref().and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned))
    };
    let own = subscription_of(scope.id).unwrap_or_default();
    let subscription = named("subscriptionId")?.unwrap_or_else(|| own.to_owned());
    Ok(match named("resourceGroup")? {
        Some(group) => format!("/subscriptions/{subscription}/resourceGroups/{group}"),
        None if subscription.eq_ignore_ascii_case(own) => scope.id.to_owned(),
        None => format!("/subscriptions/{subscription}"),
    })
}

/// The id of a resource; `extended` is what an extension resource, such as a role assignment, lies on.
fn id(base: &str, scope: &str, kind: &str, name: &str, extended: Option<&str>) -> Result<String, ArmError> {
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
        Some(relative) => format!("{base}/providers/{relative}"),
        None => base.to_owned(),
    };
    let group = |id: &str| group_id_of(id).map(|id| id.to_lowercase());
    if extended.is_some() && group(&base) != group(scope) {
        let what = format!("'{base}' lies outside of the deployment's scope '{scope}'; nest a deployment");
        return Err(invalid(what));
    }
    if kind.eq_ignore_ascii_case(GROUPS) {
        return Ok(format!("{base}/resourceGroups/{name}"));
    }
    let tail: String = types.iter().zip(&names).map(|(kind, name)| format!("/{kind}/{name}")).collect();
    Ok(format!("{base}/providers/{namespace}{tail}"))
}
