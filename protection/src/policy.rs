//! Backup policies: from a decided schedule and retention to one that exists or has to be made.

mod bounds;
mod fit;
mod named;
mod rule;
mod spec;
mod wish;

pub use named::NamedPolicy;
pub use rule::{BackupRule, Criterion, Interval, Lifecycle, Policy, RetentionRule, Tagging};
pub use spec::{Keep, PolicySpec, ScheduledBackup};
pub use wish::PolicyWish;

#[cfg(test)]
mod tests;
