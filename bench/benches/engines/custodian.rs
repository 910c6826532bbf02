//! Cloud Custodian, in an interpreter of its own.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use super::Times;

/// Pinned, so that runs can be compared.
const PACKAGE: &str = "c7n==0.9.53";
const SCRIPT: &str = include_str!("custodian.py");

/// What its filters take for the resource.
pub(crate) fn times(resource: &Value, rounds: usize, calls: u32) -> Result<Times> {
    let python = installed()?;
    let mut running = Command::new(&python)
        .args(["-c", SCRIPT])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("start {}", python.display()))?;
    let given = json!({ "resource": resource, "rounds": rounds, "calls": calls }).to_string();
    running.stdin.take().context("no standard input")?.write_all(given.as_bytes())?;
    let ended = running.wait_with_output()?;
    ensure!(ended.status.success(), "its filters failed, see above");
    let printed = String::from_utf8(ended.stdout)?;
    let mut numbers = printed.split_whitespace().map(str::parse::<f64>);
    let mut next = || numbers.next().context("it printed too few numbers")?.context("it printed no number");
    Ok(Times { p50: next()?, p99: next()? })
}

/// A Python that has it, below `target/`.
fn installed() -> Result<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/bench-python");
    let python = folder.join("bin/python3");
    let has_it = || Command::new(&python).args(["-c", "import c7n"]).stderr(Stdio::null()).status();
    if has_it().is_ok_and(|status| status.success()) {
        return Ok(python);
    }
    run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
    run(Command::new(&python).args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        PACKAGE,
    ]))?;
    Ok(python)
}

fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("start {command:?}"))?;
    ensure!(status.success(), "{command:?} failed");
    Ok(())
}
