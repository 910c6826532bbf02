//! How long the cheapest request waits while other requests have rules burn all that they may.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use serde_json::json;

use crate::Handler;
use crate::forge::Forged;

/// Requests that are timed.
const TIMED: usize = 400;
/// Between two of them: nobody waits for the one before.
const PAUSE: Duration = Duration::from_millis(5);
/// Requests at the same time for which rules burn what they have.
const BURNING: usize = 4;

/// Settings of a handler under two rules that never come to an end.
fn settings(of: &BTreeMap<String, String>, folder: &Path) -> Result<BTreeMap<String, String>> {
    let module = Forged { evaluate: "(loop (br 0)) unreachable", ..Forged::default() }.component()?;
    std::fs::write(folder.join("endless.wasm"), &module)?;
    let digest = holdfast_evaluator::Digest::of(&module);
    let rule = |id: &str| {
        json!({ "id": id, "module": "endless.wasm", "digest": digest.to_string(), "layer": "team",
            "types": ["Microsoft.Compute/disks"], "on-error": "hold" })
    };
    let rule_set =
        json!({ "revision": 1, "layer": [{ "name": "team" }], "rule": [rule("one"), rule("two")] });
    let path = folder.join("endless.toml");
    std::fs::write(&path, toml::to_string(&rule_set)?)?;
    let mut settings = of.clone();
    settings.remove("HOLDFAST_COMPILED_KEY");
    settings.insert("HOLDFAST_RULES".to_owned(), path.display().to_string());
    Ok(settings)
}

/// Prints the waits of `GET /` in an idle handler, and in the same beside decisions about this resource.
pub(crate) async fn print(of: &BTreeMap<String, String>, folder: &Path, decide: &str) -> Result<()> {
    let handler = &Handler::start(&settings(of, folder)?)?;
    handler.until("/").await?;
    handler.until(decide).await?;
    let alone = waits(handler).await?;
    let one = Instant::now();
    handler.until(decide).await?;
    let one = one.elapsed();
    let decision = || handler.client.get(format!("{}{decide}", handler.url));
    let burning: Vec<_> = (0..BURNING).map(|_| tokio::spawn(again_and_again(decision()))).collect();
    let beside = waits(handler).await?;
    for burning in burning {
        if burning.is_finished() {
            burning.await?.context("a decision failed meanwhile")?;
        } else {
            burning.abort();
        }
    }
    println!("{:<52} {:>12} {:>12} {:>12}", "GET /, milliseconds", "p50", "p99", "slowest");
    line("of an idle handler (baseline)", &alone);
    line(&format!("beside {BURNING} decisions of {} ms", one.as_millis()), &beside);
    Ok(())
}

async fn again_and_again(request: reqwest::RequestBuilder) -> Result<()> {
    loop {
        let again = request.try_clone().context("clone")?;
        again.send().await?.error_for_status()?.bytes().await?;
    }
}

async fn waits(handler: &Handler) -> Result<Vec<Duration>> {
    let mut waits = Vec::with_capacity(TIMED);
    for _ in 0..TIMED {
        tokio::time::sleep(PAUSE).await;
        let begun = Instant::now();
        handler.client.get(&handler.url).send().await?.error_for_status()?.bytes().await?;
        waits.push(begun.elapsed());
    }
    waits.sort();
    Ok(waits)
}

fn line(what: &str, waits: &[Duration]) {
    let at = |percent: usize| waits.get(waits.len().saturating_sub(1) * percent / 100).copied();
    let ms = |percent: usize| at(percent).unwrap_or_default().as_secs_f64() * 1000.0;
    println!("{what:<52} {:>12.2} {:>12.2} {:>12.2}", ms(50), ms(99), ms(100));
}
