//! `GET /api/ui/vaults`: every vault with the checks of the profile.

use axum::response::Response;
use holdfast_page::{Block, Cell, Column, Page, Pager, Section, Table, Tone, address};
use holdfast_report::{Check, VaultChecks};

use super::answer::{lacking, none_of, shown};
use super::pairs::Pairs;
use super::trouble::Trouble;
use super::visitor::Visitor;
use crate::reports;

/// Vaults on a page.
const ROWS: usize = 20;

/// A page of vaults.
pub(super) async fn view(visitor: Visitor, query: Pairs) -> Result<Response, Trouble> {
    let made = reports::current(&visitor.app).await?;
    let vaults = &made.report.vaults;
    let from = query.rows_before();
    let blocks = vaults.iter().skip(from).take(ROWS).map(one);
    let to = from.saturating_add(ROWS);
    let pager = Pager {
        first: (from > 0).then(|| address("vaults", &[])),
        next: (vaults.len() > to).then(|| address("vaults", &[("from", &to.to_string())])),
        ..Pager::default()
    };
    let none = vaults
        .is_empty()
        .then(|| none_of(made.report.incomplete.is_empty(), "there is no vault in the watched subscriptions"))
        .map(|text| Block::notice(Tone::Plain, text));
    let page = Page::new("Vaults", "vaults")
        .with(lacking(&made.report.incomplete))
        .with([Block::notice(Tone::Plain, &made.report.profile)])
        .with(none)
        .with(blocks)
        .with([Block::Pager(pager)]);
    Ok(shown(&visitor, page))
}

fn one(vault: &VaultChecks) -> Block {
    let table = Table {
        columns: Column::named(&["Check", "Result", "Found", "What to do"]),
        rows: vault.checks.iter().map(row).collect(),
        empty: String::new(),
    };
    let about = Cell::text(&format!("{}, {}", vault.location, vault.vault)).meant(Tone::Quiet);
    Block::Table(Section::of(&holdfast_page::clean(vault.vault.name()), table).about(about))
}

fn row(check: &Check) -> Vec<Cell> {
    let result = match check.passed {
        Some(true) => Cell::badge("passes", Tone::Good),
        Some(false) => Cell::badge("fails", Tone::Warn),
        None => Cell::badge("not shown", Tone::Quiet),
    };
    vec![
        Cell::text(&check.check.replace('-', " ")),
        result,
        Cell::text(&check.found),
        Cell::text(&check.advice),
    ]
}
