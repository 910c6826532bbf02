//! When backups are taken and how long they are kept.

mod every;
mod period;
mod tag;

pub use every::{Every, Schedule, TimeOfDay};
pub use period::Period;
pub use tag::RetentionTag;
