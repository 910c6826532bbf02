//! Work that is done again at each save, until somebody ends it.

use std::io::{self, IsTerminal as _};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde_json::Value;

use crate::{out, refusal, stopping};

use super::answer::Answer;
use super::watch::{Seen, Watched};

/// How often the files' times are read.
const EVERY: Duration = Duration::from_millis(300);
/// Files that have not changed for so long are taken for saved as a whole.
const QUIET: Duration = Duration::from_millis(50);

/// Does the work now and at each save; Ctrl-C ends it with success.
///
/// # Errors
///
/// Fails if the work panics, or the end cannot be waited for.
pub(crate) async fn follow(
    watched: Watched,
    json: bool,
    work: impl FnMut() -> anyhow::Result<Answer> + Send + 'static,
) -> anyhow::Result<ExitCode> {
    let (running, ended) = tokio::sync::oneshot::channel::<()>();
    // A thread of its own: what it is at when the end comes needs no waiting for.
    thread::Builder::new()
        .spawn(move || {
            let _running = running;
            rounds(&watched, json, work);
        })
        .context("could not start a thread")?;
    tokio::select! {
        told = stopping::told_to_end() => told.map(|()| ExitCode::SUCCESS),
        _ = ended => bail!("the work has ended by itself; this is a fault of Holdfast"),
    }
}

fn rounds(watched: &Watched, json: bool, mut work: impl FnMut() -> anyhow::Result<Answer>) {
    let mut seen = watched.see(&Seen::default());
    loop {
        if !json {
            clear();
        }
        tell(work(), json);
        out::note("Waiting for a file to be saved; Ctrl-C ends.\n");
        seen = next(watched, seen);
    }
}

/// Waits until a file has another content, and until the files are at rest again.
fn next(watched: &Watched, seen: Seen) -> Seen {
    loop {
        let mut now = watched.see(&seen);
        if let Some(path) = seen.change(&now) {
            out::note(&format!("{} has changed\n", path.display()));
            loop {
                thread::sleep(QUIET);
                let later = watched.see(&now);
                let at_rest = now.change(&later).is_none();
                now = later;
                if at_rest {
                    return now;
                }
            }
        }
        thread::sleep(EVERY);
    }
}

/// Begins a page anew where there is a terminal; a file or a pipe gets one page after the other.
fn clear() {
    if io::stdout().is_terminal() {
        out::cleared();
    }
}

/// Prints a page, or for programs one line; an error goes to standard error, and for programs to both.
fn tell(answer: anyhow::Result<Answer>, json: bool) {
    let line = |value: &Value| out::page(&out::escaped(&format!("{value}\n")));
    match answer {
        Ok(answer) if json => line(&answer.json),
        Ok(answer) => out::page(&answer.page),
        Err(error) => {
            out::error(&format!("{error:#}"));
            if json {
                line(&refusal::envelope(&error));
            }
        }
    }
}
