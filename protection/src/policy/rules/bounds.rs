//! The bounds of each workload, checked before any call.

use super::{RetentionSpec, RuleSpec};
use crate::impossible::Impossible;
use crate::schedule::RetentionTag;
use crate::workload::{Manifest, StoreBounds};

impl RuleSpec {
    /// Whether Azure Backup can do this; the refusal names the bound and where it is documented.
    pub fn check(&self) -> Result<(), Impossible> {
        self.check_schedule()?;
        for keep in &self.retention {
            self.check_keep(*keep)?;
        }
        self.check_points()
    }

    fn check_schedule(&self) -> Result<(), Impossible> {
        let manifest = self.workload.manifest();
        let Some(backup) = self.backup else { return Ok(()) };
        let every = backup.schedule.every;
        let cadence = manifest.bounds(backup.store).and_then(|bounds| bounds.cadence.as_ref());
        let periods = cadence.map(|cadence| cadence.periods).unwrap_or_default();
        if periods.contains(&every) {
            return Ok(());
        }
        Err(schedule_bound(manifest, format!("a {} cannot be backed up every {every}", manifest.noun)))
    }

    fn check_keep(&self, keep: RetentionSpec) -> Result<(), Impossible> {
        let manifest = self.workload.manifest();
        let Some(bounds) = manifest.bounds(keep.store) else {
            return Err(store_bound(manifest));
        };
        if keep.tag != RetentionTag::Default && !manifest.tags.contains(&keep.tag) {
            let tags: Vec<&str> = manifest.tags.iter().map(|tag| tag.name()).collect();
            return Err(Impossible::new(
                "TagBound",
                format!("a {} has no recovery points of the tag {}", manifest.noun, keep.tag.name()),
                format!("use one of {} ({})", tags.join(", "), manifest.source),
            ));
        }
        check_days(manifest, bounds, keep.period.nominal_days())
    }

    /// Snapshots of a datasource are numbered: too many of them and the next backup fails.
    fn check_points(&self) -> Result<(), Impossible> {
        let manifest = self.workload.manifest();
        let (Some(most), Some(every)) = (manifest.most_points, self.every()) else { return Ok(()) };
        let points_of = |keep: &RetentionSpec| {
            let days = keep.period.nominal_days();
            keep.tag.points_in(days).unwrap_or_else(|| every.times_in(days))
        };
        let points = self.retention.iter().map(points_of).fold(0, u32::saturating_add);
        if points <= most {
            return Ok(());
        }
        let (per_day, noun) = (every.times_a_day(), manifest.noun);
        Err(Impossible::new(
            "RetentionBound",
            format!(
                "{per_day} backups a day kept that long are {points}; a {noun} holds at most {most} scheduled ones"
            ),
            format!(
                "let the rules ask for at most {} days, or for fewer backups a day ({})",
                most / per_day,
                manifest.source
            ),
        ))
    }
}

/// Whether recovery points can be kept so many days in a store.
fn check_days(manifest: &Manifest, bounds: &StoreBounds, days: u32) -> Result<(), Impossible> {
    if bounds.retention_days.contains(&days) {
        return Ok(());
    }
    let (least, most) = (bounds.retention_days.start(), bounds.retention_days.end());
    Err(Impossible::new(
        "RetentionBound",
        format!(
            "backups of a {} can be kept in the {} for {least} to {most} days, not for {days}",
            manifest.noun,
            bounds.store.as_str()
        ),
        format!("let the rules ask for {least} to {most} days for this resource type ({})", manifest.source),
    ))
}

/// A schedule that is not possible.
pub(in crate::policy) fn schedule_bound(manifest: &Manifest, message: String) -> Impossible {
    let cadences = manifest.stores.iter().filter_map(|bounds| bounds.cadence.as_ref());
    let allowed: Vec<String> =
        cadences.flat_map(|cadence| cadence.periods).map(ToString::to_string).collect();
    let way_out = format!("let the rules ask for one of {} ({})", allowed.join(", "), manifest.source);
    Impossible::new("ScheduleBound", message, way_out)
}

/// A data store that is not possible.
pub(in crate::policy) fn store_bound(manifest: &Manifest) -> Impossible {
    let stores: Vec<&str> = manifest.stores.iter().map(|bounds| bounds.store.as_str()).collect();
    Impossible::new(
        "TierNotSupported",
        format!("backups of a {} are kept in the {}", manifest.noun, stores.join(" or the ")),
        format!("leave `tier` out of the rules' settings for this resource ({})", manifest.source),
    )
}
