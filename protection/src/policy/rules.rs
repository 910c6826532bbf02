//! Policies of backup vaults: rules that take backups, and rules that keep them.

mod bounds;
mod desired;
mod fit;
mod rule;
mod spec;

pub(super) use bounds::{schedule_bound, store_bound};
pub(super) use desired::AT_NIGHT;
pub use desired::DesiredRule;
pub use rule::{BackupRule, Criterion, Interval, Lifecycle, RetentionRule, RulePolicy, Tagging};
pub use spec::{RetentionSpec, RuleSpec, ScheduledBackup};

#[cfg(test)]
mod tests;
