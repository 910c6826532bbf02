//! Asking how an operation stands, and for its result.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{Operation, Outcome, Progress, RETRY_SECONDS, Subject};
use crate::clock::{precise, whole_seconds};
use crate::recovery_services::refusal::refusal;
use crate::recovery_services::trouble::Trouble;
use crate::recovery_services::{State, container, item};
use crate::traffic::Fate;
use crate::wire::path::within;
use crate::wire::{Answer, ArmError, Call, Reply, json as body_json};
use crate::world::World;

fn found<'world>(world: &'world World, call: &Call, name: &str) -> Result<&'world Operation, ArmError> {
    let here = |operation: &&Operation| within(&call.path.id(), operation.vault());
    let operation = State::of(world).operations.get(name).filter(here);
    operation.filter(|operation| operation.fate != Some(Fate::Vanish)).ok_or_else(|| {
        let message = format!("The operation '{name}' could not be found.");
        refusal(StatusCode::NOT_FOUND, "ResourceNotFound", &message)
    })
}

/// Gives an operation whose fate it is another name at its first poll, and what it brings about with it: the name.
fn moved(world: &mut World, name: &str) -> Option<String> {
    let operations = &State::of(world).operations;
    if operations.get(name)?.fate != Some(Fate::Move) {
        return None;
    }
    let other = world.guid();
    let state = State::of_mut(world);
    let mut operation = state.operations.remove(name)?;
    operation.fate = None;
    operation.name.clone_from(&other);
    state.operations.insert(other.clone(), operation);
    if let Some(scripts) = state.scripts.remove(name) {
        state.scripts.insert(other.clone(), scripts);
    }
    state.moved_operations.insert(name.to_owned(), other.clone());
    Some(other)
}

/// `GET` of a status.
pub(in crate::recovery_services) fn status(world: &mut World, call: &Call) -> Answer {
    let name = call.path.rest.last().map(String::as_str).unwrap_or_default();
    let moved = moved(world, name);
    let name = moved.as_deref().unwrap_or(name);
    let operation = found(world, call, name)?;
    let progress = operation.progress(world.now());
    let running = matches!(progress, Progress::Running);
    let mut reply = Reply::ok(operation.shown(call, progress));
    if running {
        reply = reply.with_header("retry-after", world.clock.retry_after(RETRY_SECONDS));
    }
    let elsewhere = moved.as_ref().and_then(|name| operation.status_url(call, name));
    Ok(match elsewhere {
        Some(url) => reply.with_header("azure-asyncoperation", url),
        None => reply,
    })
}

impl Operation {
    fn shown(&self, call: &Call, progress: Progress) -> Value {
        let of_vault = self.subject == Subject::Vault;
        let never = if of_vault { "0001-01-01T00:00:00Z" } else { "0001-01-01T00:00:00" };
        // An operation of backup ends when it began (recorded).
        let ended = if of_vault { whole_seconds(self.ends) } else { precise(self.started) };
        let (word, end) = match progress {
            Progress::Running => ("InProgress", never.to_owned()),
            Progress::Succeeded => ("Succeeded", ended),
            Progress::Failed(_) => ("Failed", ended),
        };
        let mut body = json!({
            "id": if of_vault { call.raw_path.as_str() } else { &self.name },
            "name": self.name,
            "status": word,
            "startTime": precise(self.started),
            "endTime": end,
        });
        if let Progress::Failed(trouble) = &progress {
            body_json::set(&mut body, &["error"], trouble.in_status());
        }
        let properties = match &self.outcome {
            _ if matches!(progress, Progress::Running) => None,
            Outcome::Job(job) | Outcome::Item(_, job) => {
                Some(json!({ "objectType": "OperationStatusJobExtendedInfo", "jobId": job }))
            }
            Outcome::Properties(properties) => Some(properties.clone()),
            Outcome::Nothing | Outcome::Container(_) | Outcome::Body(_) => None,
        };
        if let Some(properties) = properties {
            body_json::set(&mut body, &["properties"], properties);
        }
        body
    }
}

/// `GET` of a result.
pub(in crate::recovery_services) fn result(world: &World, call: &Call) -> Answer {
    let name = call.path.rest.last().map(String::as_str).unwrap_or_default();
    let operation = found(world, call, name)?;
    match operation.progress(world.now()) {
        Progress::Succeeded => Ok(ended(world, call, operation)),
        Progress::Failed(trouble) => Err(failed(&trouble)),
        Progress::Running => Ok(running(world, call, operation)),
    }
}

fn failed(trouble: &Trouble) -> ArmError {
    refusal(StatusCode::BAD_REQUEST, &trouble.code, &trouble.message)
}

/// The result of a container's operation has both URLs and an empty object while it runs, that of a fabric only its own
/// (recorded).
fn running(world: &World, call: &Call, operation: &Operation) -> Reply {
    let of_container = matches!(operation.subject, Subject::Container | Subject::Unregistration);
    let mut reply = match of_container {
        true => Reply::new(StatusCode::ACCEPTED, json!({})),
        false => Reply::empty(StatusCode::ACCEPTED),
    };
    let location = match of_container {
        true => format!(
            "{}{}/operationResults/{}?api-version={}",
            call.base,
            operation.id,
            operation.name,
            call.api_version()
        ),
        false => operation.result_url(call),
    };
    if !matches!(operation.subject, Subject::Vault | Subject::Fabric) {
        let status = match operation.subject {
            Subject::Unregistration => Operation { subject: Subject::Container, ..operation.clone() }
                .status_url(call, &operation.name),
            _ => operation.status_url(call, &operation.name),
        };
        reply = status.into_iter().fold(reply, |reply, url| reply.with_header("azure-asyncoperation", url));
    }
    reply.with_header("location", location).with_header("retry-after", world.clock.retry_after(RETRY_SECONDS))
}

fn ended(world: &World, call: &Call, operation: &Operation) -> Reply {
    let body = match &operation.outcome {
        Outcome::Item(item, _) => item::read::body(world, operation.vault(), item, call),
        Outcome::Container(container) => container::list::registered(world, operation.vault(), container),
        Outcome::Body(body) => Some(body.clone()),
        Outcome::Nothing | Outcome::Job(_) | Outcome::Properties(_) => None,
    };
    match body {
        Some(body) => Reply::ok(body),
        None if operation.subject == Subject::Vault => Reply::empty(StatusCode::OK),
        None => Reply::empty(StatusCode::NO_CONTENT),
    }
}
