//! What a decision asks of a policy of shares.

use holdfast_evaluator::{Protection, Tier};
use serde::{Deserialize, Serialize};

use super::{FilesPolicy, ShareBackups};
use crate::impossible::Impossible;
use crate::policy::kept::{DesiredKept, LongestKept};
use crate::policy::one_way;
use crate::policy::rules::store_bound;
use crate::policy::runs::{Runs, StatedRuns};
use crate::tier::DataStore;
use crate::workload::Manifest;

/// A policy of shares that a decision asks for, and how much another one may differ from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DesiredFiles {
    /// The policy that is made if none fits.
    pub policy: FilesPolicy,
    /// What the decision states of its times.
    pub stated_runs: StatedRuns,
    /// Whether the decision states how long snapshots are kept beside copies in the vault.
    pub stated_snapshot_days: bool,
    /// The most days that recovery points may be kept, if the decision leaves a range.
    pub most_days: Option<u32>,
}

/// Snapshots of a share (support matrix).
const LONGEST_SNAPSHOTS: LongestKept = LongestKept { weeks: 200, months: 120, years: 10 };
/// Copies in the vault: the validators of Azure's own tools.
const LONGEST_COPIES: LongestKept = LongestKept { weeks: 9999, months: 9999, years: 9999 };
/// Snapshots that a share may have.
const MOST_SNAPSHOTS: u32 = 200;
/// Days of snapshots beside copies in the vault, if nobody says otherwise.
const USUAL_SNAPSHOT_DAYS: u32 = 7;

impl DesiredFiles {
    /// What a decision asks for, within Azure's bounds. Where snapshots are all there is, `snapshot-days` says nothing: their
    /// retention does.
    pub(in crate::policy) fn decided(manifest: &Manifest, how: &Protection) -> Result<Self, Impossible> {
        let (store, longest) = match how.tier {
            None | Some(Tier::Operational) => (DataStore::OperationalStore, LONGEST_SNAPSHOTS),
            Some(Tier::Vault) => (DataStore::VaultStore, LONGEST_COPIES),
        };
        let bounds = manifest.bounds(store).ok_or_else(|| store_bound(manifest))?;
        let (runs, time_zone, stated_runs) = Runs::decided(manifest, how.schedule.as_ref())?;
        let desired = DesiredKept::decided(&runs, bounds, how.retention, how.long_term);
        desired.check(manifest, bounds, longest)?;
        let DesiredKept { kept, most_days } = desired;
        let backups = match how.tier {
            None | Some(Tier::Operational) => ShareBackups::Snapshots { kept },
            Some(Tier::Vault) => {
                let usual = kept.daily.map_or(USUAL_SNAPSHOT_DAYS, |daily| USUAL_SNAPSHOT_DAYS.min(daily));
                ShareBackups::Vault { snapshot_days: how.snapshot_days.unwrap_or(usual), kept }
            }
        };
        let policy = FilesPolicy { runs, time_zone, backups };
        check_snapshots(&policy, manifest)?;
        Ok(Self { policy, stated_runs, stated_snapshot_days: how.snapshot_days.is_some(), most_days })
    }

    /// The same for a share that follows the policy `own` already. Copies in the vault stay where nothing is said of
    /// them, with snapshots for as many days as now.
    pub(in crate::policy) fn following(
        manifest: &Manifest,
        how: &Protection,
        (name, own): (&str, &FilesPolicy),
    ) -> Result<Self, Impossible> {
        match (&own.backups, how.tier) {
            (ShareBackups::Snapshots { .. }, _) | (ShareBackups::Vault { .. }, Some(Tier::Vault)) => {
                Self::decided(manifest, how)
            }
            (ShareBackups::Vault { .. }, Some(Tier::Operational)) => {
                Err(one_way::back_to_snapshots(Some(name)))
            }
            (ShareBackups::Vault { snapshot_days, .. }, None) => {
                Ok(Self::with_copies(manifest, how)?.with_snapshots_as_now(*snapshot_days, manifest))
            }
        }
    }

    /// The same for a share of which copies lie in the vault, and which follows no policy now.
    pub(in crate::policy) fn with_copies(manifest: &Manifest, how: &Protection) -> Result<Self, Impossible> {
        match how.tier {
            Some(Tier::Operational) => Err(one_way::back_to_snapshots(None)),
            Some(Tier::Vault) | None => {
                Self::decided(manifest, &Protection { tier: Some(Tier::Vault), ..how.clone() })
            }
        }
    }

    /// The same with snapshots for so many days, where the decision leaves them open and a share takes them.
    fn with_snapshots_as_now(mut self, days: u32, manifest: &Manifest) -> Self {
        let ShareBackups::Vault { kept, .. } = &self.policy.backups else { return self };
        let snapshot_days = kept.daily.map_or(days, |daily| days.min(daily));
        let backups = ShareBackups::Vault { snapshot_days, kept: kept.clone() };
        let policy = FilesPolicy { backups, ..self.policy.clone() };
        if !self.stated_snapshot_days && check_snapshots(&policy, manifest).is_ok() {
            self.policy = policy;
        }
        self
    }

    /// Whether a policy gives what was decided. Of what the decision leaves open, the days of snapshots alone may be others.
    pub(in crate::policy) fn fits(&self, found: &FilesPolicy) -> bool {
        let wanted = &self.policy;
        let same_zone = !self.stated_runs.at || wanted.time_zone == found.time_zone;
        let same_place = match (&wanted.backups, &found.backups) {
            (ShareBackups::Snapshots { .. }, ShareBackups::Snapshots { .. }) => true,
            (
                ShareBackups::Vault { snapshot_days: one, .. },
                ShareBackups::Vault { snapshot_days: other, .. },
            ) => !self.stated_snapshot_days || one == other,
            (ShareBackups::Snapshots { .. } | ShareBackups::Vault { .. }, _) => false,
        };
        let kept = DesiredKept { kept: wanted.kept().clone(), most_days: self.most_days };
        wanted.runs.are_met_by(&found.runs, self.stated_runs)
            && same_zone
            && same_place
            && kept.is_met_by(found.kept())
    }
}

/// A share takes so many snapshots, and then no backup any more.
fn check_snapshots(policy: &FilesPolicy, manifest: &Manifest) -> Result<(), Impossible> {
    let a_day = policy.runs.a_day();
    let snapshots = match &policy.backups {
        ShareBackups::Snapshots { kept } => {
            let [daily, weekly, monthly, yearly] = kept.counts();
            let longer = [weekly, monthly, yearly].into_iter().flatten();
            longer.fold(daily.unwrap_or_default().saturating_mul(a_day), u32::saturating_add)
        }
        ShareBackups::Vault { snapshot_days, .. } => snapshot_days.saturating_mul(a_day),
    };
    if (1..=MOST_SNAPSHOTS).contains(&snapshots) {
        return Ok(());
    }
    Err(Impossible::new(
        "RetentionBound",
        format!("the policy would keep {snapshots} snapshots, and a share has 1 to {MOST_SNAPSHOTS}"),
        format!(
            "let the rules keep them for a shorter time, back up less often, or keep copies in the vault (`tier`; {})",
            manifest.source
        ),
    ))
}
