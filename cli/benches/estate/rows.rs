//! Rows of Resource Graph decided about by the shipped rules on two threads, beside reading the same rows and nothing else.

use std::num::NonZeroUsize;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use holdfast_azure::{Exported, exported};
use holdfast_evaluator::{Evaluator, Outcome, Resource, RuleSet};
use holdfast_protection::hold::OpenHolds;
use holdfast_protection::sweep::{Judge, Row, Turn};
use jiff::Timestamp;

use crate::exported::disk;

/// As many as a page of Resource Graph has.
const PAGE: usize = 1000;

/// What one run over the rows took, and the memory that it added.
pub(crate) struct Took {
    pub(crate) read: Duration,
    pub(crate) decided: Duration,
    pub(crate) added_mb: f64,
}

/// Reads so many rows, page by page; then once more, and has the rules decide about each page. To write the rows takes no part.
pub(crate) fn measure(rules: &Path, rows: usize) -> anyhow::Result<Took> {
    let evaluator = Evaluator::new(RuleSet::load(&rules.join("ruleset.toml"))?)?;
    let read = pages(rows, |lines| Ok(resources(lines)?.len()))?;
    // The first page fills the lanes: what is added after it is what grows.
    pages(PAGE, |lines| decide(&evaluator, resources(lines)?))?;
    let before = peak_mb()?;
    let decided = pages(rows, |lines| decide(&evaluator, resources(lines)?))?;
    Ok(Took { read, decided, added_mb: peak_mb()? - before })
}

/// How long it takes to do this with each page; it says with how many rows of the page it was done.
fn pages(rows: usize, mut with: impl FnMut(&[String]) -> anyhow::Result<usize>) -> anyhow::Result<Duration> {
    let (mut took, mut done) = (Duration::ZERO, 0);
    for first in (0..rows).step_by(PAGE) {
        let lines: Vec<String> = (first..first + PAGE).map(|n| disk(n).to_string()).collect();
        let started = Instant::now();
        done += with(&lines)?;
        took += started.elapsed();
    }
    ensure!(done == rows, "{done} of {rows} rows");
    Ok(took)
}

fn resources(lines: &[String]) -> anyhow::Result<Vec<Resource>> {
    let rows = lines.iter().map(|line| match exported(serde_json::from_str(line)?) {
        Exported::Resource(resource) => Ok(*resource),
        _ => anyhow::bail!("a disk is read as something else: {line}"),
    });
    rows.collect()
}

/// How many of them are to be protected.
fn decide(evaluator: &Evaluator, resources: Vec<Resource>) -> anyhow::Result<usize> {
    let holds = OpenHolds::default();
    let judge = Judge { evaluator, holds: &holds, turn: Turn::of(1, 0), at: Timestamp::UNIX_EPOCH };
    let rows = resources.into_iter().map(|resource| Row { resource, protections: Vec::new() });
    let cases = judge.cases_without_facts(rows.collect());
    let rulings = judge.decided(&cases, NonZeroUsize::new(2).context("two threads")?);
    let protected = rulings.iter().filter(|ruled| matches!(ruled.outcome, Outcome::Protect { .. }));
    Ok(protected.count())
}

/// The most memory that this process has held.
fn peak_mb() -> anyhow::Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("VmHWM")?;
    let kilobytes: f64 = line.split_whitespace().next().context("a figure")?.parse()?;
    Ok(kilobytes / 1024.0)
}
