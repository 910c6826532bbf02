//! Retry by cause: backups that failed, sorted by why, and each kind dealt with as it has to be.
//!
//! What passes by itself is backed up again, with growing pauses, before the next scheduled backup, and never twice for
//! one failure. A missing permission becomes a reconcile pass, which gives it or says who has to; when it
//! holds, the backup is taken again. Everything else is told with
//! the action that Azure documents. Nothing here does I/O but [`Retrier`], through its ports.

mod again;
mod alike;
mod cause;
mod course;
mod episode;
mod groups;
mod pass;
mod record;
mod subjects;

pub use again::{Again, after_grant};
pub use alike::{Tally, fingerprint};
pub use cause::{Cause, Remedy};
pub use course::{Course, Limits};
pub use episode::Episode;
pub use groups::{FailureGroup, FailureSample, Groups, groups};
pub use pass::{Retried, Retrier, RetryError, failed_since};
pub use record::Done;
