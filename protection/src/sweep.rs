//! Sweep: find what events missed, in an estate of any size.
//!
//! A run is a chain of [`Step`]s. Each takes one page of Resource Graph, decides about its resources from their rows, and
//! gives the targets that a reconcile pass has to see; a page that needs nothing costs no further call. What was seen is
//! written as a page of the run, which is what the next run compares with: a target of which nothing has changed is left
//! alone. Memory holds a page or two, and a run that was broken off goes on where it was.

mod arrival;
mod carry;
mod decided;
mod drift;
mod judge;
mod line;
mod page;
mod pass;
mod ports;
mod recorded;
mod run;
mod settled;
mod size;
mod step;
mod summary;
mod turn;
mod waiting;

pub use arrival::Arrival;
pub use carry::{Carried, Carrier};
pub use drift::{Drifted, Known};
pub use judge::{Case, Judge, Judged};
pub use line::{Line, Why};
pub use page::{Row, RowPage, SweepPage};
pub use pass::{SweepError, Sweeper, Taken};
pub use ports::{ReportShelf, SweepPages, SweepQueue, SweepShelf, Version, day_of, hour_of};
pub use recorded::{Beside, beside};
pub use run::{Begun, Counts, Finished, Run, begin};
pub use step::{BadStep, Place, Section, Step};
pub use summary::{RunState, Summary, outdated};
pub use turn::Turn;
