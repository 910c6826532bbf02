//! The bounds of policies of machines, checked before any call.

use holdfast_evaluator::Consistency;

use super::{Tiering, VmPolicy, VmPolicyKind};
use crate::impossible::Impossible;
use crate::policy::runs::Runs;
use crate::schedule::Period;

const SOURCE: &str = "Azure VM backup support matrix";

/// The least time before recovery points move to the archive tier by age.
const ARCHIVED_AFTER: Period = Period::months(3);

impl VmPolicy {
    /// Whether Azure takes it, as far as what a machine's policy has beside schedule and retention.
    pub(super) fn check(&self) -> Result<(), Impossible> {
        self.check_kind()?;
        self.check_instant_days()?;
        self.check_tiering()
    }

    fn check_kind(&self) -> Result<(), Impossible> {
        let hourly = matches!(self.runs, Runs::Hourly { .. });
        let enhanced = hourly || self.consistency == Consistency::Crash;
        if self.kind == VmPolicyKind::Standard && enhanced {
            return Err(Impossible::new(
                "PolicyKindBound",
                "a standard policy takes backups once a day at most, and lets applications write out what they hold",
                "use an enhanced policy",
            ));
        }
        Ok(())
    }

    fn check_instant_days(&self) -> Result<(), Impossible> {
        let (days, daily) = (self.instant_days, self.kept.daily);
        let range = match (self.kind, &self.runs) {
            (VmPolicyKind::Standard, Runs::Weekly { .. }) => 5..=5,
            (VmPolicyKind::Standard, Runs::Hourly { .. } | Runs::Daily { .. }) => 1..=5,
            (VmPolicyKind::Enhanced, _) => 1..=30,
        };
        if !range.contains(&days) {
            let (least, most) = (range.start(), range.end());
            return Err(Impossible::new(
                "SnapshotDaysBound",
                format!(
                    "snapshots of a virtual machine can be kept for {least} to {most} days, not for {days}"
                ),
                format!("let the rules state `snapshot-days` from {least} to {most} ({SOURCE})"),
            ));
        }
        match daily {
            Some(daily) if days >= daily => Err(Impossible::new(
                "SnapshotDaysBound",
                format!(
                    "snapshots would be kept for {days} days, and daily backups for {daily}: Azure wants snapshots \
                     kept for a shorter time"
                ),
                format!(
                    "let the rules state `snapshot-days` below {daily}, or a longer retention ({SOURCE})"
                ),
            )),
            Some(_) | None => Ok(()),
        }
    }

    fn check_tiering(&self) -> Result<(), Impossible> {
        let refused = |message: String, way_out: &str| Err(Impossible::new("ArchiveBound", message, way_out));
        match self.tiering {
            Tiering::Never => Ok(()),
            Tiering::Recommended | Tiering::After(_) if !self.kept.is_long() => refused(
                "only recovery points that are kept by the month or by the year can be archived".to_owned(),
                "let the rules state `long-term` months or years, or leave `archive` out",
            ),
            Tiering::After(period) if period.nominal_days() < ARCHIVED_AFTER.nominal_days() => refused(
                format!("recovery points of a virtual machine cannot be archived after {period}"),
                "let the rules archive after 90 days or more, in steps of 30",
            ),
            Tiering::Recommended | Tiering::After(_) => Ok(()),
        }
    }
}
