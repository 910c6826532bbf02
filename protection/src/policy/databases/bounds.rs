//! The bounds of policies of databases, checked before any call.

use std::ops::RangeInclusive;

use holdfast_evaluator::{PartialKind, Weekday};

use super::{DatabasePolicy, LogRuns, PartialRuns};
use crate::impossible::Impossible;
use crate::policy::runs::Runs;
use crate::workload::Manifest;
use crate::workload::in_machine::DatabaseKind;

/// Days that backups of the log, and partial ones, may be kept (the validators of Azure's own tools).
const DAYS: RangeInclusive<u32> = 7..=35;
/// Minutes that Azure takes between two backups of the log.
const MINUTES: [u32; 8] = [15, 30, 60, 120, 240, 480, 720, 1440];

impl DatabasePolicy {
    /// Whether Azure takes it, as far as what a policy of databases has beside schedule and retention.
    pub(super) fn check(&self, manifest: &Manifest) -> Result<(), Impossible> {
        if let Some(partial) = &self.partial {
            self.check_partial(partial, manifest)?;
        }
        self.log.map_or(Ok(()), |log| check_log(log, manifest))
    }

    fn check_partial(&self, partial: &PartialRuns, manifest: &Manifest) -> Result<(), Impossible> {
        if (self.databases, partial.kind) == (DatabaseKind::Sql, PartialKind::Incremental) {
            return Err(Impossible::new(
                "PartialBackupBound",
                "Azure Backup takes no incremental backups of SQL Server databases",
                "let the rules ask for differential ones in `partial-backup`",
            ));
        }
        if self.databases == DatabaseKind::Sql && partial.days.len() > 1 {
            return Err(Impossible::new(
                "PartialBackupBound",
                "Azure Backup takes one differential backup of a SQL Server database a week",
                "let the rules name one day in `partial-backup`; backups of the log cover the time between",
            ));
        }
        check_days(partial.keep_days, "partial backups", "partial-backup", manifest)?;
        let shared = match &self.runs {
            Runs::Weekly { days, .. } => partial.days.iter().find(|day| days.contains(day)),
            // Of full backups on each day, any day is shared.
            Runs::Hourly { .. } | Runs::Daily { .. } => partial.days.first().or(Some(&Weekday::Sunday)),
        };
        match shared {
            None if partial.days.is_empty() => Err(Impossible::new(
                "PartialBackupBound",
                "full backups are taken on each day of the week, which leaves none for partial ones",
                "let the rules take full backups on fewer days, or leave `partial-backup` out",
            )),
            None => Ok(()),
            Some(day) => Err(Impossible::new(
                "PartialBackupBound",
                format!(
                    "Azure Backup takes no full and no partial backup of a {} on the same day, and both are to be taken on {day:?}",
                    manifest.noun
                ),
                "let the rules name other `days` in `partial-backup`, or in `schedule`",
            )),
        }
    }
}

fn check_log(log: LogRuns, manifest: &Manifest) -> Result<(), Impossible> {
    if !MINUTES.contains(&log.every_minutes) {
        let minutes = MINUTES.map(|minutes| minutes.to_string()).join(", ");
        return Err(Impossible::new(
            "LogBackupBound",
            format!("the log of a {} cannot be backed up every {} minutes", manifest.noun, log.every_minutes),
            format!(
                "let the rules state one of {minutes} as `every-minutes` in `log-backup` ({})",
                manifest.source
            ),
        ));
    }
    check_days(log.keep_days, "backups of the log", "log-backup", manifest)
}

fn check_days(days: u32, what: &str, field: &str, manifest: &Manifest) -> Result<(), Impossible> {
    if DAYS.contains(&days) {
        return Ok(());
    }
    let (least, most) = (DAYS.start(), DAYS.end());
    Err(Impossible::new(
        "RetentionBound",
        format!("{what} of a {} can be kept for {least} to {most} days, not for {days}", manifest.noun),
        format!("let the rules state {least} to {most} `keep-days` in `{field}` ({})", manifest.source),
    ))
}
