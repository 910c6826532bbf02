//! How a resource is protected, or why it is not: the values that rules, defaults and decisions share.

mod items;
mod restore_test;
mod schedule;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use items::Items;
pub use restore_test::{RestoreTest, TestJudge, TestPoint, TestTarget};
pub use schedule::{LogBackup, PartialBackup, PartialKind, Schedule, Weekday};

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

/// How many points are kept longer than [`Retention`] says: one for each week, month, year.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct LongTerm {
    /// Weekly points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weeks: Option<u32>,
    /// Monthly points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub months: Option<u32>,
    /// Yearly points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub years: Option<u32>,
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

/// When recovery points move to the archive tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Archive {
    /// Never.
    Never,
    /// Those that Azure recommends.
    Recommended,
    /// Each, after this many days.
    AfterDays(u32),
}

/// What a recovery point promises of the applications in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Consistency {
    /// Applications write out what they hold, where they can.
    Application,
    /// As after a power failure.
    Crash,
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
    /// Data disks, by logical unit number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disk_luns: Option<Items<u32>>,
    /// Blob containers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blob_containers: Option<Items<String>>,
    /// Databases.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub databases: Option<Items<String>>,
    /// File shares.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_shares: Option<Items<String>>,
    /// Points that are kept longer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub long_term: Option<LongTerm>,
    /// Days for which snapshots are kept beside the resource, for restores in minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snapshot_days: Option<u32>,
    /// Backups of a database's log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_backup: Option<LogBackup>,
    /// Backups of a database between full ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partial_backup: Option<PartialBackup>,
    /// When recovery points move to the archive tier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub archive: Option<Archive>,
    /// What recovery points promise of applications.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consistency: Option<Consistency>,
    /// Whether backups of a database are compressed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compression: Option<bool>,
    /// That restoring is tried, regularly.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restore_test: Option<RestoreTest>,
}

impl Protection {
    /// Nothing: every field is left to others.
    pub const NOTHING: &Self = &Self {
        vault: None,
        policy: None,
        retention: None,
        schedule: None,
        tier: None,
        redundancy: None,
        snapshot_resource_group: None,
        disk_luns: None,
        blob_containers: None,
        databases: None,
        file_shares: None,
        long_term: None,
        snapshot_days: None,
        log_backup: None,
        partial_backup: None,
        archive: None,
        consistency: None,
        compression: None,
        restore_test: None,
    };
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
