//! Policies of backup vaults: rules that take backups, and rules that keep them.

mod bounds;
mod fit;
mod rule;
mod spec;
mod wish;

pub(super) use bounds::{schedule_bound, store_bound};
pub use rule::{BackupRule, Criterion, Interval, Lifecycle, RetentionRule, RulePolicy, Tagging};
pub use spec::{RetentionSpec, RuleSpec, ScheduledBackup};
pub(super) use wish::AT_NIGHT;
pub use wish::RuleWish;

#[cfg(test)]
mod tests;
