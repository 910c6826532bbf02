//! What needs a person, or will soon.

use holdfast_report::{Cause, Drift, Gap, Report};
use jiff::Timestamp;

use super::{Links, ROWS, more};
use crate::block::Block;
use crate::cell::{Cell, Tone, grouped};
use crate::html::{Column, Section, Table};

pub(super) fn failures(causes: &[Cause], now: Timestamp, links: Links) -> Block {
    let rows = causes.iter().take(ROWS).map(|cause| {
        let code = links.to(Cell::text(&cause.code), "failures", &[("code", &cause.code)]);
        let sample =
            cause.samples.first().map_or_else(Cell::default, |sample| links.resource(&sample.resource));
        vec![
            code.over(&cause.message),
            Cell::number(cause.resources),
            cause.since.map_or_else(|| Cell::text("not told"), |since| Cell::moment(since, now)),
            sample,
            Cell::text(&cause.proposal.text),
        ]
    });
    let table = Table {
        columns: Column::named(&["Cause", "Resources", "Since", "Such as", "What to do"]),
        rows: rows.collect(),
        empty: String::new(),
    };
    let section = Section::of("What fails", table);
    Block::Table(more(section, causes.len(), "causes", |cell| links.to(cell, "failures", &[])))
}

pub(super) fn gaps(gaps: &[Gap], links: Links) -> Block {
    let rows = gaps.iter().take(ROWS).map(|gap| {
        let count = Cell::number(gap.count);
        let needs =
            if gap.needs_you { Cell::badge("you", Tone::Bad) } else { Cell::badge("nothing", Tone::Quiet) };
        vec![
            Cell::text(&gap.code).over(&gap.reason),
            Cell { is_number: true, ..links.to(count, "resources", &[("state", gap.state.as_str())]) },
            needs,
            gap.samples.first().map_or_else(Cell::default, |id| links.resource(id.as_str())),
            if gap.way_out.is_empty() {
                Cell::text("nothing").meant(Tone::Quiet)
            } else {
                Cell::text(&gap.way_out)
            },
        ]
    });
    let table = Table {
        columns: Column::named(&["Why", "Resources", "Needs", "Such as", "What to do"]),
        rows: rows.collect(),
        empty: String::new(),
    };
    let section = Section::of("What is not protected", table);
    Block::Table(more(section, gaps.len(), "reasons", |cell| links.to(cell, "resources", &[])))
}

pub(super) fn drift(drifts: &[Drift], links: Links) -> Block {
    let rows = drifts.iter().map(|drift| {
        let sample = drift.samples.first();
        vec![
            Cell::text(drift.in_words()),
            Cell::number(drift.count),
            sample.map_or_else(Cell::default, |sample| links.resource(sample.resource.as_str())),
            sample.map_or_else(Cell::default, |sample| Cell::whole(&sample.text)),
        ]
    });
    let table = Table {
        columns: Column::named(&["Protected", "Resources", "Such as", "What differs"]),
        rows: rows.collect(),
        empty: String::new(),
    };
    Block::Table(Section::of("Protected otherwise than the rules want it", table))
}

pub(super) fn recovery(report: &Report, now: Timestamp, links: Links) -> Block {
    let rpo = &report.rpo;
    let rows = rpo.samples.iter().take(ROWS).map(|late| {
        let hours = format!("{} hours", late.hours);
        vec![
            links.resource(&late.resource),
            Cell::moment(late.last, now),
            Cell::text(&hours),
            Cell::moment(late.due, now),
        ]
    });
    let table = Table {
        columns: Column::named(&["Resource", "Last good backup", "Allowed", "Over"]),
        rows: rows.collect(),
        empty: match rpo.looked_at {
            0 => "of no resource both a good backup and a schedule are known".to_owned(),
            _ => "every recovery point is as young as the rules want it".to_owned(),
        },
    };
    let mut about = format!(
        "{} late now, {} will be before tomorrow (UTC), of {} that have backups and a schedule",
        grouped(rpo.breached),
        grouped(rpo.before_tomorrow),
        grouped(rpo.looked_at)
    );
    if rpo.breached + rpo.before_tomorrow > ROWS as u64 {
        about.push_str("; the oldest are shown");
    }
    Block::Table(Section::of("Age of the newest recovery points", table).about(Cell::text(&about)).narrow())
}

pub(super) fn holds(report: &Report, now: Timestamp, links: Links) -> Block {
    let rows = report.holds.iter().take(ROWS).map(|hold| {
        vec![
            links.target(hold.resource.as_str(), hold.workload.map(|workload| workload.to_string())),
            Cell::text(&hold.act),
            Cell::text(&hold.by).over(hold.why.as_deref().unwrap_or_default()),
            Cell::moment(hold.until, now),
        ]
    });
    let table = Table {
        columns: Column::named(&["Resource", "Held", "By", "Until"]),
        rows: rows.collect(),
        empty: String::new(),
    };
    let section = Section::of("Held against the rules", table).narrow();
    Block::Table(more(section, report.holds.len(), "holds", |cell| links.to(cell, "holds", &[])))
}

pub(super) fn purges(report: &Report, now: Timestamp, links: Links) -> Block {
    let rows = report.purges.iter().take(ROWS).map(|purge| {
        vec![
            links.resource(purge.resource.as_str()),
            Cell::text(purge.vault.name()),
            purge.purged.map_or_else(|| Cell::text("Azure does not say"), |at| Cell::moment(at, now)),
        ]
    });
    let table = Table {
        columns: Column::named(&["Resource", "Vault", "Gone for good"]),
        rows: rows.collect(),
        empty: String::new(),
    };
    let section = Section::of("Deleted, and about to be gone", table).narrow();
    // No view lists them; `GET /api/report` has each.
    Block::Table(more(
        section,
        report.purges.len(),
        "of them, later or at a time that nobody knows",
        |cell| cell,
    ))
}
