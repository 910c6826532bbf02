//! Microsoft's JavaScript SDK, unmodified, against the simulator's https port.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use holdfast_simulator::{Config, Simulator};
use tokio::process::Command;

use crate::npm;

/// Pinned: a newer client is a change to look at.
const PACKAGE: &str = "@azure/arm-recoveryservicesbackup@12.0.0";

/// The folder in which the SDK lies, installed when it is missing.
fn installed() -> Result<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/test-node");
    npm::install(&folder, &[PACKAGE]).context("the tests need Node 20 with npm")?;
    Ok(folder)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_javascript_sdk_lives_the_lives_of_a_machine_and_of_a_share() -> Result<()> {
    let sdk = installed()?;
    let folder = tempfile::tempdir()?;
    let config = Config { ca_dir: Some(folder.path().to_owned()), speed: 600.0, ..Config::default() };
    let azure = Simulator::start(config).await?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("it/javascript/recovery_lives.cjs");
    let mut command = Command::new("node");
    command.arg(script).arg(&azure.https_url).env("NODE_PATH", sdk.join("node_modules"));
    let output = command.env("NODE_EXTRA_CA_CERTS", folder.path().join("ca.pem")).output().await?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    println!("{said}");
    let complaint = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "the SDK is not content:\n{said}\n{complaint}");
    ensure!(said.contains("lives: 2"), "{said}");
    Ok(())
}
