//! Resource groups.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Effect, generic};
use crate::authorization;
use crate::wire::call::normalised_location;
use crate::wire::path::{group_id_of, key, name_of};
use crate::wire::{Answer, ArmError, ArmPath, Call, Reply, json as body_json};
use crate::world::World;

/// Deleting an empty group takes a while in Azure.
const DELETE_SECONDS: f64 = 15.0;

/// Calls on one resource group.
pub(crate) fn handle(world: &mut World, call: &Call) -> Answer {
    let id = call.path.scope.clone();
    let name = call.path.group().unwrap_or_default().to_owned();
    let found = world.arm.groups.get(&key(&id)).cloned();
    match (&call.method, found) {
        (&Method::HEAD, Some(_)) => Ok(Reply::empty(StatusCode::NO_CONTENT)),
        (&Method::HEAD, None) => Ok(Reply::empty(StatusCode::NOT_FOUND)),
        (&Method::PUT, found) => put(world, call, &id, found),
        (_, None) => Err(ArmError::group_not_found(&name)),
        (&Method::GET, Some(body)) => Ok(Reply::ok(body)),
        (&Method::PATCH, Some(mut body)) => {
            let tags = body_json::member(call.object()?, "tags").cloned().unwrap_or_else(|| json!({}));
            body_json::set(&mut body, &["tags"], tags);
            world.arm.groups.insert(key(&id), body.clone());
            world.touch(&id);
            Ok(Reply::ok(body))
        }
        (&Method::DELETE, Some(_)) => Ok(delete(world, call, &id)),
        _ => Err(ArmError::method_not_allowed(&call.method)),
    }
}

fn put(world: &mut World, call: &Call, id: &str, found: Option<Value>) -> Answer {
    let location = call.required_location()?;
    let known = found.as_ref().and_then(|body| body_json::text(body, &["location"]));
    if let Some(known) = known.filter(|known| normalised_location(known) != location) {
        let message = format!(
            "Invalid resource group location '{location}'. The Resource group already exists in location '{known}'."
        );
        return Err(ArmError::conflict("InvalidResourceGroupLocation", message));
    }
    let status = if found.is_some() { StatusCode::OK } else { StatusCode::CREATED };
    let id = found.as_ref().and_then(|body| body_json::text(body, &["id"])).unwrap_or(id).to_owned();
    let body = create(world, &id, &location, body_json::member(call.object()?, "tags").cloned());
    Ok(Reply::new(status, body))
}

/// Puts a resource group at `id`.
pub(crate) fn create(world: &mut World, id: &str, location: &str, tags: Option<Value>) -> Value {
    let mut body = json!({
        "id": id,
        "name": name_of(id),
        "type": "Microsoft.Resources/resourceGroups",
        "location": location,
    });
    if let Some(tags) = tags {
        body_json::set(&mut body, &["tags"], tags);
    }
    body_json::set(&mut body, &["properties"], json!({ "provisioningState": "Succeeded" }));
    world.arm.groups.insert(key(id), body.clone());
    world.touch(id);
    body
}

fn is_going(body: &Value) -> bool {
    body_json::text(body, &["properties", "provisioningState"]) == Some("Deleting")
}

/// Refuses to write into a group that is being deleted, or the group itself.
pub(crate) fn standing(world: &World, path: &ArmPath) -> Result<(), ArmError> {
    let id = group_id_of(&path.scope).unwrap_or_default();
    if world.arm.groups.get(&key(&id)).is_some_and(is_going) {
        return Err(ArmError::group_being_deleted(name_of(&id)));
    }
    Ok(())
}

fn delete(world: &mut World, call: &Call, id: &str) -> Reply {
    let at = world.after(DELETE_SECONDS);
    if let Some(body) = world.arm.groups.get_mut(&key(id))
        && !is_going(body)
    {
        body_json::set(body, &["properties", "provisioningState"], json!("Deleting"));
        world.schedule(at, Effect::GroupVanishes(key(id)));
    }
    let subscription = call.path.subscription().unwrap_or_default();
    let (name, version) = (name_of(id), call.api_version());
    let url =
        format!("{}/subscriptions/{subscription}/operationresults/{name}?api-version={version}", call.base);
    Reply::empty(StatusCode::ACCEPTED)
        .with_header("location", url)
        .with_header("retry-after", world.clock.retry_after(DELETE_SECONDS))
}

/// `GET /subscriptions/{s}/operationresults/{group}`: whether the deletion has ended.
pub(crate) fn deleted(world: &World, call: &Call) -> Reply {
    let name = call.path.segment(1).unwrap_or_default();
    let id = format!("{}/resourceGroups/{name}", call.path.scope);
    if !world.arm.groups.contains_key(&key(&id)) {
        return Reply::empty(StatusCode::OK);
    }
    Reply::empty(StatusCode::ACCEPTED)
        .with_header("location", format!("{}{}?api-version={}", call.base, call.raw_path, call.api_version()))
        .with_header("retry-after", world.clock.retry_after(DELETE_SECONDS))
}

/// The group and everything in it is gone.
pub(crate) fn vanish(world: &mut World, id: &str) {
    let resources: Vec<String> = world.arm.resources.within(id).map(|(inside, _)| inside.clone()).collect();
    for resource in resources {
        tell_of_deletion(world, &resource);
        generic::vanish(world, &resource);
    }
    for provider in world.providers() {
        provider.group_vanishes(world, id);
    }
    authorization::scope_vanishes(world, id);
    world.arm.groups.remove(id);
    world.touch(id);
    world.recheck_protection();
}

/// Whoever deletes a group deletes each tracked resource in it.
fn tell_of_deletion(world: &mut World, resource: &str) {
    let Some(body) = world.arm.resources.get(resource) else { return };
    let id = body_json::text(body, &["id"]).unwrap_or(resource).to_owned();
    let tracked = crate::wire::ArmPath::parse(&id).is_some_and(|path| path.rest.len() == 2);
    if tracked && !resource.contains("/providers/microsoft.authorization/") {
        crate::event_grid::publish(world, crate::event_grid::Change::deleted_along(&id));
    }
}

/// The groups of a subscription.
pub(crate) fn list(world: &World, subscription: &str) -> Reply {
    let scope = format!("/subscriptions/{subscription}");
    let inside = world.arm.groups.within(&scope);
    Reply::list(inside.map(|(_, body)| body.clone()).collect())
}
