//! What is seen first: what needs a person, then how much is protected, then what will need attention.

use holdfast_report::{Cause, Coverage, Gap, Part, Report, Share, State, VaultChecks};
use jiff::Timestamp;

use crate::address::address;
use crate::block::{Block, Fact};
use crate::cell::{Cell, Tone, grouped};
use crate::chart::{Bar, Line, in_percent};
use crate::html::{Column, Lead, Page, Section, Table};

/// Rows of a block; the rest is a link away.
const ROWS: usize = 8;

/// Where the links of a report lead: into the page, or nowhere in a file of its own.
#[derive(Clone, Copy)]
struct Links(bool);

impl Links {
    fn to(self, cell: Cell, view: &str, query: &[(&str, &str)]) -> Cell {
        if self.0 { cell.to(address(view, query)) } else { cell }
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
    match &report.run {
        Some(run) => below.push(
            Cell::text(&format!("seen by the sweep that ended {}", crate::ago(run.ended, now)))
                .titled(&run.ended.to_string()),
        ),
        None => below.push(Cell::text("the first sweep has not ended yet, so nothing is counted")),
    }
    if report.awaiting_approval > 0 {
        let text = format!("{} waiting for approval", grouped(report.awaiting_approval));
        below.push(links.to(Cell::text(&text), "approvals", &[]));
    }
    let tone = match (report.headline.causes, &report.run) {
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
        blocks.push(failures(&report.failures, now, links));
    }
    if !report.unprotected.is_empty() {
        blocks.push(gaps(&report.unprotected, links));
    }
    blocks.extend(coverage_blocks(&report.coverage, links));
    if let Some(line) = Line::of(&report.trend) {
        blocks.push(Block::Line(Section::of("Coverage over 30 days", line).narrow()));
    }
    blocks.push(jobs(report, links));
    blocks.push(recovery(report, now, links));
    blocks.push(rules(report, links));
    blocks.push(left_out(report, links));
    if !report.holds.is_empty() {
        blocks.push(holds(report, now, links));
    }
    if !report.purges.is_empty() {
        blocks.push(purges(report, now, links));
    }
    if !report.vaults.is_empty() {
        blocks.push(vaults(&report.vaults, &report.profile, links));
    }
    blocks.push(cost(report));
    blocks
}

fn failures(causes: &[Cause], now: Timestamp, links: Links) -> Block {
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
    Block::Table(more(Section::of("What fails", table), causes.len(), "failures", links))
}

fn gaps(gaps: &[Gap], links: Links) -> Block {
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
    Block::Table(Section::of("What is not protected", table))
}

fn more(section: Section<Table>, count: usize, view: &str, links: Links) -> Section<Table> {
    let left = count.saturating_sub(ROWS);
    if left == 0 {
        return section;
    }
    section.about(links.to(Cell::text(&format!("{left} more causes")), view, &[]))
}

/// The coverage of each part of the estate.
pub fn coverage(coverage: &Coverage) -> Vec<Block> {
    coverage_blocks(coverage, Links(true))
}

fn coverage_blocks(coverage: &Coverage, links: Links) -> Vec<Block> {
    let mut blocks = vec![
        bars("Coverage by workload", &coverage.workloads, "workload", links),
        bars("Coverage by subscription", &coverage.subscriptions, "subscription", links),
    ];
    if coverage.regions.len() > 1 {
        blocks.push(bars("Coverage by region", &coverage.regions, "region", links));
    }
    // A tag that most resources have says more than one that few have.
    let mut tags: Vec<_> = coverage.tags.iter().filter(|tag| tag.values.len() > 1).collect();
    tags.sort_by_key(|tag| std::cmp::Reverse(tag.values.iter().map(|part| part.share.due).sum::<u64>()));
    for tag in tags.into_iter().take(2) {
        let rows = tag.values.iter().take(ROWS).map(|part| {
            let pair = format!("{}={}", tag.tag, part.name);
            bar(part, links.to(Cell::text(&part.name), "resources", &[("tag", &pair)]), ("tag", &pair), links)
        });
        let title = format!("Coverage by tag {}", crate::text::cut(&crate::clean(&tag.tag), 40).0);
        blocks.push(Block::Bars(Section::of(&title, rows.collect()).narrow()));
    }
    blocks
}

fn bars(title: &str, parts: &[Part], name: &str, links: Links) -> Block {
    let rows: Vec<Bar> = parts
        .iter()
        .take(ROWS)
        .map(|part| {
            bar(
                part,
                links.to(Cell::text(&part.name), "resources", &[(name, &part.name)]),
                (name, &part.name),
                links,
            )
        })
        .collect();
    let section = Section::of(title, rows).narrow();
    let left = parts.len().saturating_sub(ROWS);
    let section = if left > 0 {
        section.about(links.to(Cell::text(&format!("{left} more, all better covered")), "coverage", &[]))
    } else {
        section
    };
    Block::Bars(section)
}

fn bar(part: &Part, name: Cell, filter: (&str, &str), links: Links) -> Bar {
    let detail = match worst(&part.share) {
        Some((state, count)) => {
            let text = format!("{} {}", grouped(count), state.in_words());
            links.to(Cell::text(&text), "resources", &[filter, ("state", state.as_str())])
        }
        None => Cell::text(&format!("{} protected", grouped(part.share.protected))),
    };
    Bar::new(name, part.percent, detail)
}

/// The state that most of what is missing is in.
fn worst(share: &Share) -> Option<(State, u64)> {
    let missing = [State::Failing, State::Undecided, State::Unprotected, State::Stopped];
    missing
        .into_iter()
        .map(|state| (state, share.of(state)))
        .filter(|(_, count)| *count > 0)
        .max_by_key(|(_, count)| *count)
}

fn jobs(report: &Report, links: Links) -> Block {
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

fn recovery(report: &Report, now: Timestamp, links: Links) -> Block {
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
        empty: "every recovery point is as young as the rules want it".to_owned(),
    };
    let about = format!(
        "{} late now, {} will be before tomorrow, of {} that have backups and a schedule",
        grouped(rpo.breached),
        grouped(rpo.before_tomorrow),
        grouped(rpo.looked_at)
    );
    Block::Table(Section::of("Age of the newest recovery points", table).about(Cell::text(&about)).narrow())
}

fn rules(report: &Report, links: Links) -> Block {
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
    Block::Table(Section::of("What each rule does", table).narrow())
}

fn left_out(report: &Report, links: Links) -> Block {
    let mut facts: Vec<Fact> = report
        .exclusions
        .iter()
        .take(ROWS)
        .map(|one| {
            let query = [("state", State::Excluded.as_str()), ("reason", one.reason.as_str())];
            Fact::new(&one.reason, links.to(Cell::number(one.count), "resources", &query))
        })
        .collect();
    let uncovered = report.coverage.all.of(State::NotCovered);
    let query = [("state", State::NotCovered.as_str())];
    facts.push(Fact::new("no rule speaks of it", links.to(Cell::number(uncovered), "resources", &query)));
    Block::Facts(Section::of("Left out on purpose", facts).narrow())
}

fn holds(report: &Report, now: Timestamp, links: Links) -> Block {
    let rows = report.holds.iter().take(ROWS).map(|hold| {
        vec![
            links.resource(hold.resource.as_str()),
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
    Block::Table(more(section, report.holds.len(), "holds", links))
}

fn purges(report: &Report, now: Timestamp, links: Links) -> Block {
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
    Block::Table(Section::of("Deleted, and about to be gone", table).narrow())
}

fn vaults(vaults: &[VaultChecks], profile: &str, links: Links) -> Block {
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
    Block::Table(
        Section::of("Security of the vaults", table).about(Cell::text("against a profile").titled(profile)),
    )
}

fn cost(report: &Report) -> Block {
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
