//! What is seen first: what needs a person, then how much is protected, then what will need attention.

mod assigned;
mod attention;
mod coverage;
mod shadows;
mod state;
mod waits;

use holdfast_report::Report;
use jiff::Timestamp;

use self::coverage::coverage;
pub use self::shadows::shadow_days;
pub use self::waits::days_to_protection;
use crate::address::address;
use crate::block::Block;
use crate::cell::{Cell, Tone, grouped};
use crate::chart::{Line, in_percent};
use crate::html::{Lead, Page, Section};

/// Rows of a block; the rest is a link away.
const ROWS: usize = 8;

/// Where the links of a report lead: into the page, or nowhere in a file of its own.
#[derive(Clone, Copy)]
struct Links(bool);

impl Links {
    fn to(self, cell: Cell, view: &str, query: &[(&str, &str)]) -> Cell {
        if self.0 { cell.to(address(view, query)) } else { cell }
    }

    /// The resource, as this workload where one is named: its page shows the hold of no other.
    fn target(self, id: &str, workload: Option<String>) -> Cell {
        let Some(workload) = workload else { return self.resource(id) };
        let cell = Cell::text(id.rsplit('/').next().unwrap_or(id)).titled(id).over(&format!("as {workload}"));
        self.to(cell, "resource", &[("id", id), ("workload", &workload)])
    }

    fn resource(self, id: &str) -> Cell {
        let name = id.rsplit('/').next().unwrap_or(id);
        let cell = Cell::text(name).titled(id);
        if id.starts_with('/') { self.to(cell, "resource", &[("id", id)]) } else { cell }
    }
}

/// The overview.
pub fn overview(report: &Report, now: Timestamp) -> Page {
    let page = Page::new("Overview", "").live(true);
    Page { lead: Some(lead(report, now, Links(true))), ..page }.with(blocks(report, now, Links(true)))
}

/// The same as a file of its own, which can be sent by mail.
pub fn report_page(report: &Report, title: &str, now: Timestamp) -> Page {
    let page = Page::new(title, "").as_file();
    Page { lead: Some(lead(report, now, Links(false))), ..page }.with(blocks(report, now, Links(false)))
}

fn lead(report: &Report, now: Timestamp, links: Links) -> Lead {
    let mut below = Vec::new();
    let all = &report.coverage.all;
    if let Some(percent) = report.coverage.percent {
        let text = format!(
            "{} of what should be protected is: {} of {}",
            in_percent(percent),
            grouped(all.protected),
            grouped(all.due)
        );
        below.push(Cell::text(&text));
    }
    match (&report.run, links) {
        (Some(run), _) => below.push(
            Cell::text(&format!("seen by the sweep that ended {}", crate::ago(run.ended, now)))
                .titled(&run.ended.to_string()),
        ),
        (None, Links(true)) => {
            below.push(Cell::text("the first sweep has not ended yet, so nothing is counted"));
        }
        // An assessment waits for no sweep.
        (None, Links(false)) => {}
    }
    if report.awaiting_approval > 0 {
        let in_vain = match report.nobody_can_approve {
            0 => String::new(),
            some => format!(", {} that nobody can approve", grouped(some)),
        };
        let text = format!("{} waiting for approval{in_vain}", grouped(report.awaiting_approval));
        below.push(links.to(Cell::text(&text), "approvals", &[]));
    }
    let tone = match (report.headline.causes, &report.run) {
        (0, _) if !report.incomplete.is_empty() => Tone::Warn,
        (0, Some(_)) => Tone::Good,
        (0, None) => Tone::Plain,
        _ => Tone::Bad,
    };
    Lead { sentence: report.headline.sentence.clone(), tone, below }
}

fn blocks(report: &Report, now: Timestamp, links: Links) -> Vec<Block> {
    let mut blocks: Vec<Block> =
        report.incomplete.iter().map(|text| Block::notice(Tone::Warn, text)).collect();
    if !report.failures.is_empty() {
        blocks.push(attention::failures(&report.failures, now, links));
    }
    if !report.unprotected.is_empty() {
        blocks.push(attention::gaps(&report.unprotected, links));
    }
    if !report.drift.is_empty() {
        blocks.push(attention::drift(&report.drift, links));
    }
    blocks.extend(coverage(&report.coverage, links));
    if let Some(line) = Line::of(&report.trend) {
        blocks.push(Block::Line(Section::of("Coverage over 30 days", line).narrow()));
    }
    blocks.extend(report.time_to_protection.as_ref().map(|times| waits::waits(times, links)));
    blocks.push(state::jobs(report, links));
    blocks.push(attention::recovery(report, now, links));
    blocks.push(state::rules(report, links));
    if !report.shadows.is_empty() {
        blocks.push(shadows::shadows(&report.shadows, links));
    }
    blocks.push(state::left_out(report, now, links));
    if !report.holds.is_empty() {
        blocks.push(attention::holds(report, now, links));
    }
    if !report.purges.is_empty() {
        blocks.push(attention::purges(report, now, links));
    }
    if !report.vaults.is_empty() {
        blocks.push(state::vaults(&report.vaults, &report.profile, links));
    }
    if !report.azure_policy.is_empty() {
        blocks.push(assigned::assigned(&report.azure_policy));
    }
    blocks.push(state::cost(report));
    blocks
}

/// Says how many of `what` there are beside those that are shown, and leads to them.
fn more<T>(section: Section<T>, count: usize, what: &str, link: impl FnOnce(Cell) -> Cell) -> Section<T> {
    match count.saturating_sub(ROWS) {
        0 => section,
        left => section.about(link(Cell::text(&format!("{left} more {what}")))),
    }
}
