//! What rules in shadow would have decided otherwise.

use holdfast_report::{Shadow, ShadowDay};

use super::{Links, ROWS, more};
use crate::block::Block;
use crate::cell::{Cell, grouped};
use crate::html::{Column, Section, Table};

pub(super) fn shadows(shadows: &[Shadow], links: Links) -> Block {
    let rows = shadows.iter().take(ROWS).filter_map(|shadow| {
        let (first, last) = (shadow.days.first()?, shadow.last()?);
        let before = format!("{} on {}", grouped(first.differing), first.day);
        Some(vec![
            links.to(Cell::text(&shadow.rule), "rules", &[]),
            differing(&shadow.rule, last, links),
            Cell::number(last.seen),
            links.to(Cell::text(&before), "rules", &[]),
        ])
    });
    let table = Table {
        columns: Column::named(&["Rule in shadow", "Would decide otherwise", "Of", "Before"]),
        rows: rows.collect(),
        empty: String::new(),
    };
    let section = Section::of("What rules in shadow would change", table).narrow();
    Block::Table(more(section, shadows.len(), "rules in shadow", |cell| links.to(cell, "rules", &[])))
}

/// Each rule in shadow, day by day; the last day comes first. None where no rule is in shadow.
pub fn shadow_days(shadows: &[Shadow]) -> Option<Block> {
    let days = shadows.iter().flat_map(|shadow| {
        shadow.days.iter().rev().enumerate().map(|(place, day)| {
            // Only the last run is there to be listed.
            let number = if place == 0 {
                differing(&shadow.rule, day, Links(true))
            } else {
                Cell::number(day.differing)
            };
            vec![Cell::text(&shadow.rule), Cell::text(&day.day.to_string()), number, Cell::number(day.seen)]
        })
    });
    let table = Table {
        columns: Column::named(&["Rule in shadow", "Day", "Would have decided otherwise", "Of"]),
        rows: days.collect(),
        empty: "no sweep has ended since a rule is in shadow".to_owned(),
    };
    let about = "as the last sweep of each day saw the estate, 30 days";
    let section = Section::of("Rules in shadow, by day", table).about(Cell::text(about));
    (!shadows.is_empty()).then_some(Block::Table(section))
}

fn differing(rule: &str, day: &ShadowDay, links: Links) -> Cell {
    links.to(Cell::number(day.differing), "resources", &[("shadow", rule)])
}
