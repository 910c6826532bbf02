//! When backups are taken and how long they are kept.

mod frequency;
mod period;
mod tag;

pub use frequency::{Frequency, Schedule, TimeOfDay};
pub use period::Period;
pub use tag::RetentionTag;
