//! Microsoft's Python SDK, unmodified, against the simulator's https port.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use holdfast_simulator::{Config, Simulator};

/// Runs a script of `tests/it/python` against a simulator of its own; what it said.
async fn run(script: &str, speed: f64) -> Result<String> {
    let python = std::env::var("HOLDFAST_PYTHON").context(
        "HOLDFAST_PYTHON is not set: run `cargo xtask test`, which installs the Azure SDK for Python",
    )?;
    let folder = tempfile::tempdir()?;
    let config = Config { ca_dir: Some(folder.path().to_owned()), speed, ..Config::default() };
    let azure = Simulator::start(config).await?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("it/python").join(script);
    let mut command = Command::new(python);
    command.arg(script).arg(&azure.https_url).env("REQUESTS_CA_BUNDLE", folder.path().join("ca.pem"));
    let output = tokio::task::spawn_blocking(move || command.output()).await??;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    println!("{said}");
    let complaint = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "the SDK is not content:\n{said}\n{complaint}");
    Ok(said)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_python_sdk_lives_a_whole_backup_life() -> Result<()> {
    let said = run("backup_life.py", 60.0).await?;
    ensure!(said.contains("recovery points: 1"), "{said}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_python_sdk_lives_the_life_of_every_workload() -> Result<()> {
    let said = run("workload_lives.py", 300.0).await?;
    ensure!(said.contains("workloads: 7"), "{said}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_python_sdk_lives_the_life_of_a_recovery_services_vault() -> Result<()> {
    let said = run("recovery_vault_life.py", 60.0).await?;
    ensure!(
        said.contains("policies: DefaultPolicy, nightly") && said.contains("deleted: rsv-python"),
        "{said}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_python_sdk_lives_the_lives_of_a_machine_and_of_a_share() -> Result<()> {
    let said = run("recovery_lives.py", 600.0).await?;
    ensure!(said.contains("lives: 2"), "{said}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_python_sdk_lives_the_lives_of_databases() -> Result<()> {
    let said = run("database_lives.py", 600.0).await?;
    ensure!(said.contains("lives: 2"), "{said}");
    Ok(())
}
