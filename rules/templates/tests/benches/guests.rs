//! What an evaluation costs in each language: a fresh sandbox, all limits on, the same rule.
//!
//! `cargo bench --package holdfast-rule-templates`; `-- js python` measures only these.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use holdfast_evaluator::{Binding, Evaluator, Request, Resource};
use holdfast_rule_templates::{Guest, Guests};

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

/// A disk with ten tags and a body of about one kilobyte.
fn request() -> Request {
    let mut tags: BTreeMap<String, String> =
        (0..8).map(|number| (format!("cost-centre-{number}"), format!("value-{number}"))).collect();
    tags.insert("env".to_owned(), "prod".to_owned());
    tags.insert("tier".to_owned(), "gold".to_owned());
    let subscription = "11111111-2222-3333-4444-555555555555";
    let padding = "x".repeat(900);
    Request {
        resource: Resource {
            id: format!(
                "/subscriptions/{subscription}/resourceGroups/rg-shop/providers/Microsoft.Compute/disks/data"
            ),
            resource_type: "Microsoft.Compute/disks".to_owned(),
            name: "data".to_owned(),
            location: "westeurope".to_owned(),
            resource_group: "rg-shop".to_owned(),
            subscription: subscription.to_owned(),
            tags,
            sku: Some("Premium_LRS".to_owned()),
            kind: None,
            body: format!(
                r#"{{"location":"westeurope","properties":{{"diskSizeGB":128,"note":"{padding}"}}}}"#
            ),
        },
        facts: Vec::new(),
        event_time: "2026-01-01T00:00:00Z".to_owned(),
    }
}
