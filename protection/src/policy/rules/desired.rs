//! What a decision asks of a backup policy.

use holdfast_evaluator::{Protection, Retention, Tier};
use serde::{Deserialize, Serialize};

use super::bounds::{schedule_bound, store_bound};
use super::{RetentionSpec, RuleSpec};
use crate::Workload;
use crate::impossible::Impossible;
use crate::schedule::{Frequency, Period, RetentionTag, Schedule, TimeOfDay};
use crate::tier::DataStore;
use crate::workload::StoreBounds;

/// A policy that a decision asks for, and how much another one may differ from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DesiredRule {
    /// The policy that is made if none fits.
    pub spec: RuleSpec,
    /// Whether the decision states the time of day.
    pub at_this_time: bool,
    /// The most days that recovery points may be kept, if the decision leaves a range.
    pub most_days: Option<u32>,
}

/// When backups are taken if a decision says how often, but not when.
pub(in crate::policy) const AT_NIGHT: TimeOfDay = TimeOfDay::hour(2);

impl DesiredRule {
    /// What a decision asks for, within the bounds of the workload.
    ///
    /// It edits the template of Azure's own tools, store by store.
    pub fn decided(workload: Workload, how: &Protection) -> Result<Self, Impossible> {
        let schedule = decided_schedule(workload, how)?;
        let specs = decided_stores(workload, how)?.into_iter().map(|bounds| {
            let period = decided_period(bounds, how.retention);
            let keep = RetentionSpec { tag: RetentionTag::Default, store: bounds.store, period };
            let template = RuleSpec::template(workload, bounds);
            let at_night = template.backup.map(|backup| Schedule { at: AT_NIGHT, ..backup.schedule });
            let edited = match schedule.or(at_night) {
                Some(schedule) => template.triggered(schedule),
                None => template,
            };
            edited.keeping(keep)
        });
        let spec = specs.reduce(RuleSpec::and).ok_or_else(|| store_bound(workload.manifest()))?;
        spec.check()?;
        let at_this_time = how.schedule.as_ref().is_some_and(|schedule| schedule.at.is_some());
        let most_days = how.retention.and_then(|range| range.min_days.and(range.max_days));
        Ok(Self { spec, at_this_time, most_days })
    }
}

/// The stores that a decision asks for.
///
/// `tier` names one. Left open, it is the usual one of the workload, and each one if the decision names blob
/// containers: these mean something in the vault only, and being continuous as well is what costs least.
fn decided_stores(workload: Workload, how: &Protection) -> Result<Vec<&'static StoreBounds>, Impossible> {
    let manifest = workload.manifest();
    let desired = how.tier.map(|tier| match tier {
        Tier::Operational => DataStore::OperationalStore,
        Tier::Vault => DataStore::VaultStore,
    });
    match desired {
        Some(store) => {
            manifest.bounds(store).map(|bounds| vec![bounds]).ok_or_else(|| store_bound(workload.manifest()))
        }
        None if how.blob_containers.is_some() => Ok(manifest.stores.iter().collect()),
        None => Ok(manifest.stores.iter().take(1).collect()),
    }
}

/// What the decision says of the schedule; continuous backup does not mind it.
fn decided_schedule(workload: Workload, how: &Protection) -> Result<Option<Schedule>, Impossible> {
    let Some(desired) = &how.schedule else { return Ok(None) };
    if workload.manifest().stores.iter().all(|bounds| bounds.cadence.is_none()) {
        return Ok(None);
    }
    let every = Frequency::try_from(desired.every.clone())
        .map_err(|problem| schedule_bound(workload.manifest(), problem))?;
    let at = match &desired.at {
        None => AT_NIGHT,
        Some(text) => TimeOfDay::try_from(text.clone()).map_err(|problem| {
            Impossible::new("ScheduleBound", problem, "let the rules state `at` as hh:mm in UTC")
        })?,
    };
    Ok(Some(Schedule { every, at }))
}

/// The fewest days that the decision allows, or the usual ones.
fn decided_period(bounds: &StoreBounds, range: Option<Retention>) -> Period {
    let range = range.unwrap_or_default();
    Period::days(match (range.min_days, range.max_days) {
        (Some(min), _) => min,
        (None, Some(max)) => bounds.default_days.min(max),
        (None, None) => bounds.default_days,
    })
}
