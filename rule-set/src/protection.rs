//! How a resource is protected, or why it is not: the values that rules, defaults and decisions share.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A range of days that recovery points must be kept; both ends inclusive.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Retention {
    /// At least this many days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_days: Option<u32>,
    /// At most this many days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_days: Option<u32>,
}

/// How often backups are taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Schedule {
    /// ISO 8601 period, such as `PT4H`, `P1D` or `P1W`.
    pub every: String,
    /// First time of day in UTC, `hh:mm`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
}

/// Which Backup vault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VaultChoice {
    /// By name, or by ARM id.
    Named(String),
    /// The vault in the resource's region that carries all of these tags; of several, one is filled after the other.
    Selector(BTreeMap<String, String>),
}

/// Where recovery points are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tier {
    /// Snapshots beside the resource.
    Operational,
    /// Copies in the vault.
    Vault,
}

/// Redundancy wished for a vault that has to be created.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Redundancy {
    /// Three copies in one datacentre.
    LocallyRedundant,
    /// Copies over the zones of a region.
    ZoneRedundant,
    /// Copies in the paired region.
    GeoRedundant,
}

/// How a resource is protected; a field that nobody stated is absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct Protection {
    /// The Backup vault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vault: Option<VaultChoice>,
    /// Name of an existing backup policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// How long recovery points are kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retention: Option<Retention>,
    /// How often backups are taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Schedule>,
    /// Where recovery points are kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tier: Option<Tier>,
    /// Redundancy of a vault that has to be created.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redundancy: Option<Redundancy>,
    /// Resource group for snapshots, in the resource's subscription.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snapshot_resource_group: Option<String>,
    /// Logical unit numbers of the disks to include.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disk_luns: Option<Vec<u32>>,
    /// Blob containers to include.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blob_containers: Option<Vec<String>>,
    /// Databases to include.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub databases: Option<Vec<String>>,
}

/// Why a resource is left unprotected on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExclusionKind {
    /// Azure Backup cannot protect it.
    NotSupported,
    /// It will not live long.
    Ephemeral,
    /// Something else protects it.
    ProtectedElsewhere,
    /// Its owner said no.
    OptedOut,
    /// Another reason, in the reason's message.
    Other,
}
