//! `Operations` and `Approvals`: what was asked for, where it stands, and the second person's word.

use std::collections::HashMap;

use axum::Json;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use axum::response::Response;
use holdfast_protection::operations::{Answer, OperationId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::asking::caller_for_rules;
use super::body::{Body, Wanted};
use super::here::Here;
use super::operation::{Begun, OperationView, answered, shown};
use super::refusals::{BodyRefusals, Refusals};
use crate::callers::{Caller, Role, Who};
use crate::clock;
use crate::problem::Problem;
use crate::setup::{Ready, Setup};

/// Which operation.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct Named {
    /// The operation's id, as Operation-Location ends with it.
    #[param(value_type = String, pattern = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
    id: OperationId,
}

/// Operations that wait for a second person.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Awaiting {
    /// The operations, the most urgent first.
    value: Vec<OperationView>,
}

/// The second person's word.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Word {
    /// Why; kept with the operation.
    why: Option<String>,
}

impl Wanted for Word {
    const EXPECTED: &'static str = r#"{"why": optional}"#;
}

impl FromRequestParts<Setup> for Named {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, setup: &Setup) -> Result<Self, Problem> {
        let unknown =
            |text: &str| Problem::not_found("OperationNotFound", format!("no operation has the id `{text}`"));
        let path = Path::<HashMap<String, String>>::from_request_parts(parts, setup).await;
        let Path(path) = path.map_err(|_| unknown("(not UTF-8)"))?;
        let text = path.get("id").map(String::as_str).unwrap_or_default();
        Ok(Self { id: text.parse().map_err(|_| unknown(text))? })
    }
}

/// Where an operation stands. Asking carries it on: whoever waits for it need not wait for the timer.
#[utoipa::path(get, path = "/api/operations/{id}", operation_id = "getOperation", tag = "operations",
    params(Named), responses((status = 200, description = "The operation", body = OperationView), Refusals))]
pub(crate) async fn one(Ready(app): Ready, Who(caller): Who, named: Named) -> Result<Response, Problem> {
    caller.must_be(Role::Reader)?;
    Ok(shown(app.advance(named.id, clock::now()).await?))
}

/// Operations that wait for a second person, the most urgent first.
#[utoipa::path(get, path = "/api/approvals", operation_id = "listApprovals", tag = "operations",
    responses((status = 200, description = "The operations", body = Awaiting), Refusals))]
pub(crate) async fn awaiting(Ready(app): Ready, Who(caller): Who) -> Result<Json<Awaiting>, Problem> {
    caller.must_be(Role::Reader)?;
    let value = app.operations().awaiting_approval(clock::now()).await?;
    Ok(Json(Awaiting { value: value.into_iter().map(OperationView::from).collect() }))
}

/// Agrees to an operation that another has asked for, and carries it out.
#[utoipa::path(post, path = "/api/approvals/{id}/approve", operation_id = "approve", tag = "operations",
    params(Named), request_body = Word, responses(Begun, Refusals, BodyRefusals))]
pub(crate) async fn approve(
    Ready(app): Ready,
    Who(caller): Who,
    here: Here,
    named: Named,
    Body(Word { why }): Body<Word>,
) -> Result<Response, Problem> {
    let answer = said(&caller, true, why)?;
    answered(app.answer(named.id, answer).await?, &here)
}

/// Rejects an operation that another has asked for.
#[utoipa::path(post, path = "/api/approvals/{id}/reject", operation_id = "reject", tag = "operations",
    params(Named), request_body = Word,
    responses((status = 200, description = "The operation", body = OperationView), Refusals, BodyRefusals))]
pub(crate) async fn reject(
    Ready(app): Ready,
    Who(caller): Who,
    named: Named,
    Body(Word { why }): Body<Word>,
) -> Result<Response, Problem> {
    let answer = said(&caller, false, why)?;
    Ok(shown(app.answer(named.id, answer).await?))
}

/// Which roles may answer is the rules' to say; that it is another person is checked with the operation.
fn said(caller: &Caller, approved: bool, why: Option<String>) -> Result<Answer, Problem> {
    caller.must_be(Role::Reader)?;
    Ok(Answer { approved, by: caller_for_rules(caller), at: clock::now(), why })
}
