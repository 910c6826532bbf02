//! Deletion of disks and snapshots, a long-running operation of Microsoft.Compute with URLs of its own.

use axum::http::{Method, StatusCode};
use serde_json::json;

use crate::arm::path::{ArmPath, key};
use crate::arm::{Call, Reply, json as body_json};
use crate::clock::precise;
use crate::world::{Effect, World};

/// Deleting a disk takes about a second.
const SECONDS: f64 = 1.0;

/// Starts the deletion of `id`.
pub(crate) fn delete(world: &mut World, call: &Call, id: &str) -> Reply {
    let location = world
        .resources
        .get(&key(id))
        .and_then(|body| body_json::text(body, &["location"]))
        .unwrap_or_default();
    let subscription = call.path.subscription().unwrap_or_default();
    let base = format!(
        "{}/subscriptions/{subscription}/providers/Microsoft.Compute/locations/{location}",
        call.base
    );
    let (operation, part) = (world.guid(), world.guid());
    let url = |extra: &str| {
        format!("{base}/DiskOperations/{operation}?p={part}{extra}&api-version={}", call.api_version())
    };
    let (status, result) = (url(""), url("&monitor=true"));
    let at = world.after(SECONDS);
    world.schedule(at, Effect::ResourceVanishes(key(id)));
    world.disk_operations.insert(operation, at);
    Reply::empty(StatusCode::ACCEPTED)
        .with_header("azure-asyncoperation", status)
        .with_header("location", result)
        .with_header("retry-after", world.clock.retry_after(SECONDS))
}

/// Whether `path` asks how such a deletion stands.
pub(crate) fn is_poll(path: &ArmPath) -> bool {
    path.namespace_is("Microsoft.Compute") && path.is(0, "locations") && path.is(2, "DiskOperations")
}

/// Answers either of the two URLs.
pub(crate) fn poll(world: &World, call: &Call) -> Reply {
    let operation = call.path.segment(3).unwrap_or_default();
    let now = world.now();
    let running =
        call.method == Method::GET && world.disk_operations.get(operation).is_some_and(|end| *end > now);
    if call.parameter("monitor").is_some() {
        return Reply::empty(if running { StatusCode::ACCEPTED } else { StatusCode::OK });
    }
    let status = if running { "InProgress" } else { "Succeeded" };
    Reply::ok(json!({ "startTime": precise(now), "status": status, "name": operation }))
}
