//! Judging operations: whether a caller may back up, restore, stop or delete.
//!
//! Deny outranks approval, and approval outranks allowing, whichever layer says it: a layer lends
//! authority to decide *how*, never to overrule a refusal. A rule that fails denies. Where no rule
//! speaks, the rule set's `[review]` table decides.

mod defaults;
#[cfg(test)]
mod laws;
mod ruling;

use serde::{Deserialize, Serialize};

use crate::model::{Fact, Resource};
use crate::record::{Conflict, Digests, RuleOpinion, ShadowDifference};

pub use defaults::{DefaultRuling, ReviewDefaults};

pub(crate) use ruling::{Judged, Judgement, Settled, Verdict, settle};

/// What somebody wants to do to the protection of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OperationKind {
    /// Take a backup now.
    Backup,
    /// Restore from a recovery point.
    Restore,
    /// Stop backups; keep what there is.
    StopAndRetain,
    /// Stop backups and delete what there is.
    StopAndDelete,
    /// Stop backups for a while.
    Suspend,
    /// Take backups again.
    Resume,
    /// Move to another backup policy.
    ChangePolicy,
}

/// An operation with what was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Operation {
    /// Which.
    pub kind: OperationKind,
    /// What was asked for, as canonical JSON.
    pub parameters: String,
}

/// Who asks for an operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Caller {
    /// Object id of an Entra principal, the name of a function key, or `holdfast`.
    pub id: String,
    /// For people.
    pub name: String,
    /// `reader`, `operator`, `restorer`, `admin`.
    pub roles: Vec<String>,
}

/// The whole input of a review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReviewRequest {
    /// What is asked for.
    pub operation: Operation,
    /// The resource whose protection it is about.
    pub resource: Resource,
    /// Who asks.
    pub caller: Caller,
    /// Context, in any order: see [`Evaluator::facts_for_review`](crate::Evaluator::facts_for_review).
    pub facts: Vec<Fact>,
    /// RFC 3339, UTC: the only clock that rules have.
    pub event_time: String,
}

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
        /// Roles of which the approver must have one; empty means any second principal.
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

impl OperationKind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::Backup,
        Self::Restore,
        Self::StopAndRetain,
        Self::StopAndDelete,
        Self::Suspend,
        Self::Resume,
        Self::ChangePolicy,
    ];

    /// Such as `stop-and-delete`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Backup => "backup",
            Self::Restore => "restore",
            Self::StopAndRetain => "stop-and-retain",
            Self::StopAndDelete => "stop-and-delete",
            Self::Suspend => "suspend",
            Self::Resume => "resume",
            Self::ChangePolicy => "change-policy",
        }
    }
}
