//! What is exported, as rows of its table.

use holdfast_protection::job::Job;
use holdfast_protection::sweep::{Line, Summary};
use jiff::Timestamp;

use crate::Cell;

/// What the rules decided about a target.
pub(crate) fn decision(summary: &Summary, line: &Line) -> Vec<Cell> {
    let mut row = seen(summary, line);
    row.extend([
        Cell::filled(&line.reason),
        Cell::filled(line.rules.join(" ")),
        Cell::filled(&line.decision),
        Cell::filled(&line.location),
        Cell::maybe(line.every.map(String::from)),
        Cell::count(line.gigabytes),
    ]);
    row
}

/// What protects a target.
pub(crate) fn protection(summary: &Summary, line: &Line) -> Vec<Cell> {
    let mut row = seen(summary, line);
    row.extend([
        Cell::maybe(line.instance.as_ref().map(ToString::to_string)),
        Cell::maybe(line.policy.as_ref().map(ToString::to_string)),
        Cell::maybe(line.state.as_ref()),
    ]);
    row
}

fn seen(summary: &Summary, line: &Line) -> Vec<Cell> {
    vec![
        Cell::text(format!("{} {}", summary.run, target(line))),
        Cell::Time(summary.ended),
        Cell::text(&summary.run),
        Cell::text(line.resource.to_string()),
        Cell::text(line.workload.to_string()),
        Cell::text(&line.outcome),
    ]
}

/// How work on a target ended in an hour.
pub(crate) fn outcome(hour: Timestamp, line: &Line) -> Vec<Cell> {
    vec![
        Cell::text(format!("{hour} {}", target(line))),
        Cell::Time(hour),
        Cell::text(line.resource.to_string()),
        Cell::text(line.workload.to_string()),
        Cell::text(&line.outcome),
        Cell::filled(&line.reason),
        Cell::maybe(line.instance.as_ref().map(ToString::to_string)),
    ]
}

/// Azure spells ids as it likes; a record has one name.
fn target(line: &Line) -> String {
    format!("{} {}", line.workload, line.resource.key())
}

/// A job.
pub(crate) fn job(job: &Job) -> Vec<Cell> {
    let error = job.errors.first();
    vec![
        Cell::text(job.id.key()),
        Cell::moment(job.ended.as_deref()),
        Cell::moment(job.started.as_deref()),
        Cell::text(&job.operation),
        Cell::text(&job.status),
        Cell::text(&job.datasource),
        Cell::maybe(job.instance.as_ref().map(ToString::to_string)),
        Cell::maybe(job.details.policy.as_ref()),
        Cell::text(if job.on_demand { "yes" } else { "no" }),
        Cell::count(job.details.transferred_bytes),
        Cell::maybe(error.map(|error| &error.code)),
        Cell::maybe(error.map(|error| &error.message)),
    ]
}

/// What a run came to.
pub(crate) fn coverage(summary: &Summary) -> Vec<Cell> {
    let counts = &summary.counts;
    let of = |outcome: &str| Cell::count(Some(counts.outcomes.get(outcome).copied().unwrap_or_default()));
    vec![
        Cell::text(&summary.run),
        Cell::Time(summary.ended),
        Cell::count(Some(counts.seen)),
        of("protected"),
        of("prepared"),
        of("unprotected"),
        of("excluded"),
        of("ignored"),
        of("failed"),
        of("gone"),
        Cell::count(Some(counts.queued.values().sum())),
        Cell::count(Some(counts.refused.values().sum())),
    ]
}
