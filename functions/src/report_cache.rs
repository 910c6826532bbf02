//! The report as this instance made it last, and what it is made of that need not be read again.

mod days;
mod runs;
#[cfg(test)]
pub(crate) mod shelf;

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use holdfast_protection::sweep::Finished;
use holdfast_report::{PageMarks, Report};
use tokio::sync::Mutex;

pub(crate) use days::keep_days;
pub(crate) use runs::Counted;

/// A report is fresh for so long, or for ten times what it took to make.
const FRESH: Duration = Duration::from_secs(2);
/// One that is older is not shown while another is made.
const SHOWN: Duration = Duration::from_mins(15);

/// A report, with what lists need of its run.
pub(crate) struct Made {
    /// The report.
    pub(crate) report: Report,
    /// The run that it rests on.
    pub(crate) run: Option<Finished>,
    /// What is on which page of that run.
    pub(crate) marks: Vec<PageMarks>,
    /// That pages of that run could not be read, so that lists lack what is on them.
    pub(crate) lacks: Option<String>,
    /// When it was made.
    pub(crate) at: Instant,
    /// How long that took.
    pub(crate) took: Duration,
}

/// The reports of this instance.
#[derive(Default)]
pub(crate) struct ReportCache {
    last: RwLock<Option<Arc<Made>>>,
    /// The run that was counted; whoever makes a report holds it, so that one is made at a time.
    pub(crate) counted: Mutex<Counted>,
}

impl Made {
    /// Whether it is not worth making anew.
    pub(crate) fn is_fresh(&self) -> bool {
        self.at.elapsed() < FRESH.max(self.took.saturating_mul(10))
    }

    /// Whether it may be shown while another is made.
    pub(crate) fn may_be_shown(&self) -> bool {
        self.at.elapsed() < SHOWN
    }
}

impl ReportCache {
    /// The last one.
    pub(crate) fn last(&self) -> Option<Arc<Made>> {
        self.last.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Keeps one in place of the last.
    pub(crate) fn put(&self, made: Arc<Made>) {
        *self.last.write().unwrap_or_else(PoisonError::into_inner) = Some(made);
    }
}
