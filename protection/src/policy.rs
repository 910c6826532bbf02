//! Backup policies: from a decided schedule and retention to one that exists or has to be made.

mod bounds;
mod every;
mod fit;
mod named;
mod period;
mod rule;
mod spec;
mod tag;
mod wish;

pub use every::{Every, Schedule, TimeOfDay};
pub use named::NamedPolicy;
pub use period::Period;
pub use rule::{BackupRule, Criterion, Interval, Lifecycle, Policy, RetentionRule, Tagging};
pub use spec::{Keep, PolicySpec, ScheduledBackup};
pub use tag::RetentionTag;
pub use wish::PolicyWish;

#[cfg(test)]
mod tests;
