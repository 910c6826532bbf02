//! Work items drained by the handler on one core, against an Azure that answers at once.
//!
//! An item is a look as `POST /Protect` takes it, from the host's envelope to its answer, in the packaged
//! handler: the resource is read, the rules decide, the decision is recorded, the instances are read, the end
//! is recorded. That is two calls to Azure and two writes to the ledger; the resource is protected already, so an
//! item comes to an end. The baseline is the same process, asked for nothing.
//!
//! What is counted is the handler's own CPU time: the simulator, which answers, has the other core. With `sizes`, the handler is
//! held to each instance size of Flex Consumption in turn, and the baseline is the handler without limits.

#![expect(clippy::print_stdout, reason = "a benchmark prints")]

#[path = "drain/estate.rs"]
mod estate;
#[path = "drain/handler.rs"]
mod handler;
#[path = "drain/limits.rs"]
mod limits;

use std::collections::BTreeMap;
use std::ops::Range;

use anyhow::{Context as _, Result};
use estate::{RESOURCES, message};
use handler::Handler;
use holdfast_simulator::{Config, Estate, Running, Simulator, Throttling};
use holdfast_tests::settings;
use limits::{Limits, SIZES};
use serde_json::Value;

const ITEMS: usize = 100_000;
/// As many again for each size.
const ITEMS_OF_A_SIZE: usize = 10_000;

#[tokio::main]
async fn main() -> Result<()> {
    let is_said = |word: &str| std::env::args().any(|argument| argument == word);
    let folder = tempfile::tempdir()?;
    let estate: Estate = serde_json::from_value(estate::estate()).context("read the estate")?;
    let config = Config {
        ca_dir: Some(folder.path().to_owned()),
        estate: Some(estate),
        speed: 1_000.0,
        throttling: Throttling::Off,
        ..Config::default()
    };
    let azure = Simulator::start(config).await?;
    estate::protect_by_hand(&azure.http_url).await?;
    let settings = settings(&azure, folder.path());
    // `cargo bench -- quick` is for trying it out.
    match (is_said("sizes"), is_said("quick")) {
        (true, quick) => sizes(&settings, if quick { 1_000 } else { ITEMS_OF_A_SIZE }).await,
        (false, quick) => one_core(&azure, &settings, if quick { 2_000 } else { ITEMS }).await,
    }
}

async fn one_core(azure: &Running, settings: &BTreeMap<String, String>, items: usize) -> Result<()> {
    let handler = Handler::start(settings, &Limits::Free, items).await?;
    let nothing = handler.drain("GET", "/", 0..items, |_| String::new()).await?;
    azure.forget_calls();
    let drained = handler.drain("POST", "/Protect", 0..items, message).await?;
    let calls = azure.calls().get("total").and_then(Value::as_f64).unwrap_or_default();
    println!("{:<44} {:>12} {:>12} {:>8}", "requests to the handler", "per second", "per core s", "ratio");
    println!("{:<44} {:>12.0} {:>12.0} {:>8}", "GET / (baseline)", nothing.rate, nothing.per_core, "1.00");
    println!(
        "{:<44} {:>12.0} {:>12.0} {:>8.2}",
        "Protect, a resource that is protected",
        drained.rate,
        drained.per_core,
        drained.per_core / nothing.per_core
    );
    println!("{items} items, {:.2} ARM calls each, {RESOURCES} resources", calls / items as f64);
    Ok(())
}

/// The same work within each instance size, against the handler without limits.
async fn sizes(settings: &BTreeMap<String, String>, items: usize) -> Result<()> {
    println!(
        "{:<24} {:<24} {:>10} {:>8} {:>9} {:>9} {:>8} {:>8} {:>8}",
        "instance", "held by", "per second", "ratio", "p50 ms", "p99 ms", "p50", "p99", "peak MB"
    );
    let free = within(settings, "no limit (baseline)", &Limits::Free, 0..items, None).await?;
    for (turn, size) in (1..).zip(SIZES) {
        let limits = Limits::of(size);
        let named = format!("{} MB, {} cores", size.megabytes, size.cores);
        // Items of their own: what is recorded already would cost less.
        within(settings, &named, &limits, turn * items..(turn + 1) * items, Some(free)).await?;
    }
    println!(
        "{items} items each, {RESOURCES} resources; the handler alone: the Functions host has its share of an instance beside it"
    );
    Ok(())
}

/// Rate, and half and nearly all of the latencies.
type Figures = (f64, f64, f64);

async fn within(
    settings: &BTreeMap<String, String>,
    named: &str,
    limits: &Limits,
    items: Range<usize>,
    baseline: Option<Figures>,
) -> Result<Figures> {
    let handler =
        Handler::start(settings, limits, ITEMS + items.start).await.with_context(|| named.to_owned())?;
    let drained =
        handler.drain("POST", "/Protect", items, message).await.with_context(|| named.to_owned())?;
    let own = (drained.rate, drained.percentile(50), drained.percentile(99));
    let to = baseline.unwrap_or(own);
    println!(
        "{named:<24} {:<24} {:>10.0} {:>8.2} {:>9.1} {:>9.1} {:>8.2} {:>8.2} {:>8.1}",
        limits.to_string(),
        own.0,
        own.0 / to.0,
        own.1,
        own.2,
        own.1 / to.1,
        own.2 / to.2,
        handler.peak_mb()?
    );
    Ok(own)
}
