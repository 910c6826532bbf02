//! What an evaluation costs in each language: a fresh sandbox, all limits on, the same rule.
//!
//! `cargo bench --package holdfast-rule-templates`; `-- js python` measures only these.

#[path = "../../../../evaluator/benches/sample/disk.rs"]
mod sample;

use std::fmt::Write as _;
use std::io::Write as _;
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use holdfast_evaluator::{Binding, Evaluator};
use holdfast_rule_templates::{Guest, Guests};

use sample::request;

const ROUNDS: usize = 1_000;

fn main() -> anyhow::Result<()> {
    let wanted: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let guests = Guests::build()?;
    let mut table = String::new();
    let columns = ["", "MB", "load s", "p50 us", "p99 us", "fuel"];
    let [language, size, load, median, most, fuel] = columns;
    writeln!(
        table,
        "{language:<8} {size:>8} {load:>10} {median:>10} {most:>10} {fuel:>10}  starts configured"
    )?;
    for guest in &guests.built {
        if wanted.is_empty() || wanted.iter().any(|language| language == guest.language) {
            measure(guest, &mut table)?;
        }
    }
    for line in &guests.unreachable {
        writeln!(table, "{line}")?;
    }
    std::io::stdout().write_all(table.as_bytes())?;
    Ok(())
}

fn measure(guest: &Guest, table: &mut String) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let started = Instant::now();
    let rule_set = guest.rule_set(folder.path())?;
    let configured = rule_set.bindings().all(Binding::starts_configured);
    let evaluator = Evaluator::with_lanes(rule_set, NonZeroUsize::MIN)?;
    let loaded = started.elapsed().as_secs_f64();
    let request = request();
    let mut fuel = None;
    let mut times: Vec<Duration> = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let started = Instant::now();
        fuel = evaluator.evaluate_first(&request);
        times.push(started.elapsed());
    }
    times.sort();
    let at =
        |percent: usize| times.get(ROUNDS * percent / 100).copied().unwrap_or_default().as_secs_f64() * 1e6;
    let megabytes = std::fs::metadata(&guest.module)?.len() as f64 / 1e6;
    writeln!(
        table,
        "{:<8} {megabytes:>8.2} {loaded:>10.1} {:>10.1} {:>10.1} {:>10}  {configured}",
        guest.language,
        at(50),
        at(99),
        fuel.unwrap_or_default()
    )?;
    Ok(())
}
