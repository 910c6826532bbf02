//! Deletions that take a while: long-running operations of their own provider, with URLs of its own (recorded for disks and
//! for PostgreSQL single servers).

use std::collections::BTreeMap;

use axum::http::{Method, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::Effect;
use crate::clock::precise;
use crate::wire::path::{ArmPath, key};
use crate::wire::{Call, Reply, json as body_json};
use crate::world::World;

/// Deleting a disk takes about a second, a database not much more.
const SECONDS: f64 = 1.0;

/// Deletions that take a while, by operation id.
#[derive(Debug, Default)]
pub(super) struct SlowDeletions {
    begun: BTreeMap<String, SlowDeletion>,
}

/// A deletion that runs, or has ended.
#[derive(Debug, Clone, Copy)]
struct SlowDeletion {
    started: Timestamp,
    ends: Timestamp,
}

/// Who deletes slowly, and how it speaks of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deleter {
    Compute,
    PostgreSqlSingle,
}

impl Deleter {
    fn of(path: &ArmPath) -> Option<Self> {
        if path.namespace_is("Microsoft.Compute") {
            return Some(Self::Compute);
        }
        (path.namespace_is("Microsoft.DBforPostgreSQL") && path.is(0, "servers"))
            .then_some(Self::PostgreSqlSingle)
    }

    /// Where to ask for the status, and where for the result.
    fn urls(self, base: &str, operation: &str, part: &str, version: &str) -> [String; 2] {
        match self {
            Self::Compute => ["", "&monitor=true"].map(|extra| {
                format!("{base}/DiskOperations/{operation}?p={part}{extra}&api-version={version}")
            }),
            Self::PostgreSqlSingle => ["azureAsyncOperation", "operationResults"]
                .map(|noun| format!("{base}/{noun}/{operation}?api-version={version}")),
        }
    }

    /// What the answer to DELETE says beside its headers.
    fn body(self, path: &ArmPath, now: Timestamp) -> Value {
        match self {
            Self::Compute => Value::Null,
            Self::PostgreSqlSingle => {
                let what = if path.is(2, "databases") { "Database" } else { "" };
                json!({ "operation": format!("DropElasticServer{what}"), "startTime": precise(now) })
            }
        }
    }
}

/// Starts the deletion of `id`, if its provider takes a while for that.
pub(crate) fn delete(world: &mut World, call: &Call, id: &str) -> Option<Reply> {
    let provider = Deleter::of(&call.path)?;
    let subscription = call.path.subscription().unwrap_or_default();
    let namespace = call.path.namespace.as_deref().unwrap_or_default();
    let location = location(world, id);
    let base =
        format!("{}/subscriptions/{subscription}/providers/{namespace}/locations/{location}", call.base);
    let (operation, part) = (world.guid(), world.guid());
    let [status, result] = provider.urls(&base, &operation, &part, call.api_version());
    let (started, ends) = (world.now(), world.after(SECONDS));
    world.schedule(ends, Effect::ResourceVanishes(key(id)));
    world.state_mut::<SlowDeletions>().begun.insert(operation, SlowDeletion { started, ends });
    let body = provider.body(&call.path, started);
    let reply = match body.is_null() {
        true => Reply::empty(StatusCode::ACCEPTED),
        false => Reply::new(StatusCode::ACCEPTED, body),
    };
    Some(
        reply
            .with_header("azure-asyncoperation", status)
            .with_header("location", result)
            .with_header("retry-after", world.clock.retry_after(SECONDS)),
    )
}

/// The region of `id`, or of what it lies in.
fn location(world: &World, id: &str) -> String {
    let id = key(id);
    let above = std::iter::successors(Some(id.as_str()), |id| id.rsplit_once('/').map(|(parent, _)| parent));
    let mut bodies = above.filter_map(|id| world.arm.resources.get(id));
    bodies.find_map(|body| body_json::text(body, &["location"])).unwrap_or_default().to_owned()
}

/// Whether `path` asks how such a deletion stands.
pub(crate) fn is_poll(path: &ArmPath) -> bool {
    path.is(0, "locations")
        && ((path.namespace_is("Microsoft.Compute") && path.is(2, "DiskOperations"))
            || (path.namespace_is("Microsoft.DBforPostgreSQL")
                && (path.is(2, "azureAsyncOperation") || path.is(2, "operationResults"))))
}

/// Answers either of the two URLs.
pub(crate) fn poll(world: &World, call: &Call) -> Reply {
    let operation = call.path.segment(3).unwrap_or_default();
    let now = world.now();
    let found = world.state::<SlowDeletions>().begun.get(operation);
    let running = call.method == Method::GET && found.is_some_and(|found| found.ends > now);
    if call.parameter("monitor").is_some() || call.path.is(2, "operationResults") {
        return Reply::empty(if running { StatusCode::ACCEPTED } else { StatusCode::OK });
    }
    let status = if running { "InProgress" } else { "Succeeded" };
    let started = found.map_or(now, |found| found.started);
    Reply::ok(json!({ "startTime": precise(started), "status": status, "name": operation }))
}
