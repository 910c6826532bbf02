//! `GET /api/ui`: what needs a person, first.

use axum::response::Response;

use super::answer::shown;
use super::trouble::Trouble;
use super::visitor::Visitor;
use crate::clock;
use crate::reports;

/// The overview.
pub(super) async fn view(visitor: Visitor) -> Result<Response, Trouble> {
    let made = reports::current(&visitor.app).await?;
    let page = holdfast_page::overview(&made.report, clock::now());
    Ok(shown(&visitor, page))
}
