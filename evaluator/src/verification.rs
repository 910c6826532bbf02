//! Judging restores: whether what was restored is what it should be.
//!
//! Failed outranks inconclusive, and that outranks passed: one rule that finds a fault suffices, whichever layer says
//! it. A rule that fails to answer tells nothing, so the restore is at best inconclusive, as it is where no rule speaks.

mod settling;

use serde::{Deserialize, Serialize};

use crate::record::{Digests, RuleOpinion};

pub(crate) use settling::{Assessed, settle};

/// What a restore is worth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "finding")]
pub enum Finding {
    /// It is what it should be.
    Passed,
    /// It is not.
    Failed {
        /// What each rule found, highest rank first; never empty.
        faults: Vec<Fault>,
    },
    /// Nobody can tell.
    Inconclusive {
        /// What each rule lacks, highest rank first; empty where no rule speaks of it.
        faults: Vec<Fault>,
    },
}

/// What one rule found, or lacks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Id of the binding.
    pub rule: String,
    /// The rule's reason code; `failed` for a rule that failed, `none` where it gave no reason.
    pub code: String,
    /// One sentence.
    pub message: String,
}

/// A finding with everything that led to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verification {
    /// What the restore is worth.
    #[serde(flatten)]
    pub finding: Finding,
    /// The explanation.
    pub record: VerificationRecord,
}

/// Everything that led to a finding. The same digests give a byte-identical record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VerificationRecord {
    /// One sentence for a person.
    pub summary: String,
    /// Every rule that was asked, in evaluation order. Verdicts are `abstain`, `passed`, `failed`, `inconclusive` and
    /// `indeterminate`.
    pub opinions: Vec<RuleOpinion>,
    /// What went in.
    pub digests: Digests,
}
