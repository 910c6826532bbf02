//! Long-running operations: what is promised in headers, and what polling shows.
//!
//! Shapes follow recorded traffic (api-versions 2023-01-01 to 2024-04-01): the running word is `Inprogress`, the end time of a
//! running operation is year 1, and a finished result says only `OperationJobExtendedInfo`.

use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::instance::deletion::Deletion;
use super::instance::{ProtectionState, configure, deletion, validate};
use super::user_error::{UserError, generic_not_found};
use super::{Effect, State};
use super::{NAMESPACE, restore, vault};
use crate::clock::{precise, whole_seconds};
use crate::traffic::Fate;
use crate::wire::path::subscription_of;
use crate::wire::{Answer, Call, Reply};
use crate::world::World;

/// What happens when an operation ends.
#[derive(Debug, Clone)]
pub(crate) enum Action {
    VaultWrite,
    VaultDelete {
        soft: bool,
    },
    /// Checks the given instance properties and fails with what is missing.
    Validate(Value),
    /// Checks a restore of the instance and fails with what keeps it.
    ValidateRestore {
        instance: String,
        request: Box<restore::Request>,
    },
    InstanceWrite {
        instance: String,
        deep: bool,
    },
    InstanceDelete {
        instance: String,
        deletion: Deletion,
    },
    ProtectionChange {
        instance: String,
        to: ProtectionState,
    },
    /// Nothing: the operation only announced a job.
    Announce,
}

/// How an operation stands.
#[derive(Debug, Clone)]
pub(crate) enum Outcome {
    Running,
    Succeeded,
    /// With the `error` object.
    Failed(Value),
}

/// A long-running operation on a vault.
#[derive(Debug, Clone)]
pub(crate) struct Operation {
    pub(crate) vault: String,
    pub(crate) location: String,
    pub(crate) started: Timestamp,
    pub(crate) ended: Option<Timestamp>,
    pub(crate) outcome: Outcome,
    pub(crate) action: Action,
    /// What becomes of it, where that is not the usual end.
    fate: Option<Fate>,
    /// The job that the operation announced, as it names it: by its full id, or in the paired region by its GUID.
    pub(crate) job: Option<String>,
    /// Seconds of Azure's time after which a client should look again.
    retry: f64,
}

/// Where an accepted call tells its caller to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Headers {
    /// `Azure-AsyncOperation` below the vault, as answers to PUT have it.
    StatusOnly,
    /// The same and `Location` below the region, as answers to POST and to DELETE of instances have it.
    StatusAndResult,
    /// Both below the region, as the answer to DELETE of a vault has it.
    Region,
    /// Both below the paired region and outside any group, as answers to cross-region restores have it.
    PairedRegion,
}

/// A new operation on `vault_key` that takes `seconds` of Azure's time; its id.
pub(crate) fn begin(world: &mut World, vault_key: &str, seconds: f64, retry: f64, action: Action) -> String {
    let pair = format!("{};{}", world.random.guid(), world.random.guid());
    let id = STANDARD.encode(pair);
    let location = State::of(world).vaults.get(vault_key).map(vault::Vault::location).unwrap_or_default();
    let fate = world.traffic.coming_fate.take();
    if matches!(fate, Some(Fate::Stall | Fate::Fail(_))) {
        keep_from_settling(world, vault_key, &action);
    }
    let operation = Operation {
        fate,
        vault: vault_key.to_owned(),
        location,
        started: world.now(),
        ended: None,
        outcome: Outcome::Running,
        action,
        job: None,
        retry,
    };
    State::of_mut(world).operations.insert(id.clone(), operation);
    let at = world.after(seconds);
    world.schedule(at, Effect::OperationEnds(id.clone()));
    id
}

/// An instance whose write comes to nothing stays as it is.
fn keep_from_settling(world: &mut World, vault: &str, action: &Action) {
    let Action::InstanceWrite { instance, .. } = action else { return };
    let found =
        State::of_mut(world).vaults.get_mut(vault).and_then(|vault| vault.instances.get_mut(instance));
    if let Some(instance) = found {
        instance.generation = instance.generation.wrapping_add(1);
    }
}

/// Adds to `reply` the headers that lead to operation `id`.
pub(crate) fn announced(world: &World, call: &Call, id: &str, headers: Headers, reply: Reply) -> Reply {
    let Some(operation) = State::of(world).operations.get(id) else { return reply };
    let Some(vault) = State::of(world).vaults.get(&operation.vault) else { return reply };
    let subscription = subscription_of(&vault.id).unwrap_or_default();
    let location = &operation.location;
    let version = call.api_version();
    let url = |path: String| format!("{}{path}?api-version={version}", call.base);
    let result = url(format!(
        "/subscriptions/{subscription}/providers/{NAMESPACE}/locations/{location}/operationResults/{id}"
    ));
    let group = crate::wire::path::group_id_of(&vault.id).unwrap_or_default();
    let status = match headers {
        Headers::Region => {
            url(format!("{group}/providers/{NAMESPACE}/locations/{location}/operationStatus/{id}"))
        }
        Headers::PairedRegion => url(format!(
            "/subscriptions/{subscription}/providers/{NAMESPACE}/locations/{location}/operationStatus/{id}"
        )),
        Headers::StatusOnly | Headers::StatusAndResult => url(format!("{}/operationStatus/{id}", vault.id)),
    };
    let reply = reply
        .with_header("azure-asyncoperation", status)
        .with_header("retry-after", world.clock.retry_after(operation.retry));
    if headers == Headers::StatusOnly { reply } else { reply.with_header("location", result) }
}

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
        crate::wire::json::set(&mut body, &["properties"], job_info(Some(job)));
    }
    if let Outcome::Failed(error) = &operation.outcome {
        crate::wire::json::set(&mut body, &["error"], error.clone());
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

/// Carries out what operation `id` was started for.
pub(crate) fn operation_ends(world: &mut World, id: &str, at: Timestamp) {
    let id = &State::of(world).moved_operations.get(id).cloned().unwrap_or_else(|| id.to_owned());
    let Some(operation) = State::of(world).operations.get(id).cloned() else { return };
    let failure = match &operation.fate {
        Some(Fate::Stall) => return,
        Some(Fate::Fail(code)) => Some(undone(world, &operation, code)),
        Some(Fate::Hang) => {
            carried_out(world, operation, at);
            return;
        }
        Some(Fate::Vanish | Fate::Move) | None => carried_out(world, operation, at),
    };
    let activity = world.guid();
    if let Some(operation) = State::of_mut(world).operations.get_mut(id) {
        operation.ended = Some(at);
        operation.outcome =
            failure.map_or(Outcome::Succeeded, |error| Outcome::Failed(error.envelope(&activity)));
    }
}

/// Does what `operation` was started for; what it ran into.
fn carried_out(world: &mut World, operation: Operation, at: Timestamp) -> Option<UserError> {
    let vault = operation.vault.as_str();
    match operation.action {
        Action::VaultWrite => {
            vault::provisioned(world, vault);
            None
        }
        Action::VaultDelete { soft } => {
            vault::deletion::gone(world, vault, soft);
            None
        }
        Action::Validate(properties) => validate::verdict(world, vault, &properties, at),
        Action::ValidateRestore { instance, request } => {
            restore::verdict(world, vault, &instance, &request, at)
        }
        Action::InstanceWrite { instance, deep } => configure::written(world, vault, &instance, deep, at),
        Action::InstanceDelete { instance, deletion } => {
            deletion::deleted(world, vault, &instance, deletion, at);
            None
        }
        Action::ProtectionChange { instance, to } => {
            super::instance::protection::changed(world, vault, &instance, to);
            None
        }
        Action::Announce => None,
    }
}

/// The failure of `operation` with `code`, which its vault or instance shows.
fn undone(world: &mut World, operation: &Operation, code: &str) -> UserError {
    let error = UserError::new(code.to_owned(), "The operation failed.", "Try again after some time.");
    match &operation.action {
        Action::VaultWrite => vault::failed(world, &operation.vault),
        Action::InstanceWrite { instance, .. } => {
            configure::failed(world, &operation.vault, instance, &error)
        }
        Action::VaultDelete { .. }
        | Action::Validate(_)
        | Action::ValidateRestore { .. }
        | Action::InstanceDelete { .. }
        | Action::ProtectionChange { .. }
        | Action::Announce => {}
    }
    error
}
