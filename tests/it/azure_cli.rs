//! Azure's own command line, unmodified, against the simulator's https port.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use holdfast_simulator::{Config, Estate, Simulator};
use tokio::process::Command;

fn program(variable: &str) -> Result<String> {
    std::env::var(variable).with_context(|| {
        format!("{variable} is not set: run `cargo xtask test`, which installs Python's packages")
    })
}

/// Three lives beside one another: `az` waits more than it computes.
#[tokio::test(flavor = "multi_thread")]
async fn az_backup_lives_the_lives_of_a_machine_a_share_and_a_database() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let estate = Estate::parse(r#"{ "subscriptions": ["11111111-2222-4333-8444-555555555555"] }"#)?;
    let ca = Some(folder.path().to_owned());
    let config = Config { ca_dir: ca, estate: Some(estate), speed: 600.0, ..Config::default() };
    let azure = Simulator::start(config).await?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("it/python/az_lives.py");
    let mut command = Command::new(program("HOLDFAST_PYTHON")?);
    command.arg(script).arg(&azure.https_url).arg(program("HOLDFAST_AZ")?).arg(folder.path().join("ca.pem"));
    let output = command.output().await?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    println!("{said}");
    let complaint = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "az is not content:\n{said}\n{complaint}");
    ensure!(said.contains("lives: 3"), "{said}");
    Ok(())
}
