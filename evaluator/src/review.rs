//! Judging operations: whether a caller may back up, restore, stop or delete.
//!
//! Deny outranks approval, and approval outranks allowing, whichever layer says it: a layer lends
//! authority to decide *how*, never to overrule a refusal. A rule that fails denies. Where no rule
//! speaks, the rule set's `[review]` table decides.

#[cfg(test)]
mod laws;
mod ruling;

use serde::{Deserialize, Serialize};

use crate::record::{Conflict, Digests, RuleOpinion, ShadowDifference};

pub(crate) use ruling::{Judged, Settled, settle};

/// Whether an operation may go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "camelCase", tag = "ruling")]
pub enum Ruling {
    /// It may.
    Allow,
    /// It may not.
    Deny {
        /// What each denying rule said, highest rank first; never empty.
        reasons: Vec<Denial>,
    },
    /// It may once a second person has agreed.
    NeedsApproval {
        /// Roles of which the approver must have one; empty means those that may do the
        /// operation.
        roles: Vec<String>,
        /// How long the approval may take.
        within_hours: u32,
    },
}

/// Why an operation is denied, by one rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Denial {
    /// Id of the binding; `defaults` for the rule set's own `[review]` table.
    pub rule: String,
    /// The rule's reason code; `failed` for a rule that failed, `default` for the rule set.
    pub code: String,
    /// One sentence.
    pub message: String,
}

/// A ruling with everything that led to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// Whether it may go on.
    #[serde(flatten)]
    pub ruling: Ruling,
    /// The explanation.
    pub record: ReviewRecord,
}

/// Everything that led to a ruling. The same digests give a byte-identical record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReviewRecord {
    /// One sentence for a person.
    pub summary: String,
    /// Every rule that was asked, in evaluation order. Verdicts are `abstain`, `allow`, `deny`,
    /// `needs-approval` and `indeterminate`.
    pub opinions: Vec<RuleOpinion>,
    /// Approvals that no single person could give, and how that was resolved.
    pub conflicts: Vec<Conflict>,
    /// Shadow rules that would change the ruling if they were enforced.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shadow_differences: Vec<ShadowDifference>,
    /// What went in.
    pub digests: Digests,
}
