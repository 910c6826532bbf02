//! Long-running operations. Where one announces its status and its result depends on what it works on; the status can be
//! read at `backupOperations` below the vault as well (recorded: azure-cli polls there alone).

mod address;
mod poll;

use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::Value;

pub(super) use poll::{result, status};

use super::State;
use super::job::Job;
use super::trouble::Trouble;
use crate::traffic::Fate;
use crate::wire::{Call, Reply};
use crate::world::World;

/// Clients are asked to poll again after this many seconds (official example).
const RETRY_SECONDS: f64 = 10.0;

/// On what an operation works, and how it is announced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    Vault,
    Fabric,
    Container,
    /// The end of a container's registration.
    Unregistration,
    Item,
    /// The end of an item.
    Deletion,
    Job,
    Policy,
    /// A list of jobs as a file.
    Export,
    /// The check of a request.
    Validation,
    /// A restore in the paired region.
    Abroad,
}

/// What an operation has brought about, as its status or result shows it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Outcome {
    Nothing,
    /// The name of a job.
    Job(String),
    /// The key of an item that was written, and the job that wrote it.
    Item(String, String),
    /// The key of a container that was registered.
    Container(String),
    /// Properties of the status.
    Properties(Value),
    /// The body of the result.
    Body(Value),
}

/// A long-running operation.
#[derive(Debug, Clone)]
pub(super) struct Operation {
    pub(super) name: String,
    subject: Subject,
    /// The id of what it works on.
    id: String,
    started: Timestamp,
    pub(super) ends: Timestamp,
    outcome: Outcome,
    /// What becomes of it, where that is not the usual end.
    fate: Option<Fate>,
    trouble: Option<Trouble>,
}

/// How far an operation is.
enum Progress {
    Running,
    Succeeded,
    Failed(Trouble),
}

impl Operation {
    /// An operation on the subject `id` that takes `seconds` of Azure's time.
    pub(super) fn begun(world: &mut World, subject: Subject, id: &str, seconds: f64) -> Self {
        let (started, ends) = (world.now(), world.after(seconds));
        Self {
            name: world.guid(),
            subject,
            id: id.to_owned(),
            started,
            ends,
            outcome: Outcome::Nothing,
            fate: world.traffic.coming_fate.take(),
            trouble: None,
        }
    }

    /// The same under another name.
    pub(super) fn named(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    pub(super) fn with(mut self, outcome: Outcome) -> Self {
        self.outcome = outcome;
        self
    }

    /// The same as that of a restore, which has the name of its job (recorded).
    pub(super) fn of_restore(self, job: &Job) -> Self {
        self.named(&job.name).with(Outcome::Job(job.name.clone()))
    }

    /// Whether it ever does what it was begun for.
    pub(super) fn does_its_work(&self) -> bool {
        !matches!(self.fate, Some(Fate::Stall | Fate::Fail(_)))
    }

    /// The failure that a fault has in store for it.
    pub(super) fn fated(&self) -> Option<Trouble> {
        match &self.fate {
            Some(Fate::Fail(code)) => Some(Trouble::named(code)),
            _ => None,
        }
    }

    fn progress(&self, now: Timestamp) -> Progress {
        match &self.fate {
            _ if self.ends > now => Progress::Running,
            Some(Fate::Hang | Fate::Stall) => Progress::Running,
            Some(Fate::Fail(code)) => Progress::Failed(Trouble::named(code)),
            Some(Fate::Vanish | Fate::Move) | None => match &self.trouble {
                Some(trouble) => Progress::Failed(trouble.clone()),
                None => Progress::Succeeded,
            },
        }
    }
}

/// The operation that began as `name` has failed, or fails at its end.
pub(super) fn fails(world: &mut World, name: &str, trouble: Trouble) {
    let state = State::of_mut(world);
    let name = state.moved_operations.get(name).map_or(name, String::as_str);
    if let Some(operation) = state.operations.get_mut(name) {
        operation.trouble = Some(trouble);
    }
}

/// Keeps `operation` and announces it.
pub(super) fn announced(world: &mut World, call: &Call, operation: Operation) -> Reply {
    let mut reply = Reply::empty(StatusCode::ACCEPTED);
    if let Some(status) = operation.status_url(call, &operation.name) {
        reply = reply.with_header("azure-asyncoperation", status);
    }
    let reply = reply
        .with_header("location", operation.result_url(call))
        .with_header("retry-after", world.clock.retry_after(RETRY_SECONDS));
    State::of_mut(world).operations.insert(operation.name.clone(), operation);
    reply
}
