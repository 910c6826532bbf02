//! Backup policies: from a decided schedule and retention to one that exists or has to be made.

mod databases;
mod files;
mod kept;
mod named;
mod naming;
mod rules;
mod runs;
mod shown;
mod spec;
mod vm;
mod wish;
mod zone;

pub use databases::{DatabasePolicy, DatabaseWish, LogRuns, PartialRuns};
pub use files::{FilesPolicy, FilesWish, ShareBackups};
pub use kept::{DaysOfMonth, Kept, Month, Monthly, WeekOfMonth, Weekly, Yearly};
pub use named::NamedPolicy;
pub use rules::{
    BackupRule, Criterion, Interval, Lifecycle, RetentionRule, RetentionSpec, RulePolicy, RuleSpec, RuleWish,
    ScheduledBackup, Tagging,
};
pub use runs::{Runs, StatedRuns};
pub use shown::{OtherPolicy, Policy, PolicyBody};
pub use spec::PolicySpec;
pub use vm::{SnapshotGroups, Tiering, VmPolicy, VmPolicyKind, VmWish};
pub use wish::PolicyWish;
pub use zone::TimeZone;

#[cfg(test)]
mod tests;
