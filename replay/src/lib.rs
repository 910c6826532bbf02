//! Recorded decisions, made again and compared; and what another rule set would change.
//!
//! Pure: documents and rule sets come in, findings go out. Who reads and prints them is the caller's business.
//!
//! - [`Replayer::replay`] decides a recorded request again and finds the first difference, if there is one.
//! - [`Change::between`] says what differs between two decisions about one resource, and which rule did it.

mod cause;
mod change;
mod diff_report;
mod entry;
mod pointer;
mod replay_report;
mod replayer;

pub use cause::{Cause, Shift};
pub use change::{Change, FieldChange, Kind};
pub use diff_report::{DiffReport, Group, ResourceChange};
pub use entry::{BrokenEntry, Period, Recorded};
pub use replay_report::{Noted, ReplayReport};
pub use replayer::{Difference, Finding, Replayer};
