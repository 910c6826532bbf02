//! `holdfast report`: what the protection of the estate comes to, and what needs a person.

use anyhow::Result;
use clap::Args;
use holdfast_report::{
    AssignedPolicy, Cause, Drift, Gap, Part, Report, Rpo, Section, Shadow, State, TimeToProtection, Waits,
};
use jiff::Timestamp;
use serde_json::Value;

use crate::client::{Server, told};
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
    let incomplete = incomplete(&answer);
    if options.json {
        out::json(&answer)?;
        return Ok(told(&incomplete));
    }
    let report: Report = serde_json::from_value(answer)?;
    out::page(&match options.csv {
        Some(section) => section.of(&report),
        None => in_words(&report, Seen::BySweeps),
    });
    Ok(match options.csv {
        Some(_) => told(&incomplete),
        // The words say it.
        None if incomplete.is_empty() => Exit::Done,
        None => Exit::Failed,
    })
}

/// What the report lacks: CSV has no place for it, and whoever takes JSON apart may not look.
fn incomplete(report: &Value) -> Vec<String> {
    let lines = report.get("incomplete").and_then(Value::as_array).into_iter().flatten();
    lines.filter_map(Value::as_str).map(|line| format!("the report is not complete: {line}")).collect()
}

/// Who has seen what a report counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seen {
    /// The sweeps of a deployment: before the first has ended, nothing is counted.
    BySweeps,
    /// An assessment, just now.
    ByAssessment,
}

/// The report for a terminal: what needs a person first.
pub(crate) fn in_words(report: &Report, seen: Seen) -> String {
    let mut lines = vec![report.headline.sentence.clone()];
    lines.extend(report.incomplete.iter().map(|text| format!("  not complete: {text}")));
    lines.push(coverage(report, seen));
    lines.extend(report.time_to_protection.iter().map(waits));
    lines.extend(report.failures.iter().flat_map(failure));
    lines.extend(report.unprotected.iter().flat_map(gap));
    lines.extend(late(&report.rpo));
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
        let words = match report.awaiting_approval {
            1 => "1 operation waits".to_owned(),
            several => format!("{several} operations wait"),
        };
        let in_vain = match report.nobody_can_approve {
            0 => String::new(),
            some => format!(", {some} that nobody can approve"),
        };
        lines.push(format!("{words} for approval{in_vain}: holdfast approve"));
    }
    page::of_lines(&lines)
}

fn coverage(report: &Report, seen: Seen) -> String {
    let by = match (&report.run, seen) {
        (None, Seen::BySweeps) => return "  the first sweep has not ended yet".to_owned(),
        (None, Seen::ByAssessment) => String::new(),
        (Some(run), _) => format!(", as the sweep saw that ended {}", to_the_second(run.ended)),
    };
    let all = &report.coverage.all;
    match report.coverage.percent {
        Some(percent) => {
            format!("  {percent} % of what should be protected is: {} of {}{by}", all.protected, all.due)
        }
        None => format!("  nothing is to be protected{by}"),
    }
}

fn to_the_second(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Recovery points that are too old, or will be.
fn late(rpo: &Rpo) -> Vec<String> {
    let Some(oldest) = rpo.samples.first() else { return Vec::new() };
    vec![
        String::new(),
        format!(
            "{} of {} with a schedule have no recovery point as young as the rules want it, {} more before tomorrow (UTC)",
            rpo.breached, rpo.looked_at, rpo.before_tomorrow
        ),
        format!(
            "  such as {}: last good backup {}, every {} hours wanted",
            oldest.resource,
            to_the_second(oldest.last),
            oldest.hours
        ),
        "  to do: `holdfast show` says of each what failed; `holdfast report --json` has the oldest in `rpo`"
            .to_owned(),
    ]
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
    let since = cause.since.map(|since| format!(", since {}", to_the_second(since))).unwrap_or_default();
    let noun = if cause.resources == 1 { "resource" } else { "resources" };
    let mut lines = vec![
        String::new(),
        format!("{}: {} {noun}{since}", cause.code, cause.resources),
        format!("  {}", cause.message),
        format!("  to do: {}", cause.proposal.text),
    ];
    lines.extend(cause.samples.first().map(|sample| format!("  such as {}", sample.resource)));
    lines
}

fn gap(gap: &Gap) -> Vec<String> {
    let needs = match (gap.needs_you, gap.state) {
        (true, _) => "needs you",
        (false, State::Unprotected | State::Configuring) => "goes on by itself",
        (false, _) => "needs nobody",
    };
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
    assert!(!in_words(&report, Seen::BySweeps).contains("more, with less missing"));
    report.coverage.subscriptions = (0..13).map(part).collect();
    assert!(in_words(&report, Seen::BySweeps).contains("  3 more, with less missing\n"));
}

#[cfg(test)]
fn counted(outcome: &str) -> Report {
    let line = serde_json::json!({ "resource": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/disks/d",
        "workload": "azure-disks", "outcome": outcome, "decision": "", "location": "westeurope", "rules": [], "tags": {},
        "reason": "", "state": "ProtectionStopped" });
    let mut tally = holdfast_report::Tally::default();
    tally.add(&[serde_json::from_value(line).unwrap()]);
    Report::of(holdfast_report::Input { tally, ..Default::default() }, Timestamp::UNIX_EPOCH)
}

#[test]
fn an_assessment_waits_for_no_sweep() {
    let report = counted("protected");
    let told = in_words(&report, Seen::ByAssessment);
    assert!(told.contains("100 % of what should be protected is: 1 of 1\n"), "{told}");
    assert!(!told.contains("sweep"), "{told}");
    assert!(in_words(&report, Seen::BySweeps).contains("the first sweep has not ended yet"));
}

#[test]
fn what_a_person_stopped_does_not_go_on_by_itself() {
    let told = in_words(&counted("unprotected"), Seen::ByAssessment);
    assert!(told.contains("Stopped: 1 stopped, needs nobody"), "{told}");
}

#[test]
fn what_nobody_can_approve_is_told_where_operations_wait() {
    let mut report = Report { awaiting_approval: 2, ..counted("protected") };
    assert!(in_words(&report, Seen::BySweeps).contains("2 operations wait for approval: holdfast approve"));
    report.nobody_can_approve = 1;
    let told = in_words(&report, Seen::BySweeps);
    assert!(told.contains("wait for approval, 1 that nobody can approve: holdfast approve"), "{told}");
}

#[test]
fn a_cause_and_late_backups_name_a_resource() {
    let mut report = counted("protected");
    report.failures = vec![
        serde_json::from_value(serde_json::json!({ "code": "X", "sources": ["job"], "message": "no",
        "count": 1, "resources": 1, "since": "2026-01-01T00:00:00.123Z", "proposal": { "text": "mend it" },
        "samples": [{ "resource": "/x/disks/erp", "message": "no" }] }))
        .unwrap(),
    ];
    report.rpo =
        serde_json::from_value(serde_json::json!({ "lookedAt": 3, "breached": 1, "beforeTomorrow": 0,
        "samples": [{ "resource": "/x/disks/erp", "last": "2026-01-01T00:00:00Z", "hours": 24,
            "due": "2026-01-02T02:00:00Z" }] }))
        .unwrap();
    let told = in_words(&report, Seen::BySweeps);
    let cause =
        "\nX: 1 resource, since 2026-01-01T00:00:00Z\n  no\n  to do: mend it\n  such as /x/disks/erp\n";
    assert!(told.contains(cause), "{told}");
    let words = told.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("1 of 3 with a schedule have no recovery point"), "{told}");
    assert!(words.contains("/x/disks/erp: last good backup 2026-01-01T00:00:00Z, every 24 hours"), "{told}");
}
