//! The decision record: who said what, who won, and the digests that make it replayable.

mod said;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use holdfast_rule_set::Mode;
use serde::{Deserialize, Serialize};

pub use said::Said;

/// Everything that led to a decision. The same digests give a byte-identical record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DecisionRecord {
    /// One sentence for a person: the outcome and the reason that decided it.
    pub summary: String,
    /// Every rule that was asked, in evaluation order.
    pub opinions: Vec<RuleOpinion>,
    /// For each field of *how* (`retention`, `vault`, …): the rule that won it.
    pub winners: BTreeMap<Cow<'static, str>, Winner>,
    /// Equals that disagreed, and how that was resolved.
    pub conflicts: Vec<Conflict>,
    /// What the outcome would have been without each rule that mattered.
    pub counterfactuals: Vec<Counterfactual>,
    /// What would differ if each shadow rule were enforced; those that change nothing are left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shadow_differences: Vec<ShadowDifference>,
    /// What went in.
    pub digests: Digests,
}

/// The rule that won a field, and the value it won with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Winner {
    /// Binding id of the winning rule; several when a range was intersected.
    pub rules: Vec<Arc<str>>,
    /// The value, as JSON.
    pub value: serde_json::Value,
    /// Binding ids whose different value lost.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overridden: Vec<Arc<str>>,
}

/// What one rule said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RuleOpinion {
    /// Binding id in the rule set.
    pub rule: Arc<str>,
    /// Name and version from the module's manifest.
    pub module: Arc<str>,
    /// Whether it was heeded.
    pub mode: Mode,
    /// Layer of the binding.
    pub layer: Arc<str>,
    /// Priority of the binding within its layer; higher wins.
    pub priority: i32,
    /// `abstain`, `protect`, `exclude`, `expired` (an exclusion whose time has come, which counts as
    /// abstaining) or `indeterminate`.
    pub verdict: Cow<'static, str>,
    /// The stated fields, or the exclusion, or the failure.
    pub said: Said,
    /// Labels that it gives the target.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Why, in the rule's words.
    pub reasons: Vec<Reason>,
    /// Fuel burnt, over all rounds: exact for a module, an input and a host version.
    pub fuel: u64,
}

/// Why a rule said what it said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// One of the manifest's reason codes.
    pub code: String,
    /// One sentence.
    pub message: String,
    /// What the rule looked at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
}

/// Something a rule looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// JSON pointer into the request.
    pub pointer: String,
    /// Value found there.
    pub value: String,
}

/// Two rules of equal rank that disagreed over a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    /// The field of *how*, or `whether`.
    pub field: Cow<'static, str>,
    /// Binding ids that disagreed.
    pub rules: Vec<Arc<str>>,
    /// How it was resolved.
    pub resolution: String,
}

/// The outcome without one rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counterfactual {
    /// Binding id that is left out.
    pub without: Arc<str>,
    /// What would differ: `whether`, or names of fields.
    pub changes: Vec<Cow<'static, str>>,
}

/// What would differ if a shadow rule were enforced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ShadowDifference {
    /// Binding id of the shadow rule.
    pub rule: Arc<str>,
    /// What would differ: `whether`, `ruling`, or names of fields.
    pub changes: Vec<Cow<'static, str>>,
}

/// SHA-256 digests, `sha256:` and lower-case hex.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Digests {
    /// Of the canonical request.
    pub input: String,
    /// Of the rule set: every module, settings and binding.
    pub rule_set: String,
    /// Revision number that the rule set states.
    pub rule_set_revision: u64,
    /// Version of the evaluator and of Wasmtime, on which fuel figures depend.
    pub host: String,
}
