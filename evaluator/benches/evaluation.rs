//! What a sandboxed evaluation costs, against the same rule as a native function in the same run.
//!
//! `cargo xtask bench`, or `cargo bench --package holdfast-evaluator` after `cargo xtask rules`.

#[path = "sample/disk.rs"]
mod sample;

use std::fmt::Write as _;
use std::hint::black_box;
use std::io::Write as _;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use holdfast_evaluator::{Digest, Evaluator, Request, RuleSet};
use holdfast_rule_sdk::{Rule as _, owned};
use holdfast_rule_select::{Select, Settings};

use sample::request;

/// The allocator of the handler.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ROUNDS: usize = 20_000;
const TWO_THREADS_FOR: Duration = Duration::from_secs(2);

fn main() -> anyhow::Result<()> {
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/rules");
    let folder = tempfile::tempdir()?;
    let request = request();
    let alone = Evaluator::with_lanes(
        RuleSet::load(&select_only(&rules, folder.path())?)?,
        NonZeroUsize::new(2).context("two lanes")?,
    )?;
    let only = |what: &str| std::env::args().any(|argument| argument == what);
    // For `strace -c` and `perf`: nothing but one thing.
    if only("evaluations") {
        (0..100_000).for_each(|_| _ = black_box(alone.evaluate_first(black_box(&request))));
        return Ok(());
    }
    if only("typed") {
        (0..100_000).for_each(|_| _ = black_box(alone.evaluate_first_typed(black_box(&request))));
        return Ok(());
    }
    if only("batches") {
        let many = vec![request.clone(); 64];
        (0..10_000).for_each(|_| _ = black_box(alone.evaluate_first_of_many(black_box(&many))));
        return Ok(());
    }
    let all = Evaluator::new(RuleSet::load(&rules.join("ruleset.toml"))?)?;
    if only("shipped") {
        (0..100_000).for_each(|_| drop(black_box(all.decide(black_box(&request)))));
        return Ok(());
    }
    let twenty = Evaluator::new(RuleSet::load(&twenty_rules(&rules, folder.path())?)?)?;
    if only("decisions") {
        (0..10_000).for_each(|_| drop(black_box(twenty.decide(black_box(&request)))));
        return Ok(());
    }
    let mut table = String::new();
    writeln!(table, "{:<58} {:>9} {:>9} {:>9}", "", "p50 us", "p99 us", "x native")?;
    let native = native(&request)?;
    let rows = [
        ("select, native function", native),
        ("select, fresh sandbox, typed", measure(|| _ = black_box(alone.evaluate_first_typed(&request)))),
        ("select, fresh sandbox, packed", measure(|| _ = black_box(alone.evaluate_first(&request)))),
        ("select, fresh sandbox per 64, each", batch(&alone, &request)),
        ("the same, bodies of two bytes", batch(&alone, &without_body(&request))),
        ("one rule, decided and recorded with digests", measure(|| drop(black_box(alone.decide(&request))))),
        ("shipped rules (3), decided and recorded", measure(|| drop(black_box(all.decide(&request))))),
        ("shipped rules (3), outcomes of 64 at once, each", outcomes(&all, &request)),
        ("20 rules, decided, explained and recorded", measure(|| drop(black_box(twenty.decide(&request))))),
    ];
    for (name, times) in &rows {
        let ratio = times.p50 / native.p50;
        writeln!(table, "{name:<58} {:>9.3} {:>9.3} {ratio:>9.1}", times.p50, times.p99)?;
    }
    let (one_thread, two_threads) = (throughput(&alone, &request, 1), throughput(&alone, &request, 2));
    let ratio = two_threads / one_thread;
    writeln!(
        table,
        "fresh sandboxes per second: {one_thread:.0} on one thread, {two_threads:.0} on two: {ratio:.2}x"
    )?;
    writeln!(table, "replay of 100,000 decisions of one rule, bytes compared: {:.2} s", replay(&alone)?)?;
    std::io::stdout().write_all(table.as_bytes())?;
    Ok(())
}

/// Sixty-four resources to a sandbox; times are for each.
fn batch(evaluator: &Evaluator, request: &Request) -> Times {
    let many = vec![request.clone(); 64];
    measure(|| _ = black_box(evaluator.evaluate_first_of_many(black_box(&many)))).each_of(64)
}

fn outcomes(evaluator: &Evaluator, request: &Request) -> Times {
    let many = vec![request.clone(); 64];
    measure(|| drop(black_box(evaluator.decide_many(black_box(&many), NonZeroUsize::MIN)))).each_of(64)
}

fn without_body(request: &Request) -> Request {
    let mut request = request.clone();
    request.resource.body = "{}".to_owned();
    request
}

/// Seconds to decide again what was decided, and to compare the records byte by byte.
fn replay(evaluator: &Evaluator) -> anyhow::Result<f64> {
    const DECISIONS: usize = 100_000;
    let recorded: Vec<(Request, Vec<u8>)> = (0..1_000)
        .map(|number| {
            let mut request = request();
            request.resource.name = format!("data-{number}");
            let decision = serde_json::to_vec(&evaluator.decide(&request))?;
            Ok((request, decision))
        })
        .collect::<anyhow::Result<_>>()?;
    let started = Instant::now();
    for (request, expected) in recorded.iter().cycle().take(DECISIONS) {
        anyhow::ensure!(serde_json::to_vec(&evaluator.decide(request))? == *expected, "a replay differs");
    }
    Ok(started.elapsed().as_secs_f64())
}

/// Microseconds.
#[derive(Clone, Copy)]
struct Times {
    p50: f64,
    p99: f64,
}

impl Times {
    fn each_of(self, count: u32) -> Self {
        Self { p50: self.p50 / f64::from(count), p99: self.p99 / f64::from(count) }
    }
}

fn measure(mut once: impl FnMut()) -> Times {
    for _ in 0..ROUNDS / 10 {
        once();
    }
    let times = (0..ROUNDS).map(|_| {
        let started = Instant::now();
        once();
        started.elapsed()
    });
    percentiles(times.collect(), 1)
}

/// The native function is quicker than the clock: it is timed a hundred calls at a time.
fn native(request: &Request) -> anyhow::Result<Times> {
    const CALLS: u32 = 100;
    let settings: Settings = serde_json::from_str(SETTINGS)?;
    let request = guest_request(request);
    let request = request.view();
    let times = (0..ROUNDS / 10).map(|_| {
        let started = Instant::now();
        for _ in 0..CALLS {
            drop(black_box(Select::evaluate(black_box(&settings), black_box(&request))));
        }
        started.elapsed()
    });
    Ok(percentiles(times.collect(), CALLS))
}

fn percentiles(mut times: Vec<Duration>, calls: u32) -> Times {
    times.sort();
    let at = |percent: usize| {
        let index = times.len().saturating_sub(1) * percent / 100;
        let time = times.get(index).copied().unwrap_or_default();
        time.as_secs_f64() * 1e6 / f64::from(calls)
    };
    Times { p50: at(50), p99: at(99) }
}

/// Evaluations per second over all threads.
fn throughput(evaluator: &Evaluator, request: &Request, threads: usize) -> f64 {
    let counts: Vec<u64> = thread::scope(|scope| {
        let running: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    let started = Instant::now();
                    let mut count = 0;
                    while started.elapsed() < TWO_THREADS_FOR {
                        for _ in 0..100 {
                            black_box(evaluator.evaluate_first(black_box(request)));
                        }
                        count += 100;
                    }
                    count
                })
            })
            .collect();
        running.into_iter().map(|thread| thread.join().unwrap_or_default()).collect()
    });
    let total: u64 = counts.iter().sum();
    total as f64 / TWO_THREADS_FOR.as_secs_f64()
}

const SETTINGS: &str = r#"{
    "exclude": [
        { "kind": "opted-out", "tags": { "backup": ["off"] } },
        { "kind": "ephemeral", "tags": { "env": ["sandbox"] } },
        { "kind": "ephemeral", "tags": { "lifetime": ["ephemeral"] } }
    ],
    "protect": [{
        "types": ["Microsoft.Compute/disks", "Microsoft.DBforPostgreSQL/flexibleServers"],
        "locations": ["westeurope", "northeurope", "eastus"],
        "tags": { "env": ["prod", "staging"] }
    }]
}"#;

fn select_only(rules: &Path, folder: &Path) -> anyhow::Result<PathBuf> {
    let module = std::fs::read(rules.join("select.wasm")).context("run `cargo xtask rules` first")?;
    std::fs::write(folder.join("select.wasm"), &module)?;
    let settings: toml::Table = serde_json::from_str(SETTINGS)?;
    let rule = toml::Table::from_iter([
        ("id".to_owned(), "select".into()),
        ("module".to_owned(), "select.wasm".into()),
        ("digest".to_owned(), Digest::of(&module).to_string().into()),
        ("layer".to_owned(), "organisation".into()),
        ("settings".to_owned(), settings.into()),
    ]);
    let layer = toml::Table::from_iter([("name".to_owned(), "organisation".into())]);
    let rule_set = toml::Table::from_iter([
        ("revision".to_owned(), 1.into()),
        ("layer".to_owned(), vec![toml::Value::from(layer)].into()),
        ("rule".to_owned(), vec![toml::Value::from(rule)].into()),
    ]);
    let path = folder.join("ruleset.toml");
    std::fs::write(&path, toml::to_string(&rule_set)?)?;
    Ok(path)
}

/// The shipped rule set with each rule bound several times, under other names and priorities.
fn twenty_rules(rules: &Path, folder: &Path) -> anyhow::Result<PathBuf> {
    let mut rule_set: toml::Table = toml::from_str(&std::fs::read_to_string(rules.join("ruleset.toml"))?)?;
    let bound = rule_set.get("rule").and_then(toml::Value::as_array).context("rules")?.clone();
    let mut twenty = Vec::new();
    for (number, rule) in bound.iter().cycle().take(20).enumerate() {
        let mut rule = rule.as_table().context("a rule")?.clone();
        let module = rule.get("module").and_then(toml::Value::as_str).context("a module")?;
        std::fs::copy(rules.join(module), folder.join(module))?;
        rule.insert("id".to_owned(), format!("rule-{number}").into());
        rule.insert("priority".to_owned(), i64::try_from(number)?.into());
        twenty.push(toml::Value::from(rule));
    }
    rule_set.insert("rule".to_owned(), twenty.into());
    let path = folder.join("twenty.toml");
    std::fs::write(&path, toml::to_string(&rule_set)?)?;
    Ok(path)
}

fn guest_request(request: &Request) -> owned::Request {
    let resource = &request.resource;
    owned::Request {
        target: owned::AzResource {
            id: resource.id.clone(),
            type_: resource.resource_type.clone(),
            name: resource.name.clone(),
            location: resource.location.clone(),
            resource_group: resource.resource_group.clone(),
            subscription: resource.subscription.clone(),
            tags: resource
                .tags
                .iter()
                .map(|(name, value)| owned::Tag { name: name.clone(), value: value.clone() })
                .collect(),
            sku: resource.sku.clone(),
            kind: resource.kind.clone(),
            body: resource.body.clone(),
        },
        workload: String::new(),
        labels: Vec::new(),
        facts: Vec::new(),
        event_time: request.event_time.clone(),
        explain: true,
    }
}
