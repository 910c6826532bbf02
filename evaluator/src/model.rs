//! What goes into an evaluation and what comes out: plain values, no engine.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A resource as Azure shows it now, in the form that rules see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Resource {
    /// ARM id, as Azure wrote it.
    pub id: String,
    /// Resource type as the id spells it, such as `Microsoft.Compute/disks`.
    #[serde(rename = "type")]
    pub resource_type: String,
    /// Last segment of the id.
    pub name: String,
    /// Region, lower case without blanks.
    pub location: String,
    /// Name of the resource group.
    pub resource_group: String,
    /// Subscription id.
    pub subscription: String,
    /// Tags, sorted by name.
    pub tags: BTreeMap<String, String>,
    /// Name of the SKU.
    pub sku: Option<String>,
    /// ARM `kind`.
    pub kind: Option<String>,
    /// The whole ARM body as canonical JSON (keys sorted, no blanks).
    pub body: String,
}

/// A piece of context, fetched by the host and given to rules as data.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Fact {
    /// Such as `vaults`.
    pub kind: String,
    /// ARM id or region that the fact is about.
    pub scope: String,
    /// Canonical JSON; `None` when the host looked and found nothing.
    pub value: Option<String>,
}

/// The whole input of a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// The resource to decide about.
    pub resource: Resource,
    /// Context, in any order.
    pub facts: Vec<Fact>,
    /// RFC 3339, UTC: the only clock that rules have.
    pub event_time: String,
}

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

/// The composed answer to *whether*.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "outcome")]
pub enum Outcome {
    /// Protect it like this.
    Protect {
        /// The merged fields of *how*.
        protection: Protection,
    },
    /// Leave it unprotected on purpose.
    Exclude {
        /// Why.
        kind: ExclusionKind,
        /// RFC 3339; `None` means until a rule says otherwise.
        until: Option<String>,
    },
    /// No rule had anything to say.
    NotCovered,
    /// A rule failed and its binding says to wait for a person.
    Hold {
        /// Which rule failed, and how.
        reason: String,
    },
}

/// The composed answer with everything that led to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Whether, and how.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// The explanation.
    pub record: crate::record::DecisionRecord,
}
