//! What goes into a verification: what was restored, and what was found out about it.

use holdfast_rule_set::Tier;
use serde::{Deserialize, Serialize};

use super::{Fact, Labels, Resource, TargetWorkload};

/// A recovery point that was restored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecoveryPoint {
    /// Its id in Azure.
    pub id: String,
    /// RFC 3339, UTC.
    pub time: String,
    /// The tier that it was restored from, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<Tier>,
}

/// A value that was found out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Measured {
    /// Any text.
    Text(String),
    /// A whole number.
    Number(i64),
    /// Another number.
    Fraction(f64),
    /// Whether something is so.
    Truth(bool),
    /// RFC 3339, UTC.
    Time(String),
}

/// Something that was found out about a restore.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    /// Such as `restored-bytes` or `boots`.
    pub name: String,
    /// What was found.
    pub value: Measured,
}

/// The whole input of a verification.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VerifyRequest {
    /// What was backed up, as it was last seen.
    pub resource: Resource,
    /// Which of its workloads; `None` asks every rule that speaks of its type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workload: Option<TargetWorkload>,
    /// Labels that it was given.
    #[serde(default)]
    pub labels: Labels,
    /// What was restored from.
    pub point: RecoveryPoint,
    /// What the restore made, as Azure shows it; `None` where it made nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restored: Option<Resource>,
    /// What was found out, in any order.
    pub measurements: Vec<Measurement>,
    /// Context, in any order: see [`Evaluator::facts_for_verification`](crate::Evaluator::facts_for_verification).
    pub facts: Vec<Fact>,
    /// RFC 3339, UTC: the only clock that rules have.
    pub event_time: String,
}
