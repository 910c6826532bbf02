//! `Operations` and `Approvals`: what was asked for, how far it is, and the second person's word.

use std::collections::HashMap;

use axum::Json;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use axum::response::Response;
use holdfast_evaluator::OperationKind;
use holdfast_protection::ResourceId;
use holdfast_protection::operations::{Answer, OperationFilter, OperationId, OperationPage, OperationStatus};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::asking::caller_for_rules;
use super::body::{Body, Wanted};
use super::here::Here;
use super::operation::{Begun, OperationView, Status, answered, shown};
use super::page::{Cut, Page, Part};
use super::query::{Query, known_word};
use super::refusals::{BodyRefusals, Refusals};
use super::unread::{Unread, UnreadPart};
use crate::callers::{Caller, Role};
use crate::clock;
use crate::problem::Problem;
use crate::setup::{Ready, Setup, Who};

/// Which operation.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct Named {
    /// The operation's id, as Operation-Location ends with it.
    #[param(value_type = String, pattern = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
    id: OperationId,
}

/// Which operations.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// Only those of this status.
    #[serde(default, deserialize_with = "known_word")]
    #[param(value_type = Option<Status>, inline)]
    status: Option<Status>,
    /// Only those that are not over.
    #[serde(default)]
    open: bool,
    /// Only those that rules judge as this: files are a `restore`, `archive` is a `change-policy`, a registration a `backup`.
    #[param(value_type = Option<Kind>, inline)]
    kind: Option<OperationKind>,
    /// Only those about this resource.
    resource: Option<ResourceId>,
    /// Only those that this person asked for: id, name, or name of the key, in any case.
    by: Option<String>,
    /// Only those that were asked for at this time or later (RFC 3339); without it, those of the last 31 days.
    since: Option<Timestamp>,
    /// How many operations a page has; 100 without it.
    #[param(minimum = 1, maximum = 1000)]
    top: Option<usize>,
    /// Where the page begins, from nextLink of the one before.
    skip_token: Option<String>,
}

/// The kinds of operations.
#[derive(ToSchema)]
#[schema(rename_all = "kebab-case")]
#[expect(dead_code, reason = "only described")]
enum Kind {
    Backup,
    Restore,
    StopAndRetain,
    StopAndDelete,
    Suspend,
    Resume,
    ChangePolicy,
}

/// Operations that wait for a second person.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Awaiting {
    /// The operations, the most urgent first.
    value: Vec<OperationView>,
    /// What is missing, because it could not be read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unread: Vec<Unread>,
}

/// The second person's word.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Word {
    /// Why; kept with the operation.
    why: Option<String>,
}

impl Asked {
    /// The filters as the next page needs them.
    fn again(&self) -> Vec<(&'static str, String)> {
        let pairs = [
            ("status", self.status.map(|status| format!("{status:?}"))),
            ("open", self.open.then(|| "true".to_owned())),
            ("kind", self.kind.map(|kind| kind.name().to_owned())),
            ("resource", self.resource.as_ref().map(ToString::to_string)),
            ("by", self.by.clone()),
            ("since", self.since.map(|since| since.to_string())),
            ("top", self.top.map(|top| top.to_string())),
        ];
        pairs.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
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

/// How far an operation is. Asking carries it on: anyone who waits for it need not wait for the timer.
#[utoipa::path(get, path = "/api/operations/{id}", operation_id = "getOperation", tag = "operations",
    params(Named), responses((status = 200, description = "The operation", body = OperationView), Refusals))]
pub(crate) async fn one(Ready(app): Ready, Who(caller): Who, named: Named) -> Result<Response, Problem> {
    caller.must_be(Role::Reader)?;
    Ok(shown(app.advance(named.id, clock::now()).await?))
}

/// Operations, newest first, each as far as the ledger knows; asking for one by its id asks Azure how far it is. One of
/// which a document cannot be read is named in `unread`.
#[utoipa::path(get, path = "/api/operations", operation_id = "listOperations", tag = "operations", params(Asked),
    responses((status = 200, description = "The operations", body = Page<OperationView>), Refusals))]
pub(crate) async fn list(
    Ready(app): Ready,
    Who(caller): Who,
    here: Here,
    Query(asked): Query<Asked>,
) -> Result<Json<Page<OperationView>>, Problem> {
    caller.must_be(Role::Reader)?;
    let filter = OperationFilter {
        kind: asked.kind,
        resource: asked.resource.clone(),
        by: asked.by.clone(),
        since: asked.since,
    };
    let is_wanted = |status: &OperationStatus| {
        asked.status.is_none_or(|wanted| Status::of(status) == wanted) && !(asked.open && status.is_over())
    };
    let cut = Cut { top: asked.top, skip_token: asked.skip_token.clone() };
    let (top, after) = (cut.size()?, cut.place()?);
    let page = app.operations().list(&filter, is_wanted, top, after, clock::now()).await?;
    let part = Part::until(page.operations, page.next).map(|one| OperationView::from(app.noted(one)));
    let unread = page.unread.into_iter().map(UnreadPart::of_operation);
    Ok(Json(Page::of(part, &here, "/api/operations", &asked.again()).without(unread)))
}

/// Operations that wait for a second person, the most urgent first.
#[utoipa::path(get, path = "/api/approvals", operation_id = "listApprovals", tag = "operations",
    responses((status = 200, description = "The operations", body = Awaiting), Refusals))]
pub(crate) async fn awaiting(Ready(app): Ready, Who(caller): Who) -> Result<Json<Awaiting>, Problem> {
    caller.must_be(Role::Reader)?;
    let OperationPage { operations, unread, .. } = app.operations().awaiting_approval(clock::now()).await?;
    let unread = unread.into_iter().map(UnreadPart::of_operation).map(Unread::from);
    let value = operations.into_iter().map(|one| OperationView::from(app.noted(one))).collect();
    Ok(Json(Awaiting { value, unread: unread.collect() }))
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

/// Whether this person may answer is checked with the operation.
fn said(caller: &Caller, approved: bool, why: Option<String>) -> Result<Answer, Problem> {
    caller.must_be(Role::Reader)?;
    Ok(Answer { approved, by: caller_for_rules(caller), at: clock::now(), why })
}
