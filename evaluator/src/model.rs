//! What goes into an evaluation and what comes out: plain values, no engine.

mod operation;
mod restored;

use std::collections::BTreeMap;

use holdfast_rule_set::{ExclusionKind, Protection};
use serde::{Deserialize, Serialize};

use crate::record::DecisionRecord;

pub use operation::{Caller, Operation, ReviewRequest};
pub use restored::{Measured, Measurement, RecoveryPoint, VerifyRequest};

/// A resource as Azure shows it now, in the form that rules see.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
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

/// Names and values that say something of a target, such as a classification; sorted by name.
pub type Labels = BTreeMap<String, String>;

/// A workload of a resource: one resource can have several, and each is decided by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TargetWorkload {
    /// Such as `azure-vm` or `sql-in-vm`.
    pub name: String,
    /// Whether it is the first of those that a resource of this type can have. Rules that name no workload are
    /// asked about it alone.
    pub first: bool,
}

/// The whole input of a decision.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// The resource to decide about.
    pub resource: Resource,
    /// Which of its workloads; `None` asks every rule that speaks of its type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workload: Option<TargetWorkload>,
    /// Labels that it was given.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: Labels,
    /// Context, in any order.
    pub facts: Vec<Fact>,
    /// RFC 3339, UTC: the only clock that rules have.
    pub event_time: String,
}

/// The composed answer to *whether*.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "outcome")]
#[expect(clippy::large_enum_variant, reason = "most opinions protect, and a box would cost each of them")]
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
    /// Labels that rules give the target; of several values for a name, that of the highest rank.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: Labels,
    /// The explanation.
    pub record: DecisionRecord,
}
