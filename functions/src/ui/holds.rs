//! `GET /api/ui/holds`: what people decided against the rules, and until when.

use axum::response::Response;
use holdfast_page::{Block, Cell, Column, Page, Section, Table, address};

use super::answer::{lacking, none_of, shown};
use super::trouble::Trouble;
use super::visitor::Visitor;
use crate::clock;
use crate::reports;

/// Holds that are shown; the API pages through all of them.
const ROWS: usize = 200;

/// The holds; what ends first comes first.
pub(super) async fn view(visitor: Visitor) -> Result<Response, Trouble> {
    let made = reports::current(&visitor.app).await?;
    let now = clock::now();
    let rows = made.report.holds.iter().take(ROWS).map(|hold| {
        let id = hold.resource.as_str();
        let workload = hold.workload.map(|workload| workload.to_string()).unwrap_or_default();
        let name = Cell::text(hold.resource.name());
        let name = if workload.is_empty() { name } else { name.over(&format!("as {workload}")) };
        vec![
            name.to(address("resource", &[("id", id), ("workload", &workload)])).titled(id),
            Cell::text(&hold.act),
            Cell::text(&hold.by),
            Cell::text(hold.why.as_deref().unwrap_or_default()),
            Cell::moment(hold.until, now),
        ]
    });
    let table = Table {
        columns: Column::named(&["Resource", "Held", "By", "Why", "Until"]),
        rows: rows.collect(),
        empty: none_of(made.report.incomplete.is_empty(), "nothing is held against the rules").to_owned(),
    };
    let section = Section::of("Held against the rules", table);
    let section = match made.report.holds.len().saturating_sub(ROWS) {
        0 => section,
        left => section.about(Cell::text(&format!("{left} more end later: GET /api/holds has all of them"))),
    };
    let page = Page::new("Holds", "").with(lacking(&made.report.incomplete)).with([Block::Table(section)]);
    Ok(shown(&visitor, page))
}
