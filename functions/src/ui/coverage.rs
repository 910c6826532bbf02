//! `GET /api/ui/coverage`: coverage of every part of the estate.

use axum::response::Response;
use holdfast_page::{Block, Cell, Column, Page, Pager, Section, Table, address, days_to_protection};
use holdfast_report::{Part, State};

use super::answer::{lacking, shown};
use super::pairs::Pairs;
use super::trouble::Trouble;
use super::visitor::Visitor;
use crate::reports;

/// Parts on a page.
const ROWS: usize = 100;

/// Every part of one kind.
pub(super) async fn view(visitor: Visitor, query: Pairs) -> Result<Response, Trouble> {
    let made = reports::current(&visitor.app).await?;
    let coverage = &made.report.coverage;
    let (by, parts) = match query.get("by") {
        Some("workload") => ("workload", &coverage.workloads),
        Some("region") => ("region", &coverage.regions),
        _ => ("subscription", &coverage.subscriptions),
    };
    let from = query.rows_before();
    let kinds = ["workload", "subscription", "region"].map(|kind| {
        let cell = Cell::text(&format!("By {kind}"));
        if kind == by { cell } else { cell.to(address("coverage", &[("by", kind)])) }
    });
    let table = Table {
        columns: Column::named(&["Name", "Covered", "Due", "Protected", "Missing", "Excluded"]),
        rows: parts.iter().skip(from).take(ROWS).map(|part| row(part, by)).collect(),
        empty: "nothing has been counted yet: the first sweep has not ended".to_owned(),
    };
    let to = from.saturating_add(ROWS);
    let pager = Pager {
        first: (from > 0).then(|| address("coverage", &[("by", by)])),
        next: (parts.len() > to).then(|| address("coverage", &[("by", by), ("from", &to.to_string())])),
        csv: Some("/api/ui/resources.csv".to_owned()),
        json: None,
    };
    let title = format!("Coverage by {by}");
    let times = made.report.time_to_protection.as_ref().map(days_to_protection);
    let page = Page::new("Coverage", "")
        .with(lacking(&made.lacks))
        .with([Block::Links(kinds.to_vec()), Block::Table(Section::of(&title, table)), Block::Pager(pager)])
        .with(times);
    Ok(shown(&visitor, page))
}

fn row(part: &Part, by: &str) -> Vec<Cell> {
    let list = |cell: Cell, state: &str| cell.to(address("resources", &[(by, &part.name), ("state", state)]));
    vec![
        list(Cell::text(&part.name), ""),
        Cell::text(&part.percent.map_or_else(|| "nothing due".to_owned(), |percent| format!("{percent} %"))),
        Cell::number(part.share.due),
        list(Cell::number(part.share.protected), State::Protected.as_str()),
        list(Cell::number(part.share.missing()), State::Unprotected.as_str()),
        list(Cell::number(part.share.of(State::Excluded)), State::Excluded.as_str()),
    ]
}
