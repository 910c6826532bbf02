//! What a diff between two rule sets costs over an estate of 10,000 resources in the simulator, wall clock.
//!
//! `cargo bench --package holdfast` after `cargo xtask rules`.

use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, ensure};
use holdfast_simulator::{Config, Estate, SEEDED_SUBSCRIPTIONS, Simulator};

/// The most that it may take.
const SECONDS: f64 = 10.0;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/rules");
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
        .args([Path::new("--current"), &rules, Path::new("--candidate"), folder.path()])
        .env("SSL_CERT_FILE", folder.path().join("ca.pem"))
        .env("IDENTITY_ENDPOINT", format!("{}/msi/token", azure.http_url))
        .env("IDENTITY_HEADER", "bench");
    let started = Instant::now();
    let output = tokio::task::spawn_blocking(move || command.output()).await??;
    let took = started.elapsed().as_secs_f64();
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut out = std::io::stdout();
    out.write_all(&output.stdout)?;
    writeln!(out, "\ndiff over an estate of 10,000 resources: {took:.2} s (at most {SECONDS} s)")?;
    ensure!(took <= SECONDS, "it took {took:.2} s");
    Ok(())
}
