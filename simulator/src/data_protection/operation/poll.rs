//! What polling an operation shows.

use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::Outcome;
use crate::clock::{precise, whole_seconds};
use crate::data_protection::user_error::generic_not_found;
use crate::data_protection::{NAMESPACE, State};
use crate::traffic::Fate;
use crate::wire::path::subscription_of;
use crate::wire::{Answer, Call, Reply, json as body_json};
use crate::world::World;

/// `GET .../operationStatus/{id}`, in any of its forms.
pub(crate) fn status(world: &mut World, call: &Call, id: &str) -> Answer {
    let moved = moved(world, call, id);
    let id = moved.as_ref().map_or(id, |(id, _)| id.as_str());
    let operation = State::of(world).operations.get(id).filter(|one| one.fate != Some(Fate::Vanish));
    let operation = operation.ok_or_else(generic_not_found)?;
    let (word, end) = match (&operation.outcome, operation.ended) {
        (Outcome::Running, _) | (_, None) => ("Inprogress", "0001-01-01T00:00:00Z".to_owned()),
        (Outcome::Succeeded, Some(at)) => ("Succeeded", whole_seconds(at)),
        (Outcome::Failed(_), Some(at)) => ("Failed", whole_seconds(at)),
    };
    let mut body = json!({
        "id": call.raw_path,
        "name": id,
        "status": word,
        "startTime": precise(operation.started),
        "endTime": end,
    });
    if let Some(job) = &operation.job
        && matches!(operation.outcome, Outcome::Succeeded)
    {
        body_json::set(&mut body, &["properties"], job_info(Some(job)));
    }
    if let Outcome::Failed(error) = &operation.outcome {
        body_json::set(&mut body, &["error"], error.clone());
    }
    let mut reply = Reply::ok(body);
    if let Some((_, url)) = moved {
        reply = reply.with_header("azure-asyncoperation", url);
    }
    Ok(match operation.outcome {
        Outcome::Running => reply.with_header("retry-after", world.clock.retry_after(operation.retry)),
        _ => reply,
    })
}

/// Gives an operation whose fate it is another id at its first poll: the id and its URL.
fn moved(world: &mut World, call: &Call, id: &str) -> Option<(String, String)> {
    if State::of(world).operations.get(id)?.fate != Some(Fate::Move) {
        return None;
    }
    let mut operation = State::of_mut(world).operations.remove(id)?;
    operation.fate = None;
    let other = STANDARD.encode(format!("{};{}", world.random.guid(), world.random.guid()));
    let subscription = subscription_of(&operation.vault).unwrap_or_default();
    let url = format!(
        "{}/subscriptions/{subscription}/providers/{NAMESPACE}/locations/{}/operationStatus/{other}?api-version={}",
        call.base,
        operation.location,
        call.api_version()
    );
    State::of_mut(world).operations.insert(other.clone(), operation);
    State::of_mut(world).moved_operations.insert(id.to_owned(), other.clone());
    Some((other, url))
}

/// `GET .../operationResults/{id}`.
pub(crate) fn result(world: &World, call: &Call, id: &str) -> Answer {
    let operation = State::of(world).operations.get(id).filter(|one| one.fate != Some(Fate::Vanish));
    let operation = operation.ok_or_else(generic_not_found)?;
    let subscription = subscription_of(&operation.vault).unwrap_or_default();
    let location = &operation.location;
    let version = call.api_version();
    let url = |noun: &str| {
        format!(
            "{}/subscriptions/{subscription}/providers/{NAMESPACE}/locations/{location}/{noun}/{id}?api-version={version}",
            call.base
        )
    };
    let reply = match &operation.outcome {
        Outcome::Running => Reply::empty(StatusCode::ACCEPTED)
            .with_header("location", url("operationResults"))
            .with_header("retry-after", world.clock.retry_after(operation.retry)),
        Outcome::Succeeded => Reply::ok(job_info(operation.job.as_deref())),
        Outcome::Failed(error) => Reply::new(StatusCode::BAD_REQUEST, json!({ "error": error })),
    };
    Ok(reply.with_header("azure-asyncoperation", url("operationStatus")))
}

fn job_info(job: Option<&str>) -> Value {
    match job {
        Some(job) => json!({ "jobId": job, "objectType": "OperationJobExtendedInfo" }),
        None => json!({ "objectType": "OperationJobExtendedInfo" }),
    }
}
