//! An operation as callers see it: what was asked, by whom and why, and where it stands.

use axum::Json;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use holdfast_evaluator as rules;
use holdfast_protection::ResourceId;
use holdfast_protection::guard::GUARD_ROLE;
use holdfast_protection::operations::{self, Answer, Operation, OperationPlan, Progress, Stage, Standing};
use holdfast_protection::restore::Change;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::{IntoResponses, ToSchema};

use super::here::Here;
use super::holds::Held;
use super::query::Word;
use crate::problem::{Detail, ErrorBody, InnerError, Problem};

/// Something that was asked for.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Operation)]
pub(crate) struct OperationView {
    /// Its name, which `Operation-Location` ends with.
    id: String,
    /// `Succeeded`, `Failed`, or how far it is.
    status: Status,
    /// What was asked, such as `restore`.
    action: String,
    /// The resource whose protection it is about.
    resource: ResourceId,
    /// Its backup instance.
    instance: ResourceId,
    /// What was asked for in detail.
    #[schema(value_type = Object)]
    parameters: Value,
    /// When it was asked.
    start_time: Timestamp,
    /// Who asked.
    by: Person,
    /// Why, in the caller's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    /// Whether it ends with the validation.
    dry_run: bool,
    /// What the rules for operations said, in one sentence.
    judgement: String,
    /// What a second person said.
    #[serde(skip_serializing_if = "Option::is_none")]
    approval: Option<Approval>,
    /// Who has to agree, and until when.
    #[serde(skip_serializing_if = "Option::is_none")]
    needs: Option<Needs>,
    /// What of the things that are there does not stay as it is; empty where something new is made.
    changes: Vec<Change>,
    /// Roles that are needed and do not count: granted and not in force yet, or to be granted by somebody else.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    missing_roles: Vec<MissingRole>,
    /// What it takes, in order, in words; a dry run says what would be done.
    steps: Vec<String>,
    /// Steps that are done.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    done: Vec<String>,
    /// Steps that are not done.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    not_done: Vec<String>,
    /// The step at which it ended, where it came to nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<String>,
    /// What a person should know.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
    /// What it holds against the rules, and until when.
    #[serde(skip_serializing_if = "Option::is_none")]
    hold: Option<Held>,
    /// ARM id of the job that does it.
    #[serde(skip_serializing_if = "Option::is_none")]
    job: Option<ResourceId>,
    /// Why it came to nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorBody>,
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

/// How far an operation is. `Succeeded` and `Failed` are ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) enum Status {
    /// A second person has to agree.
    AwaitsApproval,
    /// Azure checks whether it can be done.
    Validating,
    /// Roles were granted and are not in force yet, or have to be granted.
    AwaitsPermissions,
    /// Azure is at it.
    InProgress,
    /// It is done; a dry run is done when nothing speaks against it, and its notes say what was asked.
    Succeeded,
    /// It was denied, rejected, not agreed to in time, or did not work.
    Failed,
}

/// Somebody.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Person {
    /// Object id of an Entra principal, or the name of a key.
    id: String,
    /// For people.
    name: String,
}

/// What a second person said.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Approval {
    /// Whether it may go on.
    approved: bool,
    /// Who.
    by: Person,
    /// When.
    at: Timestamp,
    /// Why, in the person's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

/// Who has to agree.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Needs {
    /// Roles of which that person must have one; empty means anybody but the caller.
    roles: Vec<String>,
    /// Until when.
    until: Timestamp,
}

/// A role that is missing.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MissingRole {
    /// Its name.
    role: String,
    /// Where: an ARM id.
    scope: String,
    /// Who is to hold it, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    holder: Option<String>,
    /// Object id of who is to hold it.
    principal: String,
    /// Whether it was granted and does not count yet.
    granted: bool,
    /// The command that grants it.
    command: String,
}

/// The answer to a call that asked for something: 202 while it goes on, 200 once it is done, the refusal otherwise.
pub(crate) fn answered(operation: Operation, here: &Here) -> Result<Response, Problem> {
    if let Some(problem) = refused(&operation) {
        return Err(problem);
    }
    let status = if operation.standing.is_over() { StatusCode::OK } else { StatusCode::ACCEPTED };
    let mut headers = HeaderMap::new();
    if status == StatusCode::ACCEPTED {
        let follow = here.url(&format!("/api/operations/{}", operation.asked.id));
        if let Ok(follow) = HeaderValue::from_str(&follow) {
            headers.insert("operation-location", follow);
        }
    }
    Ok((status, headers, shown(operation)).into_response())
}

/// The answer to whoever follows an operation: always 200, as Azure's own operations answer.
pub(crate) fn shown(operation: Operation) -> Response {
    let mut headers = HeaderMap::new();
    if !operation.standing.is_over() {
        let seconds = operation.retry_after.unwrap_or(WAITS_FOR_A_PERSON).max(1);
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    (headers, Json(OperationView::from(operation))).into_response()
}

/// Seconds between two looks at what waits for a person.
const WAITS_FOR_A_PERSON: u64 = 30;

/// What is refused at once; where something was done before it failed, the details say what was and what was not.
fn refused(operation: &Operation) -> Option<Problem> {
    let standing = &operation.standing;
    let error = error_of(standing)?;
    let problem = match standing {
        Standing::Denied { reasons } => {
            let said: Vec<&str> = reasons.iter().map(|reason| reason.message.as_str()).collect();
            let message = format!("{}: {}", error.message, said.join("; "));
            return Some(Problem::forbidden(&error.code, message).with(error.details));
        }
        _ => Problem::conflict(&error.code, error.message),
    };
    let Progress { done, not_done, .. } = &operation.progress;
    let detail = |code: &str| {
        let code = code.to_owned();
        move |step: &String| Detail { code: code.clone(), message: step.clone(), target: None }
    };
    let details = match done.is_empty() {
        true => Vec::new(),
        false => {
            done.iter().map(detail("StepDone")).chain(not_done.iter().map(detail("StepNotDone"))).collect()
        }
    };
    Some(problem.with(details).because(error.innererror))
}

impl From<&rules::Denial> for Detail {
    fn from(denial: &rules::Denial) -> Self {
        let target = Some(denial.rule.clone());
        Self { code: denial.code.clone(), message: denial.message.clone(), target }
    }
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
        let Operation { asked, answer, standing, progress, .. } = operation;
        let stages = asked.plan.stages.iter();
        let steps = match asked.dry_run {
            true => stages.map(Stage::rehearsed).collect(),
            false => stages.map(ToString::to_string).collect(),
        };
        let changes = asked.plan.changes();
        let note = note_of(&standing, &asked.plan, &progress);
        let mut notes = asked.plan.notes;
        notes.extend(note);
        Self {
            id: asked.id.to_string(),
            status: Status::of(&standing),
            action: asked.operation.name().to_owned(),
            resource: asked.resource,
            instance: asked.instance,
            parameters: serde_json::from_str(&asked.operation.parameters()).unwrap_or_default(),
            start_time: asked.at,
            by: asked.by.into(),
            why: asked.why,
            dry_run: asked.dry_run,
            judgement: asked.judgement.record.summary,
            hold: asked.hold.map(Held::from),
            approval: answer.map(Approval::from),
            needs: Needs::of(&standing),
            changes,
            missing_roles: progress.missing_roles.into_iter().map(MissingRole::from).collect(),
            steps,
            done: progress.done,
            not_done: progress.not_done,
            ended_at: progress.ended_at,
            notes,
            job: job_of(&standing).cloned(),
            error: error_of(&standing),
        }
    }
}

impl Word for Status {
    const ALL: &'static [Self] = &[
        Self::AwaitsApproval,
        Self::Validating,
        Self::AwaitsPermissions,
        Self::InProgress,
        Self::Succeeded,
        Self::Failed,
    ];
}

impl Status {
    pub(crate) fn of(standing: &Standing) -> Self {
        match standing {
            Standing::AwaitsApproval { .. } | Standing::AwaitsGuard { .. } => Self::AwaitsApproval,
            Standing::Validating => Self::Validating,
            Standing::AwaitsPermissions { .. } => Self::AwaitsPermissions,
            Standing::Running { .. } => Self::InProgress,
            Standing::Validated { .. } | Standing::Succeeded { .. } => Self::Succeeded,
            Standing::Denied { .. }
            | Standing::Rejected { .. }
            | Standing::Expired
            | Standing::Failed { .. } => Self::Failed,
        }
    }
}

impl Needs {
    fn of(standing: &Standing) -> Option<Self> {
        match standing {
            Standing::AwaitsApproval { roles, until } => Some(Self { roles: roles.clone(), until: *until }),
            Standing::AwaitsGuard { until, .. } => {
                Some(Self { roles: vec![GUARD_ROLE.to_owned()], until: *until })
            }
            Standing::Denied { .. }
            | Standing::Rejected { .. }
            | Standing::Expired
            | Standing::Validating
            | Standing::AwaitsPermissions { .. }
            | Standing::Running { .. }
            | Standing::Validated { .. }
            | Standing::Succeeded { .. }
            | Standing::Failed { .. } => None,
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

fn note_of(standing: &Standing, plan: &OperationPlan, progress: &Progress) -> Option<String> {
    match standing {
        Standing::Succeeded { note, .. } => note.clone(),
        Standing::AwaitsPermissions { message, .. } | Standing::AwaitsGuard { message, .. } => {
            Some(message.clone())
        }
        Standing::Validated { .. } => Some(rehearsed(plan, progress)),
        Standing::Denied { .. }
        | Standing::AwaitsApproval { .. }
        | Standing::Rejected { .. }
        | Standing::Expired
        | Standing::Validating
        | Standing::Running { .. }
        | Standing::Failed { .. } => None,
    }
}

/// What a dry run has shown, and what it has not.
fn rehearsed(plan: &OperationPlan, progress: &Progress) -> String {
    if !plan.asks_azure() {
        return "the rules allow it, and the backup instance is in a state for it; Azure was not asked, and nothing was \
                changed"
            .to_owned();
    }
    let lets_in = plan.stages.iter().any(|stage| matches!(stage, Stage::Prepare { .. }));
    if progress.missing_roles.is_empty() && !lets_in {
        return "Azure validated it; nothing was changed".to_owned();
    }
    "Azure validated it and found no more than permissions missing, which the operation would give first; what Azure \
     checks once they count was not asked, and nothing was changed"
        .to_owned()
}

fn job_of(standing: &Standing) -> Option<&ResourceId> {
    match standing {
        Standing::Running { job } | Standing::Succeeded { job, .. } | Standing::Failed { job, .. } => {
            job.as_ref()
        }
        Standing::Denied { .. }
        | Standing::AwaitsApproval { .. }
        | Standing::Rejected { .. }
        | Standing::Expired
        | Standing::Validating
        | Standing::AwaitsPermissions { .. }
        | Standing::AwaitsGuard { .. }
        | Standing::Validated { .. } => None,
    }
}

fn error_of(standing: &Standing) -> Option<ErrorBody> {
    let (code, message) = match standing {
        Standing::Denied { reasons } => {
            let message = "the rules for operations deny it".to_owned();
            let details = reasons.iter().map(Detail::from).collect();
            return Some(ErrorBody { details, ..ErrorBody::new("OperationDenied", message) });
        }
        Standing::Rejected { by, why } => {
            let why = why.as_deref().map(|why| format!(": {why}")).unwrap_or_default();
            ("OperationRejected", format!("{} ({}) did not agree{why}", by.name, by.id))
        }
        Standing::Expired => ("ApprovalExpired", "nobody agreed in time; ask again".to_owned()),
        Standing::Failed { code, message, way_out, azure, .. } => {
            let innererror = azure.as_ref().map(InnerError::from);
            return Some(ErrorBody { innererror, ..ErrorBody::new(code, joined(message, way_out)) });
        }
        Standing::AwaitsApproval { .. }
        | Standing::Validating
        | Standing::AwaitsPermissions { .. }
        | Standing::AwaitsGuard { .. }
        | Standing::Running { .. }
        | Standing::Validated { .. }
        | Standing::Succeeded { .. } => return None,
    };
    Some(ErrorBody::new(code, message))
}

/// What is wrong and what to do, as one text: Azure's sentences end with a period, ours do not.
fn joined(message: &str, way_out: &str) -> String {
    format!("{}; {way_out}", message.trim_end().trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::joined;

    #[test]
    fn a_period_of_azures_is_not_followed_by_our_semicolon() {
        assert_eq!(joined("The disk is gone.", "make one"), "The disk is gone; make one");
        assert_eq!(joined("it is gone", "make one"), "it is gone; make one");
    }
}
