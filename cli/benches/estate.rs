//! What the tools cost over an estate, wall clock: a diff between two rule sets over 10,000 resources in the simulator, and an
//! assessment of an export of 100,000, beside reading that export as JSON and nothing else.
//!
//! `cargo xtask bench estate`.

#[path = "estate/exported.rs"]
mod exported;
#[path = "estate/rows.rs"]
mod rows;

use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use holdfast_simulator::{Config, Estate, SEEDED_SUBSCRIPTIONS, Simulator};

/// The most that either may take.
const SECONDS: f64 = 10.0;
/// Resources of the export.
const EXPORTED: usize = 100_000;
/// Rows that the rules decide about and nothing else is done with.
const ROWS: usize = 1_000_000;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/rules");
    let diff = diff(&rules).await?;
    let (rows, (read, assessed)) =
        tokio::task::spawn_blocking(move || anyhow::Ok((rows::measure(&rules, ROWS)?, assess(&rules)?)))
            .await??;
    let ratio = assessed.as_secs_f64() / read.as_secs_f64();
    let mut out = std::io::stdout();
    writeln!(out, "| over an estate, wall clock | s | ratio |\n| --- | ---: | ---: |")?;
    writeln!(out, "| 100,000 exported resources, read as JSON (baseline) | {:.2} | 1 |", read.as_secs_f64())?;
    writeln!(
        out,
        "| the same, assessed with the shipped rules | {:.2} | {ratio:.1} |",
        assessed.as_secs_f64()
    )?;
    let (base, decided) = (rows.read.as_secs_f64(), rows.decided.as_secs_f64());
    writeln!(out, "| 1,000,000 rows, read as resources (baseline) | {base:.2} | 1 |")?;
    writeln!(
        out,
        "| the same, and decided by the shipped rules on two threads, {:.1} MB more at the peak | {decided:.2} | {:.1} |",
        rows.added_mb,
        decided / base
    )?;
    writeln!(
        out,
        "| two rule sets compared over 10,000 resources in the simulator | {:.2} | |",
        diff.as_secs_f64()
    )?;
    for (what, took) in [("diff", diff), ("assess", assessed)] {
        ensure!(took.as_secs_f64() <= SECONDS, "{what} took {took:.2?}, more than {SECONDS} s");
    }
    Ok(())
}

/// Assesses an export, after reading it as JSON.
fn assess(rules: &Path) -> anyhow::Result<(Duration, Duration)> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("estate.jsonl");
    exported::write(&file, EXPORTED)?;
    let started = Instant::now();
    let rows = exported::read(&file)?;
    let read = started.elapsed();
    let mut command = Command::new(env!("CARGO_BIN_EXE_holdfast"));
    command.args([Path::new("assess"), Path::new("--export"), &file, Path::new("--rules"), rules]);
    command.args([Path::new("--out"), folder.path(), Path::new("--json")]);
    // Once to compile the rules, which the tools keep.
    let first = command.output()?;
    ensure!(first.status.success(), "{}", String::from_utf8_lossy(&first.stderr));
    let started = Instant::now();
    let output = command.output()?;
    let took = started.elapsed();
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let protected = report.pointer("/coverage/all/protected").and_then(serde_json::Value::as_u64);
    ensure!(
        protected == u64::try_from(EXPORTED).ok() && rows > EXPORTED,
        "{protected:?} of {rows} rows are protected"
    );
    Ok((read, took))
}

/// Compares the shipped rule set with another one over the simulator's estate.
async fn diff(rules: &Path) -> anyhow::Result<Duration> {
    let folder = tempfile::tempdir()?;
    for module in ["select.wasm", "retention.wasm", "placement.wasm"] {
        std::fs::copy(rules.join(module), folder.path().join(module))
            .with_context(|| format!("target/rules has no {module}; run `cargo xtask rules` first"))?;
    }
    let text = std::fs::read_to_string(rules.join("ruleset.toml"))?;
    let candidate =
        text.replace("[\"prod\", \"staging\"]", "[\"prod\", \"test\"]").replace("bv-{", "bv-prod-{");
    ensure!(candidate != text, "the shipped rule set has other settings than this bench changes");
    std::fs::write(folder.path().join("ruleset.toml"), candidate)?;

    let estate = Some(Estate::seeded(7, 10_000));
    let azure =
        Simulator::start(Config { ca_dir: Some(folder.path().to_owned()), estate, ..Config::default() })
            .await?;
    let mut command = Command::new(env!("CARGO_BIN_EXE_holdfast"));
    command
        .args(["diff", "--live", "--fail-on", "never", "--subscription", &SEEDED_SUBSCRIPTIONS.join(",")])
        .args(["--arm-endpoint", &azure.https_url, "--credential", "managed-identity"])
        .args([Path::new("--current"), rules, Path::new("--candidate"), folder.path()])
        .env("SSL_CERT_FILE", folder.path().join("ca.pem"))
        .env("IDENTITY_ENDPOINT", format!("{}/msi/token", azure.http_url))
        .env("IDENTITY_HEADER", "bench");
    let started = Instant::now();
    let output = tokio::task::spawn_blocking(move || command.output()).await??;
    let took = started.elapsed();
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(took)
}
