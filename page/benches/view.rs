//! What the server does for a view, beside an empty page: the overview, the report that it shows, and a page of a list.
//!
//! `cargo xtask bench view`.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::io::Write as _;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use holdfast_page::{Cell, Column, Page, Section, Table, address, overview};
use holdfast_protection::Workload;
use holdfast_protection::sweep::{Line, SweepPage};
use holdfast_report::{Failure, Filter, Input, Order, Place, Report, Source, State, Tally};
use jiff::Timestamp;

/// Lines of a page of a run, and rows of a list.
const PAGE: usize = 1000;
const ROWS: usize = 50;
/// What a first view may weigh, and may take on the larger estate.
const BYTES: usize = 60 * 1024;
const FIRST: Duration = Duration::from_millis(300);
const LIST: Duration = Duration::from_millis(50);

fn main() -> anyhow::Result<()> {
    let now = Timestamp::now();
    let mut out = std::io::stdout();
    let empty = median(|| Page::new("Empty", "").html());
    writeln!(out, "| at the server | ms | bytes | ratio |\n| --- | ---: | ---: | ---: |")?;
    let mut row = |what: &str, took: Duration, bytes: usize| {
        let ratio = took.as_secs_f64() / empty.as_secs_f64();
        writeln!(out, "| {what} | {:.3} | {bytes} | {ratio:.0} |", took.as_secs_f64() * 1000.0)
    };
    row("an empty page (baseline)", empty, Page::new("Empty", "").html().len())?;
    for resources in [100_000, 1_000_000] {
        let tally = tally(resources)?;
        let made = median(|| report(tally.clone(), now));
        let report = report(tally.clone(), now);
        let html = overview(&report, now).html();
        let view = median(|| overview(&report, now).html());
        row(&format!("the overview of {resources} resources"), view, html.len())?;
        row(&format!("the report of {resources} resources, of what was counted"), made, 0)?;
        let wanted = wanted(&tally)?;
        let text =
            SweepPage { last: String::new(), is_gone: false, lines: page(found(&wanted, &tally)?.page)? }
                .text();
        let shown = || list(&wanted, &tally, &text).map(|page| page.html());
        let listed = median(shown);
        row(&format!("a page of the list of {resources} resources"), listed, shown()?.len())?;
        ensure!(
            html.len() <= BYTES && view + made <= FIRST && listed <= LIST,
            "a view is too large or too slow"
        );
    }
    Ok(())
}

/// The time in the middle of 31.
fn median<T>(work: impl Fn() -> T) -> Duration {
    let mut times: Vec<Duration> = (0..31)
        .map(|_| {
            let begun = Instant::now();
            drop(black_box(work()));
            begun.elapsed()
        })
        .collect();
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn line(n: usize) -> anyhow::Result<Line> {
    const OUTCOMES: [&str; 7] =
        ["protected", "protected", "protected", "unprotected", "excluded", "failed", "gone"];
    let subscription = format!("5b0f1d3a-6c1e-4b5e-9d53-{:012}", n / 5000);
    let line = serde_json::json!({
        "resource": format!("/subscriptions/{subscription}/resourceGroups/rg-{}/providers/Microsoft.Compute/disks/disk-{n}", n % 97),
        "workload": Workload::AzureDisks, "outcome": OUTCOMES.get(n % 7), "decision": "0123456789ab",
        "location": format!("region-{}", n % 40), "rules": [format!("rule-{}", n % 30)],
        "tags": BTreeMap::from([("env", format!("e{}", n % 12)), ("team", format!("t{}", n % 20))]),
        "reason": format!("reason-{}", n % 20) });
    Ok(serde_json::from_value(line)?)
}

fn page(number: usize) -> anyhow::Result<Vec<Line>> {
    (number * PAGE..(number + 1) * PAGE).map(line).collect()
}

fn tally(resources: usize) -> anyhow::Result<Tally> {
    let mut tally = Tally::default();
    for number in 0..resources / PAGE {
        tally.add(&page(number)?);
    }
    Ok(tally)
}

fn report(tally: Tally, now: Timestamp) -> Report {
    let failures = (0..500).map(|n| Failure {
        resource: format!("/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/disks/disk-{n}"),
        source: Source::Job,
        code: format!("UserError{}", n % 60),
        message: "a message of Azure's that goes on and on ".repeat(20),
        recommended: Some("what Azure recommends, at some length ".repeat(10)),
        at: Some(now),
        job: None,
    });
    Report::of(Input { tally, failures: failures.collect(), ..Input::default() }, now)
}

/// What is unprotected in a subscription in the middle.
fn wanted(tally: &Tally) -> anyhow::Result<Filter> {
    let middle = tally.marks.len() / 2;
    let subscription = line(middle * PAGE)?.resource.subscription().to_owned();
    Ok(Filter { state: Some(State::Unprotected), subscription: Some(subscription), ..Filter::default() })
}

fn found(filter: &Filter, tally: &Tally) -> anyhow::Result<Place> {
    let found = Place::default().next(filter, Order::Worst, &tally.marks);
    Ok(found.context("nothing is unprotected")?.0)
}

/// The first page of a list: its page of the run is found, read and shown.
fn list(filter: &Filter, tally: &Tally, text: &str) -> anyhow::Result<Page> {
    black_box(found(filter, tally)?);
    let read = SweepPage::read(text).context("a page")?;
    let fitting = read.lines.iter().filter(|line| filter.fits(line, filter.state)).take(ROWS);
    let rows = fitting.map(|line| {
        vec![
            Cell::text(line.resource.name()).to(address("resource", &[("id", line.resource.as_str())])),
            Cell::text(State::of(line).in_words()),
            Cell::text(&line.workload.to_string()),
            Cell::text(&line.location),
            Cell::text(line.resource.subscription()).as_code(),
            Cell::text(&line.rules.join(", ")),
        ]
    });
    let columns = Column::named(&["Resource", "State", "Workload", "Region", "Subscription", "Rules"]);
    let table = Table { columns, rows: rows.collect(), empty: String::new() };
    Ok(Page::new("Resources", "resources")
        .with([holdfast_page::Block::Table(Section::of("unprotected", table))]))
}
