//! `GET /api/ui/approvals`: what waits for a second person, and that person's word.

use axum::extract::Path;
use axum::response::Response;
use holdfast_page::{Block, Page, address};
use holdfast_protection::operations::{Answer, OperationId};

use super::answer::{notices, on_to, shown};
use super::forms::Sent;
use super::operations::{NONE_READ, list};
use super::trouble::Trouble;
use super::visitor::Visitor;
use crate::api::asking::caller_for_rules;
use crate::api::unread::UnreadPart;
use crate::clock;
use crate::problem::Problem;

/// What waits, the most urgent first.
pub(super) async fn view(visitor: Visitor) -> Result<Response, Trouble> {
    let now = clock::now();
    let waiting = visitor.app.operations().awaiting_approval(now).await?;
    let unread: Vec<UnreadPart> = waiting.unread.into_iter().map(UnreadPart::of_operation).collect();
    let none = if unread.is_empty() { "nothing waits for a second person" } else { NONE_READ };
    let table = list(&visitor.app, waiting.operations, now, none);
    let page = Page::new("Approvals", "approvals").live(true).with(notices(&unread));
    Ok(shown(&visitor, page.with([Block::table("What waits for a second person", table)])))
}

/// `POST approvals/{id}`: agreed, or not.
pub(super) async fn answer(Path(id): Path<String>, sent: Sent) -> Result<Response, Trouble> {
    let Sent { visitor, fields } = sent;
    let unknown = || Problem::not_found("OperationNotFound", format!("no operation has the id `{id}`"));
    let id: OperationId = id.parse().map_err(|_| unknown())?;
    let approved = match fields.get("answer") {
        Some("approve") => true,
        Some("reject") => false,
        _ => {
            return Err(
                Problem::bad_request("BadBody", "the form says neither `approve` nor `reject`").into()
            );
        }
    };
    let why = fields.owned(if approved { "why-approve" } else { "why-reject" });
    let answer = Answer { approved, by: caller_for_rules(&visitor.caller), at: clock::now(), why };
    visitor.app.answer(id, answer).await?;
    Ok(on_to(address(&format!("operations/{id}"), &[])))
}
