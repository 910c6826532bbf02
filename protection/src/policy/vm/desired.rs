//! What a decision asks of a policy of machines.

use holdfast_evaluator::{Archive, Consistency, Protection, Tier};
use serde::{Deserialize, Serialize};

use super::{SnapshotGroups, Tiering, VmPolicy, VmPolicyKind};
use crate::impossible::Impossible;
use crate::policy::kept::{DesiredKept, Kept, LongestKept};
use crate::policy::rules::store_bound;
use crate::policy::runs::{Runs, StatedRuns};
use crate::schedule::Period;
use crate::tier::DataStore;
use crate::workload::Manifest;

/// A policy of machines that a decision asks for, and how much another one may differ from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DesiredVm {
    /// The policy that is made if none fits.
    pub policy: VmPolicy,
    /// What the decision states of its times.
    pub stated_runs: StatedRuns,
    /// Whether the decision states how long snapshots are kept.
    pub stated_instant_days: bool,
    /// The most days that recovery points may be kept, if the decision leaves a range.
    pub most_days: Option<u32>,
    /// Whether the policy has to be an enhanced one, although nothing in it asks for that.
    pub only_enhanced: bool,
}

/// The validators of Azure's own tools.
const LONGEST: LongestKept = LongestKept { weeks: 9999, months: 9999, years: 9999 };

/// Snapshots that a standard policy keeps at most.
const MOST_STANDARD_DAYS: u32 = 5;

impl DesiredVm {
    /// What a decision asks for, within Azure's bounds.
    ///
    /// A standard policy where it suffices: an enhanced one costs more, and no machine can leave it.
    pub(in crate::policy) fn decided(manifest: &Manifest, how: &Protection) -> Result<Self, Impossible> {
        let store = match how.tier {
            None | Some(Tier::Vault) => DataStore::VaultStore,
            Some(Tier::Operational) => DataStore::OperationalStore,
        };
        let bounds = manifest.bounds(store).ok_or_else(|| store_bound(manifest))?;
        let (runs, time_zone, stated_runs) = Runs::decided(manifest, how.schedule.as_ref())?;
        let DesiredKept { kept, most_days } =
            DesiredKept::decided(&runs, bounds, how.retention, how.long_term);
        DesiredKept { kept: kept.clone(), most_days }.check(manifest, bounds, LONGEST)?;
        let consistency = how.consistency.unwrap_or(Consistency::Application);
        let kind = kind(&runs, consistency, how.snapshot_days);
        let instant_days = how.snapshot_days.unwrap_or_else(|| instant_days(kind, &runs, kept.daily));
        let groups = how.snapshot_resource_group.as_deref().map(SnapshotGroups::decided);
        let policy = VmPolicy {
            kind,
            runs,
            time_zone,
            kept,
            instant_days,
            snapshot_groups: groups.transpose()?,
            consistency,
            tiering: tiering(how.archive)?,
        };
        policy.check()?;
        let stated_instant_days = how.snapshot_days.is_some();
        Ok(Self { policy, stated_runs, stated_instant_days, most_days, only_enhanced: false })
    }

    /// The same for a machine that follows this policy already.
    #[must_use]
    pub(in crate::policy) fn following(mut self, own: &VmPolicy) -> Self {
        if own.kind == VmPolicyKind::Enhanced && self.policy.kind == VmPolicyKind::Standard {
            self.only_enhanced = true;
            self.policy.kind = VmPolicyKind::Enhanced;
            if !self.stated_instant_days {
                let VmPolicy { kind, runs, kept, .. } = &self.policy;
                self.policy.instant_days = instant_days(*kind, runs, kept.daily);
            }
        }
        self
    }

    /// Whether a policy gives what was decided. Of what the decision leaves open, the days of snapshots alone may be others.
    pub(in crate::policy) fn fits(&self, found: &VmPolicy) -> bool {
        let wanted = &self.policy;
        let same_zone = !self.stated_runs.at || wanted.time_zone == found.time_zone;
        (!self.only_enhanced || found.kind == VmPolicyKind::Enhanced)
            && wanted.runs.are_met_by(&found.runs, self.stated_runs)
            && same_zone
            && self.kept().is_met_by(&found.kept)
            && (!self.stated_instant_days || wanted.instant_days == found.instant_days)
            && wanted.snapshot_groups == found.snapshot_groups
            && wanted.consistency == found.consistency
            && wanted.tiering == found.tiering
    }

    fn kept(&self) -> DesiredKept {
        let kept: Kept = self.policy.kept.clone();
        DesiredKept { kept, most_days: self.most_days }
    }
}

fn kind(runs: &Runs, consistency: Consistency, snapshot_days: Option<u32>) -> VmPolicyKind {
    let hourly = matches!(runs, Runs::Hourly { .. });
    let weekly = matches!(runs, Runs::Weekly { .. });
    let long =
        snapshot_days.is_some_and(|days| days > MOST_STANDARD_DAYS || (weekly && days != MOST_STANDARD_DAYS));
    if hourly || long || consistency == Consistency::Crash {
        VmPolicyKind::Enhanced
    } else {
        VmPolicyKind::Standard
    }
}

/// The usual days, but fewer than those of the daily backups.
fn instant_days(kind: VmPolicyKind, runs: &Runs, daily: Option<u32>) -> u32 {
    let usual = kind.usual_instant_days(runs);
    daily.map_or(usual, |daily| usual.min(daily.saturating_sub(1)))
}

/// Azure counts months.
fn tiering(archive: Option<Archive>) -> Result<Tiering, Impossible> {
    match archive {
        None | Some(Archive::Never) => Ok(Tiering::Never),
        Some(Archive::Recommended) => Ok(Tiering::Recommended),
        Some(Archive::AfterDays(days)) if days > 0 && days % 30 == 0 => {
            Ok(Tiering::After(Period::months(days / 30)))
        }
        Some(Archive::AfterDays(days)) => Err(Impossible::new(
            "ArchiveBound",
            format!(
                "Azure archives recovery points of a virtual machine after whole months, not after {days} days"
            ),
            "let the rules archive after 90 days or more, in steps of 30",
        )),
    }
}
