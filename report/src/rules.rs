//! What each rule does to the estate.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The effect of one rule: of how many targets it decided that they are protected, and left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct RuleEffect {
    /// Id of the rule in the rule set.
    pub rule: String,
    /// Targets that are to be protected because of it.
    pub protects: u64,
    /// Targets that are left out because of it.
    pub excludes: u64,
    /// Of these, those for which it is the only rule: without it, they would be decided differently.
    pub alone: u64,
}

pub(crate) fn effects(counted: &BTreeMap<String, RuleEffect>) -> Vec<RuleEffect> {
    let mut effects: Vec<RuleEffect> = counted.values().cloned().collect();
    effects.sort_by_key(|one| std::cmp::Reverse(one.protects + one.excludes));
    effects
}
