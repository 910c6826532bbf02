//! `holdfast report`: what the protection of the estate comes to, and what needs a person.

use anyhow::Result;
use clap::Args;
use holdfast_report::{
    AssignedPolicy, Cause, Drift, Gap, Part, Report, Section, Shadow, TimeToProtection, Waits,
};

use crate::client::Server;
use crate::exit::{self, Exit};
use crate::{out, page};

/// Parts of the estate that are shown of each kind; what misses most comes first.
const PARTS: usize = 10;

/// In which form.
#[derive(Args)]
#[command(after_help = exit::HELP)]
pub(crate) struct Options {
    /// Print JSON.
    #[arg(long, conflicts_with = "csv")]
    pub(crate) json: bool,
    /// Print a section as CSV: coverage, unprotected, failures, vaults, rules, holds,
    /// time-to-protection, shadow or drift.
    #[arg(long, value_name = "SECTION", value_parser = section)]
    csv: Option<Section>,
    #[command(flatten)]
    server: Server,
}

fn section(text: &str) -> Result<Section, String> {
    text.parse()
}

/// Prints the report.
pub(crate) async fn run(options: Options) -> Result<Exit> {
    let client = options.server.client().await?;
    let answer = client.get("/api/report", &[]).await?.body;
    if options.json {
        out::json(&answer)?;
        return Ok(Exit::Done);
    }
    let report: Report = serde_json::from_value(answer)?;
    out::page(&match options.csv {
        Some(section) => section.of(&report),
        None => in_words(&report),
    });
    Ok(Exit::Done)
}

/// The report for a terminal: what needs a person first.
pub(crate) fn in_words(report: &Report) -> String {
    let mut lines = vec![report.headline.sentence.clone()];
    lines.extend(report.incomplete.iter().map(|text| format!("  not complete: {text}")));
    match (&report.run, report.coverage.percent) {
        (None, _) => lines.push("  the first sweep has not ended yet".to_owned()),
        (Some(run), Some(percent)) => {
            let all = &report.coverage.all;
            lines.push(format!(
                "  {percent} % of what should be protected is: {} of {}, as the sweep saw that ended {}",
                all.protected, all.due, run.ended
            ));
        }
        (Some(run), None) => {
            lines.push(format!("  nothing is to be protected, as the sweep saw that ended {}", run.ended))
        }
    }
    lines.extend(report.time_to_protection.iter().map(waits));
    lines.extend(report.failures.iter().flat_map(failure));
    lines.extend(report.unprotected.iter().flat_map(gap));
    lines.extend(report.drift.iter().flat_map(drift));
    lines.extend(report.shadows.iter().filter_map(shadow));
    lines.extend(report.azure_policy.iter().flat_map(assigned));
    for (title, parts) in
        [("by workload", &report.coverage.workloads), ("by subscription", &report.coverage.subscriptions)]
    {
        lines.push(String::new());
        lines.push(format!("Coverage {title}"));
        lines.extend(parts.iter().take(PARTS).map(part));
        if let left @ 1.. = parts.len().saturating_sub(PARTS) {
            lines.push(format!("  {left} more, with less missing"));
        }
    }
    if report.awaiting_approval > 0 {
        lines.push(String::new());
        lines.push(format!("{} operations wait for approval: holdfast approve", report.awaiting_approval));
    }
    page::of_lines(&lines)
}

fn waits(times: &TimeToProtection) -> String {
    let Waits { measured, p50, p95, p99, older, unknown } = &times.all;
    let lasting =
        |seconds: &Option<u64>| seconds.map_or_else(|| "not known".to_owned(), holdfast_page::lasting);
    let mut text = match measured {
        0 => "  from creation to protection: not known, no new resource was measured in 30 days".to_owned(),
        measured => format!(
            "  from creation to protection: p50 {}, p95 {}, p99 {}, of {measured} new resources in 30 days",
            lasting(p50),
            lasting(p95),
            lasting(p99)
        ),
    };
    for (count, what) in [(older, "were older before"), (unknown, "do not say when they were created")] {
        if *count > 0 {
            text.push_str(&format!("; {count} {what}"));
        }
    }
    text
}

fn drift(drift: &Drift) -> Vec<String> {
    let mut lines = vec![String::new(), format!("{} protected {}", drift.count, drift.in_words())];
    let sample = drift.samples.first();
    lines.extend(sample.map(|sample| format!("  such as {}: {}", sample.resource, sample.text)));
    lines
}

fn assigned(policy: &AssignedPolicy) -> Vec<String> {
    let first = format!("Azure Policy assigns {} to {}", policy.name, policy.scope);
    let mut lines =
        vec![String::new(), first, format!("  rules that do the same: {}", policy.rules_in_words())];
    lines.extend(policy.notes.iter().map(|note| format!("  {note}")));
    lines
}

fn shadow(shadow: &Shadow) -> Option<String> {
    let (first, last) = (shadow.days.first()?, shadow.last()?);
    let before = if first.day == last.day {
        String::new()
    } else {
        format!("; {} of {} on {}", first.differing, first.seen, first.day)
    };
    Some(format!(
        "\n{} is in shadow, and would decide otherwise about {} of {} targets on {}{before}",
        shadow.rule, last.differing, last.seen, last.day
    ))
}

fn failure(cause: &Cause) -> Vec<String> {
    let since = cause.since.map(|since| format!(", since {since}")).unwrap_or_default();
    vec![
        String::new(),
        format!("{}: {} resources{since}", cause.code, cause.resources),
        format!("  {}", cause.message),
        format!("  to do: {}", cause.proposal.text),
    ]
}

fn gap(gap: &Gap) -> Vec<String> {
    let needs = if gap.needs_you { "needs you" } else { "goes on by itself" };
    let mut lines = vec![
        String::new(),
        format!("{}: {} {}, {needs}", gap.code, gap.count, gap.state.in_words()),
        format!("  {}", gap.reason),
    ];
    if !gap.way_out.is_empty() {
        lines.push(format!("  to do: {}", gap.way_out));
    }
    lines.extend(gap.samples.first().map(|sample| format!("  such as {sample}")));
    lines
}

fn part(part: &Part) -> String {
    let percent = part.percent.map_or_else(|| "nothing due".to_owned(), |percent| format!("{percent} %"));
    format!("  {}: {percent}, {} missing of {}", part.name, part.share.missing(), part.share.due)
}

#[test]
fn the_parts_that_are_not_shown_are_counted() {
    let mut report = Report::of(holdfast_report::Input::default(), jiff::Timestamp::UNIX_EPOCH);
    let part =
        |n: usize| Part { name: format!("s-{n}"), share: holdfast_report::Share::default(), percent: None };
    report.coverage.subscriptions = (0..PARTS).map(part).collect();
    assert!(!in_words(&report).contains("more, with less missing"));
    report.coverage.subscriptions = (0..13).map(part).collect();
    assert!(in_words(&report).contains("  3 more, with less missing\n"));
}
