//! What runs, what rules do, how safe the vaults are, and what all of it may cost.

use holdfast_report::{Report, State, VaultChecks};
use jiff::Timestamp;

use super::{Links, ROWS, more};
use crate::block::{Block, Fact};
use crate::cell::{Cell, Tone, grouped};
use crate::html::{Column, Section, Table};

pub(super) fn jobs(report: &Report, links: Links) -> Block {
    let jobs = &report.jobs;
    let count = |number: u64, status: &str| {
        let cell = Cell::number(number);
        links.to(cell, "jobs", &[("status", status)])
    };
    let facts = vec![
        Fact::new("Running", links.to(Cell::number(jobs.running), "jobs", &[("running", "true")])),
        Fact::new("Failed", count(jobs.failed, "Failed")),
        Fact::new("Succeeded", count(jobs.succeeded, "Completed")),
        Fact::new("Looked at", Cell::number(jobs.looked_at)),
    ];
    Block::Facts(Section::of("Jobs of the last 24 hours", facts).narrow())
}

pub(super) fn rules(report: &Report, links: Links) -> Block {
    let rows = report.rules.iter().take(ROWS).map(|rule| {
        vec![
            links.to(Cell::text(&rule.rule), "resources", &[("rule", &rule.rule)]),
            Cell::number(rule.protects),
            Cell::number(rule.excludes),
            Cell::number(rule.alone),
        ]
    });
    let table = Table {
        columns: Column::named(&["Rule", "Protects", "Excludes", "Alone"]),
        rows: rows.collect(),
        empty: "no rule has spoken of anything yet".to_owned(),
    };
    let section = Section::of("What each rule does", table).narrow();
    Block::Table(more(section, report.rules.len(), "rules", |cell| links.to(cell, "rules", &[])))
}

pub(super) fn left_out(report: &Report, now: Timestamp, links: Links) -> Block {
    let mut facts: Vec<Fact> = report
        .exclusions
        .iter()
        .take(ROWS)
        .map(|one| {
            let query = [("state", State::Excluded.as_str()), ("reason", one.reason.as_str())];
            let count = links.to(Cell::number(one.count), "resources", &query);
            let expiry = one.expiry.as_ref().and_then(|expiry| {
                let until = Cell::moment(expiry.first?, now);
                Some(
                    links
                        .to(until, "resource", &[("id", expiry.resource.as_ref()?.as_str())])
                        .over("the first one ends"),
                )
            });
            Fact { name: one.reason.clone(), values: std::iter::once(count).chain(expiry).collect() }
        })
        .collect();
    let uncovered = report.coverage.all.of(State::NotCovered);
    let query = [("state", State::NotCovered.as_str())];
    facts.push(Fact::new("no rule speaks of it", links.to(Cell::number(uncovered), "resources", &query)));
    let section = Section::of("Left out on purpose", facts).narrow();
    let query = [("state", State::Excluded.as_str())];
    Block::Facts(more(section, report.exclusions.len(), "reasons", |cell| {
        links.to(cell, "resources", &query)
    }))
}

pub(super) fn vaults(vaults: &[VaultChecks], profile: &str, links: Links) -> Block {
    let rows = vaults.iter().take(ROWS).map(|vault| {
        let failed = vault.checks.iter().filter(|check| check.passed == Some(false));
        let failed: Vec<String> = failed.map(|check| check.check.replace('-', " ")).collect();
        let word = match vault.failed {
            0 => Cell::badge("as it should be", Tone::Good),
            1 => Cell::badge("1 check fails", Tone::Warn),
            more => Cell::badge(&format!("{more} checks fail"), Tone::Warn),
        };
        vec![
            links.to(Cell::text(vault.vault.name()), "vaults", &[]).titled(vault.vault.as_str()),
            Cell::text(&vault.location),
            word,
            Cell::text(&failed.join(", ")),
        ]
    });
    let table = Table {
        columns: Column::named(&["Vault", "Region", "Checks", "Which"]),
        rows: rows.collect(),
        empty: String::new(),
    };
    let about = match vaults.len().saturating_sub(ROWS) {
        0 => Cell::text("against a profile"),
        left => links.to(Cell::text(&format!("against a profile; {left} more vaults")), "vaults", &[]),
    };
    Block::Table(Section::of("Security of the vaults", table).about(about.titled(profile)))
}

pub(super) fn cost(report: &Report) -> Block {
    let cost = &report.cost;
    let range =
        |from: u64, to: u64| Cell::text(&format!("{} to {} dollars a month", grouped(from), grouped(to)));
    let count: u64 = cost.instances.values().sum();
    let mut facts = vec![
        Fact::new("Protected instances", Cell::number(count)),
        Fact::new("Stated size", Cell::text(&format!("{} GB", grouped(cost.stated_gigabytes)))),
        Fact::new("Fee", range(cost.fee.from, cost.fee.to)),
        Fact::new("Storage", range(cost.storage.from, cost.storage.to)),
    ];
    facts.push(Fact {
        name: "Assuming".to_owned(),
        values: cost.assumptions.iter().map(|text| Cell::whole(text).meant(Tone::Quiet)).collect(),
    });
    Block::facts("What it may cost", facts)
}
