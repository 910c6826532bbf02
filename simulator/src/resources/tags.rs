//! `Microsoft.Resources/tags/default`: reading and changing the tags of anything.

use axum::http::Method;
use serde_json::{Value, json};

use crate::wire::path::key;
use crate::wire::{Answer, ArmError, Call, Reply, json as body_json};
use crate::world::World;

/// Answers `{scope}/providers/Microsoft.Resources/tags/default`.
pub(crate) fn handle(world: &mut World, call: &Call) -> Answer {
    if !call.path.is(0, "tags") || !call.path.is(1, "default") {
        return Err(ArmError::unknown_type("Microsoft.Resources", call.path.segment(0).unwrap_or_default()));
    }
    let scope = call.path.scope.clone();
    let before = target(world, &scope).ok_or_else(|| ArmError::resource_not_found("", &scope))?;
    let mut tags = body_json::member(before, "tags").cloned().unwrap_or_else(|| json!({}));
    match call.method {
        Method::GET => return Ok(Reply::ok(body(&scope, &tags))),
        Method::PUT => tags = asked(call)?,
        Method::PATCH => change(&mut tags, call)?,
        Method::DELETE => tags = json!({}),
        _ => return Err(ArmError::method_not_allowed(&call.method)),
    }
    if let Some(found) = target(world, &scope) {
        body_json::set(found, &["tags"], tags.clone());
    }
    world.touch(&scope);
    Ok(Reply::ok(body(&scope, &tags)))
}

fn target<'a>(world: &'a mut World, scope: &str) -> Option<&'a mut Value> {
    let key = key(scope);
    if world.arm.groups.contains_key(&key) {
        return world.arm.groups.get_mut(&key);
    }
    if is_subscription(&key) && world.exists(scope) {
        return Some(world.arm.subscription_tags(&key));
    }
    world.body_mut(&key)
}

fn is_subscription(key: &str) -> bool {
    key.strip_prefix("/subscriptions/").is_some_and(|id| !id.is_empty() && !id.contains('/'))
}

fn asked(call: &Call) -> Result<Value, ArmError> {
    let tags = body_json::reach(call.object()?, &["properties", "tags"]).cloned();
    tags.ok_or_else(|| {
        ArmError::bad_request(
            "InvalidRequestContent",
            "The request content was invalid: 'properties.tags' is missing.",
        )
    })
}

fn change(tags: &mut Value, call: &Call) -> Result<(), ArmError> {
    let operation = body_json::text(call.object()?, &["operation"]).unwrap_or("Merge").to_ascii_lowercase();
    let asked = asked(call)?;
    match operation.as_str() {
        "replace" => *tags = asked,
        "delete" => {
            let names: Vec<String> =
                asked.as_object().map(|map| map.keys().cloned().collect()).unwrap_or_default();
            if let Some(map) = tags.as_object_mut() {
                map.retain(|name, _| !names.contains(name));
            }
        }
        _ => body_json::merge(tags, &asked),
    }
    Ok(())
}

fn body(scope: &str, tags: &Value) -> Value {
    json!({
        "id": format!("{scope}/providers/Microsoft.Resources/tags/default"),
        "name": "default",
        "type": "Microsoft.Resources/tags",
        "properties": { "tags": tags },
    })
}
