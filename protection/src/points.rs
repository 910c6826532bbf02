//! Recovery points: what Azure says of them, and which one a person means.

mod choice;
mod filter;
#[cfg(test)]
mod tests;

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::tier::DataStore;

pub use choice::{Choice, choose, choose_open};
pub use filter::PointFilter;

/// A recovery point of a backup instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecoveryPoint {
    /// Name that a restore quotes.
    pub id: String,
    /// The moment that a restore goes back to.
    pub time: Timestamp,
    /// `Incremental`, `Full`, …
    pub kind: String,
    /// Whether all of the datasource is in it.
    pub state: PointState,
    /// When its last copy goes; absent while a stopped protection keeps it for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
    /// Retention tag, if it carries one.
    pub tag: Option<String>,
    /// Name of the policy that it was made by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// Where it lies.
    pub copies: Vec<PointCopy>,
    /// What Azure found when it looked for threats in its source at that time; absent where it did not look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threat: Option<Threat>,
    /// Whether a session is open out of which its files are taken.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub files_open: bool,
}

/// What Azure found in the source of a recovery point at that time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Threat {
    /// Nothing.
    Healthy,
    /// Something that may be a threat.
    Warning,
    /// A threat.
    Unhealthy,
}

/// Whether a recovery point holds all of its datasource.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PointState {
    /// It does.
    #[default]
    Completed,
    /// Some of it could not be backed up.
    Partial,
}

/// A copy of a recovery point in one tier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PointCopy {
    /// The tier.
    pub store: DataStore,
    /// When it was put there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<Timestamp>,
    /// When it goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
    /// The state of bringing it back from the archive, if that was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rehydration: Option<Rehydration>,
}

/// The state of a copy that is brought back from the archive tier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Rehydration {
    /// Azure's `rehydrationStatus`.
    pub status: RehydrationStatus,
    /// When the copy that was brought back goes again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
}

/// `rehydrationStatus` of a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RehydrationStatus {
    /// `CREATE_IN_PROGRESS`: it is being brought back.
    Running,
    /// `COMPLETED`: it can be restored from.
    Completed,
    /// `DELETE_IN_PROGRESS` or `DELETED`: its time outside of the archive is over.
    Over,
    /// `FAILED`.
    Failed,
}

/// A span of time to any moment of which blobs can be brought back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TimeRange {
    /// Its first moment.
    pub start: Timestamp,
    /// Its last moment.
    pub end: Timestamp,
}

impl fmt::Display for TimeRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to {}", self.start, self.end)
    }
}

impl TimeRange {
    /// Whether a moment lies in it.
    pub fn holds(&self, moment: Timestamp) -> bool {
        (self.start..=self.end).contains(&moment)
    }
}

impl RecoveryPoint {
    /// Whether it has a copy in a tier.
    pub fn is_in(&self, store: DataStore) -> bool {
        self.copies.iter().any(|copy| copy.store == store)
    }

    /// Whether Azure suspects a threat in it.
    pub fn is_suspicious(&self) -> bool {
        matches!(self.threat, Some(Threat::Warning | Threat::Unhealthy))
    }

    /// Whether its time is over, whatever Azure has not yet cleaned up.
    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }

    /// Whether the only copy lies in the archive tier, where nothing can be restored from.
    pub fn is_archived(&self) -> bool {
        self.is_in(DataStore::ArchiveStore) && self.readable().is_none()
    }

    /// The tier that a restore reads from: the nearest that can be read; none if all is in the archive.
    pub fn readable(&self) -> Option<DataStore> {
        [DataStore::OperationalStore, DataStore::VaultStore]
            .into_iter()
            .find(|store| self.is_in(*store))
            .or_else(|| self.copies.iter().any(PointCopy::is_rehydrated).then_some(DataStore::VaultStore))
    }
}

/// What of recovery points the paired region can have: snapshots stay where their resource is.
pub fn in_paired_region(mut points: Vec<RecoveryPoint>) -> Vec<RecoveryPoint> {
    points.retain_mut(|point| {
        let named = point.copies.len();
        point.copies.retain(|copy| copy.store != DataStore::OperationalStore);
        named == 0 || !point.copies.is_empty()
    });
    points
}

impl PointCopy {
    fn is_rehydrated(&self) -> bool {
        self.rehydration.as_ref().is_some_and(|one| one.status == RehydrationStatus::Completed)
    }
}
