//! `GET /api/ui/failures`: what fails, by cause, with one thing to do.

use axum::response::Response;
use holdfast_page::{Block, Cell, Column, Fact, Page, Pager, Section, Table, Tone, address};
use holdfast_report::{Cause, Sample};
use jiff::Timestamp;

use super::answer::{lacking, none_of, shown};
use super::pairs::Pairs;
use super::trouble::Trouble;
use super::visitor::Visitor;
use crate::callers::Role;
use crate::clock;
use crate::reports;

/// Every cause, or one with its samples.
pub(super) async fn view(visitor: Visitor, query: Pairs) -> Result<Response, Trouble> {
    let made = reports::current(&visitor.app).await?;
    let now = clock::now();
    let causes = &made.report.failures;
    let page = Page::new("Failures", "failures").live(true).with(lacking(&made.report.incomplete));
    let page = match query.get("code") {
        Some(code) => {
            let found = causes.iter().filter(|cause| cause.code.eq_ignore_ascii_case(code));
            let blocks: Vec<Block> = found.flat_map(|cause| one(&visitor, cause, now)).collect();
            let (tone, words) = match made.report.incomplete.is_empty() {
                true => (Tone::Good, "nothing fails for this cause any more"),
                false => (Tone::Plain, "nothing fails for this cause in what could be read"),
            };
            let gone = blocks.is_empty().then(|| Block::notice(tone, words));
            page.with(blocks).with(gone)
        }
        None => {
            let pager =
                Pager { csv: Some(address("resources.csv", &[("state", "failing")])), ..Pager::default() };
            let none = none_of(made.report.incomplete.is_empty(), "nothing fails");
            page.with([Block::Table(table(causes, none, now)), Block::Pager(pager)])
        }
    };
    Ok(shown(&visitor, page))
}

fn table(causes: &[Cause], none: &str, now: Timestamp) -> Section<Table> {
    let rows = causes.iter().map(|cause| {
        vec![
            Cell::text(&cause.code).to(address("failures", &[("code", &cause.code)])).over(&cause.message),
            Cell::number(cause.resources),
            Cell::number(cause.count),
            cause.since.map_or_else(|| Cell::text("not told"), |since| Cell::moment(since, now)),
            Cell::text(&cause.proposal.text),
        ]
    });
    let table = Table {
        columns: Column::named(&["Cause", "Resources", "Failures", "Since", "What to do"]),
        rows: rows.collect(),
        empty: none.to_owned(),
    };
    Section::of("By cause", table).about(Cell::text("a failure counts until the same succeeds"))
}

fn one(visitor: &Visitor, cause: &Cause, now: Timestamp) -> Vec<Block> {
    let time = |at: Option<Timestamp>| {
        at.map_or_else(|| Cell::text("Azure does not say"), |at| Cell::moment(at, now))
    };
    let facts = vec![
        Fact::new("What is wrong", Cell::whole(&cause.message)),
        Fact::new("What to do", Cell::whole(&cause.proposal.text)),
        Fact::new("Resources", Cell::number(cause.resources)),
        Fact::new("Failures", Cell::number(cause.count)),
        Fact::new("Since", time(cause.since)),
        Fact::new("Last", time(cause.last)),
    ];
    let acts = visitor.may(Role::Operator) && cause.proposal.action.is_some();
    let rows = cause.samples.iter().map(|sample| row(sample, acts, now)).collect();
    let table = Table {
        columns: Column::named(&["Resource", "When", "Message", "Job", "Action"]),
        rows,
        empty: String::new(),
    };
    vec![Block::facts(&cause.code, facts), Block::table("Some of them, the latest first", table)]
}

fn row(sample: &Sample, acts: bool, now: Timestamp) -> Vec<Cell> {
    let is_id = sample.resource.starts_with('/');
    let name = sample.resource.rsplit('/').next().unwrap_or_default();
    let resource = Cell::text(name).titled(&sample.resource);
    let resource =
        if is_id { resource.to(address("resource", &[("id", &sample.resource)])) } else { resource };
    let act = match acts && is_id {
        true => Cell::text("Back up now…")
            .to(address("act", &[("kind", "backup"), ("resource", &sample.resource)])),
        false => Cell::default(),
    };
    vec![
        resource,
        sample.at.map_or_else(Cell::default, |at| Cell::moment(at, now)),
        Cell::text(&sample.message),
        sample
            .job
            .as_ref()
            .map_or_else(Cell::default, |job| Cell::text("job").to(address("job", &[("id", job.as_str())]))),
        act,
    ]
}
