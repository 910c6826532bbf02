//! A line on standard error where something takes more than a second, so that nobody takes it for stuck.

use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use crate::out;

/// What is done within this time needs no line.
const TIME_LIMIT: Duration = Duration::from_secs(1);

/// Something that may take long, until this is dropped.
pub(crate) struct Progress {
    /// Nothing is ever sent: that it is dropped says that the work has ended.
    _running: Sender<()>,
}

/// Says what is being done, once it has taken more than a second.
#[must_use]
pub(crate) fn of(what: String) -> Progress {
    let (running, ended) = mpsc::channel::<()>();
    // Without the thread nothing is told, and the work is done all the same.
    let _ = thread::Builder::new().spawn(move || {
        if ended.recv_timeout(TIME_LIMIT) == Err(RecvTimeoutError::Timeout) {
            out::note(&format!("holdfast: {what} ...\n"));
        }
    });
    Progress { _running: running }
}
