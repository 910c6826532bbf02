//! Policies of virtual machines, standard and enhanced.

mod bounds;
mod desired;
mod group;
mod name;

use holdfast_evaluator::Consistency;
use serde::{Deserialize, Serialize};

use super::kept::Kept;
use super::runs::Runs;
use super::zone::TimeZone;
use crate::schedule::Period;
use crate::tier::DataStore;

pub use desired::DesiredVm;
pub use group::SnapshotGroups;

/// A policy of virtual machines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VmPolicy {
    /// Which kind.
    pub kind: VmPolicyKind,
    /// When backups are taken.
    pub runs: Runs,
    /// In which time zone.
    #[serde(default, skip_serializing_if = "TimeZone::is_utc")]
    pub time_zone: TimeZone,
    /// How long recovery points are kept.
    pub kept: Kept,
    /// Days for which snapshots stay beside the machine, for restores in minutes.
    pub instant_days: u32,
    /// Where snapshots go; none for Azure's own group of the region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshot_groups: Option<SnapshotGroups>,
    /// What recovery points promise of applications.
    pub consistency: Consistency,
    /// When recovery points move to the archive tier.
    #[serde(default, skip_serializing_if = "Tiering::is_never")]
    pub tiering: Tiering,
}

/// Kinds of policies. A machine can go from standard to enhanced, and not back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum VmPolicyKind {
    /// `V1`.
    Standard,
    /// `V2`.
    Enhanced,
}

/// When recovery points move to the archive tier.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Tiering {
    /// Never.
    #[default]
    Never,
    /// Those that Azure recommends.
    Recommended,
    /// Each, after this time.
    After(Period),
}

impl Tiering {
    /// Whether they stay where they are.
    pub fn is_never(&self) -> bool {
        matches!(self, Self::Never)
    }
}

impl VmPolicy {
    /// Type of datasource that it is for.
    pub const DATASOURCE_TYPE: &'static str = "Microsoft.Compute/virtualMachines";

    /// Stores in which it keeps backups.
    pub fn stores(&self) -> Vec<DataStore> {
        let archive = (!self.tiering.is_never()).then_some(DataStore::ArchiveStore);
        [DataStore::OperationalStore, DataStore::VaultStore].into_iter().chain(archive).collect()
    }

    /// What it keeps in the vault for a shorter time than another policy does, in words. Snapshots beside the machine
    /// are left out: no source says that the immutability of a vault is meant of them.
    pub fn keeps_shorter_than(&self, other: &Self) -> Option<String> {
        self.kept.shorter_than(&other.kept)
    }
}

impl VmPolicyKind {
    /// Days that Azure keeps snapshots if a policy does not say.
    pub fn usual_instant_days(self, runs: &Runs) -> u32 {
        match (self, runs) {
            (Self::Standard, Runs::Weekly { .. }) => 5,
            (Self::Standard, Runs::Hourly { .. } | Runs::Daily { .. }) => 2,
            (Self::Enhanced, _) => 7,
        }
    }
}
