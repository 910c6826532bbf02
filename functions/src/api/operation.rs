//! An operation as callers see it: what was asked, by whom and why, and how far it is.

mod answer;
mod status;

use holdfast_evaluator as rules;
use holdfast_protection::guard::GUARD_ROLE;
use holdfast_protection::operations::{self, Answer, Operation, OperationStatus, Stage};
use holdfast_protection::restore::Change;
use holdfast_protection::{ResourceId, Workload};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::{IntoResponses, ToSchema};

use super::holds::Held;
use crate::problem::ErrorBody;

pub(crate) use answer::{answered, shown};
pub(crate) use status::Status;
use status::{error_of, note_of};

/// Something that was asked for.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Operation)]
pub(crate) struct OperationView {
    /// Its name, which `Operation-Location` ends with.
    pub(crate) id: String,
    /// `Succeeded`, `Failed`, or how far it is.
    pub(crate) status: Status,
    /// What was asked, such as `restore`.
    pub(crate) action: String,
    /// The resource whose protection it is about.
    pub(crate) resource: ResourceId,
    /// Which of its workloads, if that is not the first one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) workload: Option<Workload>,
    /// Its backup instance.
    pub(crate) instance: ResourceId,
    /// What was asked for in detail.
    #[schema(value_type = Object)]
    pub(crate) parameters: Value,
    /// When it was asked.
    pub(crate) start_time: Timestamp,
    /// Who asked.
    pub(crate) by: Person,
    /// Why, in the caller's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) why: Option<String>,
    /// Whether it ends with the validation.
    pub(crate) dry_run: bool,
    /// What the rules for operations said, in one sentence.
    pub(crate) judgement: String,
    /// What a second person said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) approval: Option<Approval>,
    /// Who has to agree, and until when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) needs: Option<Needs>,
    /// What of the things that are there does not stay as it is; empty where something new is made.
    pub(crate) changes: Vec<Change>,
    /// Roles that are needed and do not count: granted and not in force yet, or to be granted by somebody else.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) missing_roles: Vec<MissingRole>,
    /// What it takes, in order, in words; a dry run says what would be done.
    pub(crate) steps: Vec<String>,
    /// Steps that are done.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) done: Vec<String>,
    /// Steps that are not done.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) not_done: Vec<String>,
    /// The step at which it ended, where it came to nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ended_at: Option<String>,
    /// What a person should know.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) notes: Vec<String>,
    /// What it holds against the rules, and until when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hold: Option<Held>,
    /// ARM id of the job that does it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) job: Option<ResourceId>,
    /// Why it came to nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<ErrorBody>,
}

/// What a call that asks for an operation answers when it is not refused.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "only described")]
pub(crate) enum Begun {
    /// It is done already.
    #[response(status = 200)]
    Done(OperationView),
    /// It has begun, or awaits approval; Operation-Location says where to follow it.
    #[response(status = 202, headers(("Operation-Location" = String), ("Retry-After" = u64)))]
    Accepted(OperationView),
}

/// Somebody.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Person {
    /// Object id of an Entra principal, or the name of a key.
    pub(crate) id: String,
    /// For people.
    pub(crate) name: String,
}

/// What a second person said.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Approval {
    /// Whether it may go on.
    pub(crate) approved: bool,
    /// Who.
    pub(crate) by: Person,
    /// When.
    pub(crate) at: Timestamp,
    /// Why, in the person's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) why: Option<String>,
}

/// Who has to agree.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Needs {
    /// Roles of which that person must have one.
    pub(crate) roles: Vec<String>,
    /// Until when.
    pub(crate) until: Timestamp,
}

/// A role that is missing.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MissingRole {
    /// Its name.
    pub(crate) role: String,
    /// Where: an ARM id.
    pub(crate) scope: String,
    /// Who is to hold it, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) holder: Option<String>,
    /// Object id of who is to hold it.
    pub(crate) principal: String,
    /// Whether it was granted and does not count yet.
    pub(crate) granted: bool,
    /// The command that grants it.
    pub(crate) command: String,
}

impl From<rules::Caller> for Person {
    fn from(caller: rules::Caller) -> Self {
        Self { id: caller.id, name: caller.name }
    }
}

impl From<Answer> for Approval {
    fn from(answer: Answer) -> Self {
        Self { approved: answer.approved, by: answer.by.into(), at: answer.at, why: answer.why }
    }
}

impl From<Operation> for OperationView {
    fn from(operation: Operation) -> Self {
        let Operation { asked, answer, status, progress, .. } = operation;
        let stages = asked.plan.stages.iter();
        let steps = match asked.dry_run {
            true => stages.map(Stage::rehearsed).collect(),
            false => stages.map(ToString::to_string).collect(),
        };
        let changes = asked.plan.changes();
        let note = note_of(&status, &asked.plan, &progress);
        let mut notes = asked.plan.notes;
        notes.extend(note);
        Self {
            id: asked.id.to_string(),
            status: Status::of(&status),
            action: asked.operation.name().to_owned(),
            resource: asked.resource,
            workload: asked.workload,
            instance: asked.instance,
            parameters: serde_json::from_str(&asked.operation.parameters()).unwrap_or_default(),
            start_time: asked.at,
            by: asked.by.into(),
            why: asked.why,
            dry_run: asked.dry_run,
            judgement: asked.judgement.record.summary,
            hold: asked.hold.map(Held::from),
            approval: answer.map(Approval::from),
            needs: Needs::of(&status),
            changes,
            missing_roles: progress.missing_roles.into_iter().map(MissingRole::from).collect(),
            steps,
            done: progress.done,
            not_done: progress.not_done,
            ended_at: progress.ended_at,
            notes,
            job: status.job().cloned(),
            error: error_of(&status),
        }
    }
}

impl Needs {
    fn of(status: &OperationStatus) -> Option<Self> {
        match status {
            OperationStatus::AwaitsApproval { roles, until } => {
                Some(Self { roles: roles.clone(), until: *until })
            }
            OperationStatus::AwaitsGuard { until, .. } => {
                Some(Self { roles: vec![GUARD_ROLE.to_owned()], until: *until })
            }
            OperationStatus::Denied { .. }
            | OperationStatus::Rejected { .. }
            | OperationStatus::Expired
            | OperationStatus::Validating
            | OperationStatus::AwaitsPermissions { .. }
            | OperationStatus::Running { .. }
            | OperationStatus::Validated { .. }
            | OperationStatus::Succeeded { .. }
            | OperationStatus::Failed { .. } => None,
        }
    }
}

impl From<operations::MissingRole> for MissingRole {
    fn from(missing: operations::MissingRole) -> Self {
        let operations::MissingRole { grant, holder, granted } = missing;
        Self {
            role: grant.role.display_name().to_owned(),
            scope: grant.scope.to_string(),
            holder,
            granted,
            command: grant.command(),
            principal: grant.principal,
        }
    }
}
