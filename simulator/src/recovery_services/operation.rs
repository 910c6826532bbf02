//! Long-running operations: `operationStatus` and `operationResults` below a vault (official), `operationsStatus` and
//! `operationResults` below its fabric (recorded).

use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::json;

use super::State;
use super::refusal::refusal;
use crate::clock::{precise, whole_seconds};
use crate::traffic::Fate;
use crate::wire::path::key;
use crate::wire::{Answer, ArmError, Call, Reply, json as body_json};
use crate::world::World;

/// Clients are asked to poll again after this many seconds (official example).
const RETRY_SECONDS: f64 = 10.0;

/// The api-version in the URLs of statuses below a fabric, whatever the call's (recorded).
const FABRIC_VERSION: &str = "2019-05-13-preview";

/// On what an operation works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    Vault,
    Fabric,
}

/// A long-running operation.
#[derive(Debug, Clone)]
pub(super) struct Operation {
    subject: Subject,
    /// The id of the vault or of its fabric.
    id: String,
    started: Timestamp,
    ends: Timestamp,
    /// What becomes of it, where that is not the usual end.
    fate: Option<Fate>,
}

/// How far an operation is.
enum Progress<'a> {
    Running,
    Succeeded,
    Failed(&'a str),
}

impl Operation {
    /// An operation on the subject `id` that takes `seconds` of Azure's time.
    pub(super) fn begun(world: &mut World, subject: Subject, id: &str, seconds: f64) -> Self {
        let (started, ends) = (world.now(), world.after(seconds));
        Self { subject, id: id.to_owned(), started, ends, fate: world.traffic.coming_fate.take() }
    }

    /// Whether it ever does what it was begun for.
    pub(super) fn does_its_work(&self) -> bool {
        !matches!(self.fate, Some(Fate::Stall | Fate::Fail(_)))
    }

    fn status_url(&self, call: &Call, name: &str) -> String {
        match self.subject {
            Subject::Vault => self.url(call, "operationStatus", name, call.api_version()),
            Subject::Fabric => self.url(call, "operationsStatus", name, FABRIC_VERSION),
        }
    }

    fn result_url(&self, call: &Call, name: &str) -> String {
        self.url(call, "operationResults", name, call.api_version())
    }

    fn url(&self, call: &Call, noun: &str, name: &str, version: &str) -> String {
        format!("{}{}/{noun}/{name}?api-version={version}", call.base, self.id)
    }

    fn progress(&self, now: Timestamp) -> Progress<'_> {
        match &self.fate {
            _ if self.ends > now => Progress::Running,
            Some(Fate::Hang | Fate::Stall) => Progress::Running,
            Some(Fate::Fail(code)) => Progress::Failed(code),
            Some(Fate::Vanish | Fate::Move) | None => Progress::Succeeded,
        }
    }
}

/// Keeps `operation` and announces it.
pub(super) fn announced(world: &mut World, call: &Call, operation: Operation) -> Reply {
    let name = world.guid();
    let reply = Reply::empty(StatusCode::ACCEPTED)
        .with_header("azure-asyncoperation", operation.status_url(call, &name))
        .with_header("location", operation.result_url(call, &name))
        .with_header("retry-after", world.clock.retry_after(RETRY_SECONDS));
    State::of_mut(world).operations.insert(name, operation);
    reply
}

fn found<'world>(world: &'world World, call: &Call, name: &str) -> Result<&'world Operation, ArmError> {
    let here = |operation: &&Operation| key(&call.path.id()).starts_with(&key(&operation.id));
    let operation = State::of(world).operations.get(name).filter(here);
    operation.filter(|operation| operation.fate != Some(Fate::Vanish)).ok_or_else(|| {
        let message = format!("The operation '{name}' could not be found.");
        refusal(StatusCode::NOT_FOUND, "ResourceNotFound", &message)
    })
}

/// Gives an operation whose fate it is another name at its first poll: the name.
fn moved(world: &mut World, name: &str) -> Option<String> {
    let operations = &State::of(world).operations;
    if operations.get(name)?.fate != Some(Fate::Move) {
        return None;
    }
    let other = world.guid();
    let mut operation = State::of_mut(world).operations.remove(name)?;
    operation.fate = None;
    State::of_mut(world).operations.insert(other.clone(), operation);
    Some(other)
}

/// `GET` of a status.
pub(super) fn status(world: &mut World, call: &Call) -> Answer {
    let name = call.path.rest.last().map(String::as_str).unwrap_or_default();
    let moved = moved(world, name);
    let name = moved.as_deref().unwrap_or(name);
    let operation = found(world, call, name)?;
    let progress = operation.progress(world.now());
    let word = match progress {
        Progress::Running => "InProgress",
        Progress::Succeeded => "Succeeded",
        Progress::Failed(_) => "Failed",
    };
    let running = matches!(progress, Progress::Running);
    let mut body = json!({
        "id": call.raw_path,
        "name": name,
        "status": word,
        "startTime": precise(operation.started),
        "endTime": if running { "0001-01-01T00:00:00Z".to_owned() } else { whole_seconds(operation.ends) },
    });
    if let Progress::Failed(code) = progress {
        body_json::set(&mut body, &["error"], json!({ "code": code, "message": "The operation failed." }));
    }
    let mut reply = Reply::ok(body);
    if running {
        reply = reply.with_header("retry-after", world.clock.retry_after(RETRY_SECONDS));
    }
    Ok(match &moved {
        Some(name) => reply.with_header("azure-asyncoperation", operation.status_url(call, name)),
        None => reply,
    })
}

/// `GET` of a result; that of a fabric has no content.
pub(super) fn result(world: &World, call: &Call) -> Answer {
    let name = call.path.rest.last().map(String::as_str).unwrap_or_default();
    let operation = found(world, call, name)?;
    match operation.progress(world.now()) {
        Progress::Succeeded => Ok(Reply::empty(match operation.subject {
            Subject::Vault => StatusCode::OK,
            Subject::Fabric => StatusCode::NO_CONTENT,
        })),
        Progress::Failed(code) => Err(refusal(StatusCode::BAD_REQUEST, code, "The operation failed.")),
        Progress::Running => Ok(Reply::empty(StatusCode::ACCEPTED)
            .with_header("location", operation.result_url(call, name))
            .with_header("retry-after", world.clock.retry_after(RETRY_SECONDS))),
    }
}
