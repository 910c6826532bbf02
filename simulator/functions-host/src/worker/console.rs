//! The handler's stdout and stderr become the host's log.

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::Child;

/// Lines that begin so go to system logs only, which nobody here reads.
const SYSTEM_LINE: &str = "LanguageWorkerConsoleLog";

/// Logs the process's lines until it ends.
pub(super) fn follow(child: &mut Child) {
    if let Some(stdout) = child.stdout.take() {
        tokio::spawn(lines(stdout, |line| tracing::info!(target: "Host.Function.Console", "{line}")));
    }
    if let Some(stderr) = child.stderr.take() {
        tokio::spawn(lines(stderr, |line| {
            if line.to_lowercase().contains("warn") {
                tracing::warn!(target: "Host.Function.Console", "{line}");
            } else {
                tracing::error!(target: "Host.Function.Console", "{line}");
            }
        }));
    }
}

async fn lines(pipe: impl AsyncRead + Unpin, log: impl Fn(&str)) {
    let mut reader = BufReader::new(pipe);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line).await.is_ok_and(|read| read > 0) {
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_end();
        if !text.starts_with(SYSTEM_LINE) {
            log(text);
        }
        line.clear();
    }
}
