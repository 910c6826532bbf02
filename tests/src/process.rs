//! What a process costs, as Linux tells it.

use anyhow::{Context as _, Result};

/// Clock ticks per second of /proc, the same on every Linux.
const TICKS: f64 = 100.0;

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
