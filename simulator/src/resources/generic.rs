//! Resources by plain PUT, GET, PATCH and DELETE, of any type.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{attached, blank, slow_deletion, soft_share};
use crate::authorization::{self, quoted};
use crate::wire::call::normalised_location;
use crate::wire::path::{ArmPath, key, name_of, within};
use crate::wire::{Answer, ArmError, Call, Reply, json as body_json};
use crate::world::World;

/// Types that live in no region although they are tracked.
const GLOBAL: [&str; 4] = [
    "microsoft.authorization/locks",
    "microsoft.managedidentity/federatedidentitycredentials",
    "microsoft.eventgrid/systemtopics",
    "microsoft.policyinsights/remediations",
];

/// What Azure gives a resource when it is made, and leaves as it is when it is written again.
const GIVEN_ONCE: [&[&str]; 6] = [
    &["properties", "timeCreated"],
    &["properties", "principalId"],
    &["properties", "clientId"],
    &["properties", "creationTime"],
    &["properties", "ConnectionString"],
    &["identity", "principalId"],
];

/// Answers a call on a resource or a list of resources.
pub(crate) fn handle(world: &mut World, call: &Call) -> Answer {
    let path = &call.path;
    well_named(path)?;
    if let Some(group) = path.group()
        && !world
            .arm
            .groups
            .contains_key(&key(&crate::wire::path::group_id_of(&path.scope).unwrap_or_default()))
    {
        return Err(ArmError::group_not_found(group));
    }
    if slow_deletion::is_poll(path) {
        return Ok(slow_deletion::poll(world, call));
    }
    if path.rest.len() % 2 == 1 {
        return match call.method {
            Method::GET => Ok(list(world, call)),
            Method::POST => act(world, call),
            _ => Err(ArmError::method_not_allowed(&call.method)),
        };
    }
    let id = path.id();
    match call.method {
        Method::PUT => put(world, call, &id),
        Method::PATCH => patch(world, call, &id),
        Method::GET => read(world, path, &id),
        Method::HEAD => Ok(Reply::empty(if world.arm.resources.contains_key(&key(&id)) {
            StatusCode::NO_CONTENT
        } else {
            StatusCode::NOT_FOUND
        })),
        Method::DELETE => delete(world, call, &id),
        _ => Err(ArmError::method_not_allowed(&call.method)),
    }
}

fn well_named(path: &ArmPath) -> Result<(), ArmError> {
    let namespace = path.namespace.as_deref().unwrap_or_default();
    let plausible = namespace.split('.').count() >= 2 && namespace.split('.').all(|part| !part.is_empty());
    if plausible {
        return Ok(());
    }
    let message = format!("The resource namespace '{namespace}' is invalid.");
    Err(ArmError::not_found("InvalidResourceNamespace", message))
}

fn put(world: &mut World, call: &Call, id: &str) -> Answer {
    let request = call.object()?.clone();
    let kind = call.path.resource_type();
    let top_level = call.path.rest.len() == 2;
    let existing = world.arm.resources.get(&key(id)).cloned();
    let extends = ArmPath::parse(&call.path.scope).is_some_and(|scope| scope.namespace.is_some());
    if top_level && !extends && !GLOBAL.contains(&kind.to_ascii_lowercase().as_str()) {
        stays_in_region(&call.required_location()?, existing.as_ref(), id)?;
    }
    if !top_level {
        parent_exists(world, &call.path, id)?;
    }
    let now = world.now();
    let id = existing.as_ref().and_then(|body| body_json::text(body, &["id"])).unwrap_or(id).to_owned();
    let body = blank::filled(&id, request, now, &mut world.random);
    let stored = stored(&id, body, existing.as_ref());
    world.arm.resources.insert(key(&id), stored.clone());
    world.touch(&id);
    attached::follow(world, &id, &existing.as_ref().map(attached::disks).unwrap_or_default());
    Ok(Reply::new(if existing.is_some() { StatusCode::OK } else { StatusCode::CREATED }, stored))
}

fn stays_in_region(location: &str, existing: Option<&Value>, id: &str) -> Result<(), ArmError> {
    let known = existing.and_then(|body| body_json::text(body, &["location"])).map(normalised_location);
    match known.filter(|known| known != location) {
        Some(known) => {
            let message = format!(
                "The resource '{}' already exists in location '{known}'. A resource with the same name cannot be created in location '{location}'.",
                name_of(id)
            );
            Err(ArmError::conflict("InvalidResourceLocation", message))
        }
        None => Ok(()),
    }
}

fn parent_exists(world: &World, path: &ArmPath, id: &str) -> Result<(), ArmError> {
    let parts: Vec<&str> = id.split('/').collect();
    let parent = parts.get(..parts.len().saturating_sub(2)).unwrap_or_default().join("/");
    if world.exists(&parent) || is_implicit(&parent) {
        return Ok(());
    }
    let message = format!(
        "Can not perform requested operation on nested resource. Parent resource '{}' not found.",
        path.segment(path.rest.len().saturating_sub(3)).unwrap_or_default()
    );
    Err(ArmError::not_found("ParentResourceNotFound", message))
}

/// Services of a storage account exist with the account.
fn is_implicit(id: &str) -> bool {
    let lower = id.to_ascii_lowercase();
    ["/blobservices/default", "/fileservices/default", "/queueservices/default"]
        .iter()
        .any(|end| lower.ends_with(end))
}

/// `body` with id, name and type as ARM shows them, keeping the system's marks of `existing`.
pub(crate) fn stored(id: &str, mut body: Value, existing: Option<&Value>) -> Value {
    let kind = ArmPath::parse(id).map(|path| path.resource_type()).unwrap_or_default();
    for given in GIVEN_ONCE {
        let kept = existing.and_then(|body| body_json::reach(body, given)).cloned();
        // An identity that was taken away stays away.
        let has_place = given.first().is_some_and(|part| body_json::member(&body, part).is_some());
        if let Some(kept) = kept.filter(|_| has_place) {
            body_json::set(&mut body, given, kept);
        }
    }
    body_json::set(&mut body, &["id"], json!(id));
    body_json::set(&mut body, &["name"], json!(name_of(id)));
    body_json::set(&mut body, &["type"], json!(kind));
    attached::kept(&mut body, existing);
    body
}

fn patch(world: &mut World, call: &Call, id: &str) -> Answer {
    let request = call.object()?.clone();
    let kind = call.path.resource_type();
    let Some(body) = world.arm.resources.get_mut(&key(id)) else {
        return Err(ArmError::resource_not_found(&kind, id));
    };
    let before = attached::disks(body);
    for name in ["tags", "properties", "sku", "identity", "kind"] {
        if let Some(change) = body_json::member(&request, name) {
            let mut merged = body_json::member(body, name).cloned().unwrap_or_default();
            body_json::merge(&mut merged, change);
            body_json::set(body, &[name], merged);
        }
    }
    let body = body.clone();
    world.touch(id);
    attached::follow(world, id, &before);
    Ok(Reply::ok(body))
}

fn read(world: &World, path: &ArmPath, id: &str) -> Answer {
    if let Some(body) = world.arm.resources.get(&key(id)) {
        return Ok(Reply::ok(body.clone()));
    }
    if is_implicit(id) && path.rest.len() > 2 {
        parent_exists(world, path, id)?;
        return Ok(Reply::ok(stored(id, json!({ "properties": {} }), None)));
    }
    Err(ArmError::resource_not_found(&path.resource_type(), id))
}

fn list(world: &World, call: &Call) -> Reply {
    let path = &call.path;
    let kind = path.resource_type();
    let depth = path.rest.len();
    let scope = match depth {
        1 => path.scope.clone(),
        _ => path.id().rsplit_once('/').map(|(parent, _)| parent.to_owned()).unwrap_or_default(),
    };
    let matching = world.arm.resources.within(&scope).map(|(_, body)| body).filter(|body| {
        body_json::text(body, &["type"]).is_some_and(|found| found.eq_ignore_ascii_case(&kind))
    });
    Reply::list(matching.cloned().chain(soft_share::listed(world, call)).collect())
}

/// An action on a resource, of which only a few have a meaning here.
fn act(world: &mut World, call: &Call) -> Answer {
    let action = call.path.rest.last().map(String::as_str).unwrap_or_default();
    let id = call.path.id();
    let target = id.rsplit_once('/').map(|(target, _)| target.to_owned()).unwrap_or_default();
    if call.path.rest.len() == 1 && action.eq_ignore_ascii_case("register") {
        return Ok(super::subscription::provider(call));
    }
    let of_share = call.path.rest.len().checked_sub(3).is_some_and(|at| call.path.is(at, "shares"));
    if action.eq_ignore_ascii_case("restore") && of_share {
        return soft_share::restore(world, call, &target);
    }
    if !world.arm.resources.contains_key(&key(&target)) {
        return Err(ArmError::resource_not_found(&call.path.resource_type(), &target));
    }
    if action.eq_ignore_ascii_case("listKeys") {
        // The well-known development key of storage emulators.
        let value =
            "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
        return Ok(Reply::ok(
            json!({ "keys": [{ "keyName": "key1", "value": value, "permissions": "FULL" }] }),
        ));
    }
    Ok(Reply::empty(StatusCode::OK))
}

fn delete(world: &mut World, call: &Call, id: &str) -> Answer {
    let Some(body) = world.arm.resources.get(&key(id)) else {
        return Ok(Reply::empty(StatusCode::NO_CONTENT));
    };
    let id = body_json::text(body, &["id"]).unwrap_or(id).to_owned();
    if let Some(started) = slow_deletion::delete(world, call, &id) {
        return Ok(started);
    }
    soft_share::kept(world, &id);
    vanish(world, &id);
    Ok(Reply::empty(StatusCode::OK))
}

/// A resource and what lies below it is gone.
pub(crate) fn vanish(world: &mut World, id: &str) {
    let below: Vec<String> = world.arm.resources.within(id).map(|(below, _)| below.clone()).collect();
    for gone in below {
        let had = world.arm.resources.get(&gone).map(attached::disks).unwrap_or_default();
        world.arm.resources.remove(&gone);
        world.touch(&gone);
        attached::follow(world, &gone, &had);
    }
    authorization::scope_vanishes(world, id);
    world.recheck_protection();
}

/// `GET .../resources`, optionally with `$filter=resourceType eq '..'`.
pub(crate) fn list_all(world: &World, call: &Call) -> Answer {
    let kind = quoted(call.parameter("$filter").unwrap_or_default(), "resourceType eq");
    let scope = &call.path.scope;
    let tracked =
        world.tracked().filter(|body| within(body_json::text(body, &["id"]).unwrap_or_default(), scope));
    let bodies = world.arm.resources.within(scope).map(|(_, body)| body).chain(tracked);
    let summaries = bodies.filter(|body| {
        let id = body_json::text(body, &["id"]).unwrap_or_default();
        let tracked = ArmPath::parse(id).is_some_and(|path| path.rest.len() == 2);
        let found = body_json::text(body, &["type"]).unwrap_or_default();
        tracked && kind.is_none_or(|kind| found.eq_ignore_ascii_case(kind))
    });
    let summary = |body: &Value| {
        let mut body = body.clone();
        if let Some(map) = body.as_object_mut() {
            map.remove("properties");
        }
        body
    };
    Ok(Reply::list(summaries.map(summary).collect()))
}
