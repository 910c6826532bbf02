//! Backup policies: from a decided schedule and retention to one that exists or has to be made.

mod databases;
mod desired;
mod files;
mod immutable;
mod kept;
mod named;
mod naming;
mod one_way;
mod rules;
mod runs;
mod shown;
mod spec;
mod vm;
mod zone;

pub use databases::{DatabasePolicy, DesiredDatabase, LogRuns, PartialRuns};
pub use desired::DesiredPolicy;
pub use files::{DesiredFiles, FilesPolicy, ShareBackups};
pub(crate) use immutable::lower_retention;
pub use kept::{DaysOfMonth, Kept, Month, Monthly, WeekOfMonth, Weekly, Yearly};
pub use named::NamedPolicy;
pub(crate) use named::chosen_vault;
pub(crate) use one_way::copies_bind;
pub use rules::{
    BackupRule, Criterion, DesiredRule, Interval, Lifecycle, RetentionRule, RetentionSpec, RulePolicy,
    RuleSpec, ScheduledBackup, Tagging,
};
pub use runs::{Runs, StatedRuns};
pub use shown::{OtherPolicy, Policy, PolicyBody};
pub use spec::PolicySpec;
pub use vm::{DesiredVm, SnapshotGroups, Tiering, VmPolicy, VmPolicyKind};
pub use zone::TimeZone;

#[cfg(test)]
mod tests;
