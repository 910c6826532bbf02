//! The packaged handler as a process of its own, and what a process costs, as Linux tells it.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result};

use crate::app;

/// Clock ticks per second of /proc, the same on every Linux.
const TICKS: f64 = 100.0;

/// Starts the packaged handler with these settings on a free port, by the command that `command` makes for its path: the
/// process, and where it answers.
///
/// # Errors
///
/// When there is no packaged handler, or it cannot be started.
pub fn start(
    settings: &BTreeMap<String, String>,
    command: impl FnOnce(PathBuf) -> Command,
) -> Result<(Child, String)> {
    let app = app()?;
    let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
    let child = command(app.join("holdfast-functions"))
        .current_dir(&app)
        .envs(settings)
        .env("FUNCTIONS_CUSTOMHANDLER_PORT", port.to_string())
        .env("HOLDFAST_LOG", "error")
        // As in Azure: errors that remember where they were made cost a third of the whole.
        .env("RUST_BACKTRACE", "0")
        // Cargo's folders of libraries, which the loader would search first.
        .env_remove("LD_LIBRARY_PATH")
        .stdout(Stdio::null())
        .spawn()
        .context("start the handler")?;
    Ok((child, format!("http://127.0.0.1:{port}")))
}

/// Seconds of processors that a process has taken so far.
///
/// # Errors
///
/// When there is no such process.
pub fn cpu_seconds(process: u32) -> Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok()).unwrap_or_default();
    Ok((ticks(11) + ticks(12)) / TICKS)
}

/// A figure of a process's memory in MB: `VmRSS` is all that is resident, `VmHWM` the most that ever was, `RssAnon` what is in no file.
///
/// # Errors
///
/// When there is no such process, or no such figure.
pub fn memory_mb(process: u32, name: &str) -> Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse::<f64>().ok());
    Ok(kilobytes.with_context(|| format!("the kernel does not tell {name}"))? / 1_024.0)
}

/// How often threads of a process that are there now have begun to wait for something: each has been woken as often.
///
/// # Errors
///
/// When there is no such process.
pub fn waits(process: u32) -> Result<u64> {
    let threads = std::fs::read_dir(format!("/proc/{process}/task"))?;
    let of_thread = |folder: std::path::PathBuf| {
        let status = std::fs::read_to_string(folder.join("status")).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"))?;
        line.trim().parse::<u64>().ok()
    };
    Ok(threads.filter_map(|thread| of_thread(thread.ok()?.path())).sum())
}
