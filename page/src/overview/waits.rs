//! How long new resources wait for protection.

use holdfast_report::{TimeToProtection, Waits};

use super::Links;
use crate::block::{Block, Fact};
use crate::cell::{Cell, Tone};
use crate::html::{Column, Section, Table};
use crate::moment::lasting;

const TITLE: &str = "From creation to protection";

pub(super) fn waits(times: &TimeToProtection, links: Links) -> Block {
    let all = &times.all;
    let count = |number: u64| links.to(Cell::number(number), "coverage", &[]);
    let mut facts = vec![
        Fact::new("Half took at most", at_most(all.p50)),
        Fact::new("95 of 100", at_most(all.p95)),
        Fact::new("99 of 100", at_most(all.p99)),
        Fact::new("New resources measured", count(all.measured)),
    ];
    for (name, number) in [("Older than 30 days before", all.older), ("Creation not known", all.unknown)] {
        if number > 0 {
            facts.push(Fact::new(name, count(number)));
        }
    }
    Block::Facts(Section::of(&format!("{TITLE}, 30 days"), facts).narrow())
}

/// How long new resources waited for protection, day by day; the last day comes first.
pub fn days_to_protection(times: &TimeToProtection) -> Block {
    let row = |name: &str, waits: &Waits| {
        vec![
            Cell::text(name),
            at_most(waits.p50),
            at_most(waits.p95),
            at_most(waits.p99),
            Cell::number(waits.measured),
            Cell::number(waits.older),
            Cell::number(waits.unknown),
        ]
    };
    let names = [
        "Day",
        "Half took at most",
        "95 of 100",
        "99 of 100",
        "Measured",
        "Older before",
        "Creation not known",
    ];
    let table = Table {
        columns: Column::named(&names),
        rows: times.days.iter().rev().map(|one| row(&one.day.to_string(), &one.waits)).collect(),
        empty: "nothing was newly protected in the last 30 days".to_owned(),
    };
    let about = "what was older than 30 days, or does not say when it was created, is in no time";
    Block::Table(Section::of(&format!("{TITLE}, by day"), table).about(Cell::text(about)))
}

fn at_most(seconds: Option<u64>) -> Cell {
    seconds
        .map_or_else(|| Cell::text("not known").meant(Tone::Quiet), |seconds| Cell::text(&lasting(seconds)))
}
