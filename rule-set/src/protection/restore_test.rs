//! The wish that restoring is tried, regularly.

use serde::{Deserialize, Serialize};

use super::Tier;

/// How often a restore is tried, of what, to where, and who judges it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RestoreTest {
    /// ISO 8601 period, such as `P1M`.
    pub every: String,
    /// Which recovery point.
    #[serde(default)]
    pub point: TestPoint,
    /// The tier that it restores from; `None` means any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<Tier>,
    /// Where it restores to.
    #[serde(default)]
    pub to: TestTarget,
    /// Who judges it.
    #[serde(default)]
    pub judge: TestJudge,
}

/// The recovery point that a test restores.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TestPoint {
    /// The latest.
    #[default]
    Latest,
    /// The latest without a sign of a threat, where Azure shows one.
    LatestClean,
    /// The oldest.
    Oldest,
}

/// Where a test restores to; what is left out is left to the plan.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct TestTarget {
    /// Subscription id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subscription: Option<String>,
    /// Name of a resource group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_group: Option<String>,
    /// In the paired region instead of the resource's own.
    pub paired_region: bool,
}

/// Who judges a test.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TestJudge {
    /// A restore that Azure calls completed has passed.
    #[default]
    Completion,
    /// The rules of the world `verify`.
    Rules,
}
