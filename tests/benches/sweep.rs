//! A sweep over an estate of any size: the packaged handler against disks that the simulator makes from their numbers.
//!
//! The bench is the Functions host: it takes each message of the sweep's queue and posts it to the handler, which asks
//! Resource Graph for a page, decides, and writes its page. Azure's quota of the graph (3 pages a second) passes in no
//! time here: what is measured is what the sweep takes beyond it. The baseline of the same run is a client that asks for
//! the same pages and reads their JSON, and does nothing else. Processor time is that of the handler alone; the time of the
//! wall holds the simulator's as well, and that of whatever else the machine does.
//!
//! Three runs: over an estate of which one disk in a hundred was forgotten, again when these are protected, and once more.
//! The first must find exactly the forgotten ones, and the others nothing but those whose turn it is.
//! `cargo xtask bench sweep 10000000` sweeps as many disks; `quick` is for trying it out.

#![expect(clippy::print_stdout, reason = "a benchmark prints")]

#[path = "sweep/azure.rs"]
mod azure;
#[path = "sweep/handler.rs"]
mod handler;

use std::time::Instant;

use anyhow::{Context, Result};
use serde_json::Value;

use azure::Azure;
use handler::Handler;

/// What the handler has: the simulated Azure makes each row of a page anew.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const DISKS: u64 = 1_000_000;
const QUICK: u64 = 20_000;
/// Time that an invocation may take (`host.json`).
const INVOCATION_SECONDS: f64 = 600.0;

#[tokio::main]
async fn main() -> Result<()> {
    let number = std::env::args().find_map(|argument| argument.parse().ok());
    let is_quick = std::env::args().any(|argument| argument == "quick");
    let disks = number.unwrap_or(if is_quick { QUICK } else { DISKS });
    let azure = Azure::of(disks).await?;
    let handler = Handler::start(&azure).await?;
    println!("{disks} disks, one in 100 forgotten, one in 10 opted out; three shipped rules");
    let bare = bare(&azure).await?;
    println!(
        "{:<34} {:>9} {:>9} {:>7} {:>10} {:>9} {:>9} {:>6}",
        "run", "wall s", "cpu s", "ratio", "longest ms", "flat", "peak MB", "load"
    );
    println!("{:<34} {:>9.1} {:>9} {:>7}", "pages read and parsed (baseline)", bare, "", "1.00");
    for (what, forgotten_every) in [("first", 100), ("second, the forgotten protected", 0), ("third", 0)] {
        azure.forget_every(forgotten_every).await?;
        let swept = sweep(&azure, &handler).await?;
        println!(
            "{what:<34} {:>9.1} {:>9.1} {:>7.2} {:>10.0} {:>9.2} {:>9.1} {:>6}",
            swept.wall,
            swept.cpu,
            swept.wall / bare,
            swept.longest * 1000.0,
            swept.flat,
            handler.peak_mb()?,
            load()
        );
        println!("    {}", swept.summary);
        let expected = disks.checked_div(forgotten_every).unwrap_or_default();
        let found = found(&handler).await?;
        anyhow::ensure!(found == expected, "{found} disks were put to work, and {expected} were forgotten");
        anyhow::ensure!(swept.longest < INVOCATION_SECONDS, "a step outlasts an invocation");
    }
    println!("{:<34} {:>9} {:>9}", "list, by its page", "first ms", "deep ms");
    for path in ["/api/protection?top=100", "/api/jobs?top=100"] {
        let (first, deep) = listed(&handler, path).await?;
        println!("{path:<34} {first:>9.0} {deep:>9.0}");
    }
    Ok(())
}

/// How many wait for a processor, on average over a minute: what the time of the wall has to be read by.
fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().next().unwrap_or_default().to_owned()
}

/// Passes that the last run asked for, but for those whose turn it was.
async fn found(handler: &Handler) -> Result<u64> {
    let shown: Value = serde_json::from_str(&handler.get("/api/sweeps?top=1").await?)?;
    let queued = shown.pointer("/value/0/counts/queued").and_then(Value::as_object);
    let queued = queued.with_context(|| format!("the last run is not shown: {shown}"))?;
    let counts = queued.iter().filter(|(why, _)| *why != "in-turn");
    Ok(counts.filter_map(|(_, count)| count.as_u64()).sum())
}

/// What a run took.
struct Swept {
    wall: f64,
    cpu: f64,
    longest: f64,
    /// Time of a page in the last tenth of the run, as a multiple of one in the first tenth.
    flat: f64,
    summary: String,
}

async fn sweep(azure: &Azure, handler: &Handler) -> Result<Swept> {
    let (cpu, begun) = (handler.cpu_seconds()?, Instant::now());
    handler.post("/Sweep", "{\"Data\":{\"timer\":{}},\"Metadata\":{}}".to_owned()).await?;
    let mut steps = Vec::new();
    let mut summary = String::new();
    while let Some(step) = azure.next_step().await? {
        let at = Instant::now();
        summary = handler.post("/SweepPage", message(&step)).await?;
        steps.push(at.elapsed().as_secs_f64());
        azure.let_work_be_done().await?;
    }
    let wall = begun.elapsed().as_secs_f64();
    let tenth = (steps.len() / 10).max(1);
    let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len().max(1) as f64;
    let first = mean(steps.get(..tenth).unwrap_or_default());
    let last = mean(
        steps
            .get(steps.len().saturating_sub(2 * tenth)..steps.len().saturating_sub(tenth))
            .unwrap_or_default(),
    );
    let longest = steps.iter().copied().fold(0.0, f64::max);
    Ok(Swept {
        wall,
        cpu: handler.cpu_seconds()? - cpu,
        longest,
        flat: last / first,
        summary: told(&summary),
    })
}

/// The sentence of an answer to the host.
fn told(answer: &str) -> String {
    let answer: Value = serde_json::from_str(answer).unwrap_or_default();
    let logs = answer.get("Logs").and_then(Value::as_array).and_then(|logs| logs.first());
    logs.and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// A message of the queue as the host posts it: text, encoded twice.
fn message(step: &str) -> String {
    let text = Value::String(step.to_owned()).to_string();
    serde_json::json!({ "Data": { "step": text }, "Metadata": { "DequeueCount": "\"1\"" } }).to_string()
}

/// Every page of the estate, asked for as the sweep asks, and read as JSON.
async fn bare(azure: &Azure) -> Result<f64> {
    let begun = Instant::now();
    let mut after: Option<String> = None;
    loop {
        let page = azure.page(after.as_deref()).await?;
        let rows = page.get("data").and_then(Value::as_array).context("no rows")?;
        anyhow::ensure!(!rows.is_empty(), "an empty page");
        match page.get("$skipToken").and_then(Value::as_str) {
            Some(token) => after = Some(token.to_owned()),
            None => return Ok(begun.elapsed().as_secs_f64()),
        }
    }
}

/// Milliseconds of the first page of a list, and of its twentieth or its last.
async fn listed(handler: &Handler, path: &str) -> Result<(f64, f64)> {
    let (mut next, mut times) = (Some(path.to_owned()), Vec::new());
    while let Some(path) = next.take().filter(|_| times.len() < 20) {
        let at = Instant::now();
        let page: Value = serde_json::from_str(&handler.get(&path).await?)?;
        times.push(at.elapsed().as_secs_f64() * 1000.0);
        let link = page.get("nextLink").and_then(Value::as_str);
        next = link.and_then(|link| link.split_once("/api/")).map(|(_, rest)| format!("/api/{rest}"));
    }
    let (Some(first), Some(last)) = (times.first(), times.last()) else {
        anyhow::bail!("{path} has no page")
    };
    Ok((*first, *last))
}
