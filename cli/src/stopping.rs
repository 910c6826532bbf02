//! When a command that runs on is to end.

use anyhow::{Context, Result};

/// Returns when somebody presses Ctrl-C, and where the system has it also when the process is told to end (SIGTERM) or its
/// terminal is closed (SIGHUP).
#[cfg(unix)]
pub(crate) async fn told_to_end() -> Result<()> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut terminate = signal(SignalKind::terminate()).context("wait for SIGTERM")?;
    let mut hang_up = signal(SignalKind::hangup()).context("wait for SIGHUP")?;
    tokio::select! {
        pressed = tokio::signal::ctrl_c() => pressed.context("wait for Ctrl-C"),
        _ = terminate.recv() => Ok(()),
        _ = hang_up.recv() => Ok(()),
    }
}

/// Returns when somebody presses Ctrl-C.
#[cfg(not(unix))]
pub(crate) async fn told_to_end() -> Result<()> {
    tokio::signal::ctrl_c().await.context("wait for Ctrl-C")
}
