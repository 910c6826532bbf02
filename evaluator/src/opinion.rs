//! What a rule says, whichever version of the contract it speaks.

use holdfast_rule_set::{ExclusionKind, Protection};
use serde::Serialize;

use crate::model::Labels;
use crate::record::Reason;

/// What a rule says of one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Opinion {
    pub(crate) verdict: Verdict,
    /// Given to the target, whatever the verdict.
    pub(crate) labels: Labels,
    pub(crate) reasons: Vec<Reason>,
}

/// The opinion without its reasons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    Abstain,
    /// Nineteen fields, of which most are empty: an opinion is moved often, and read once.
    Protect(Box<Protection>),
    Exclude {
        kind: ExclusionKind,
        until: Option<String>,
    },
    /// An exclusion whose time has come; counts as abstaining.
    Expired {
        kind: ExclusionKind,
        until: String,
    },
    NeedFacts(Vec<AskedFact>),
}

/// A fact that a rule asks for, as it spells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct AskedFact {
    pub(crate) kind: String,
    pub(crate) scope: String,
}

/// What a rule says of an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Judgement {
    pub(crate) verdict: ReviewVerdict,
    pub(crate) reasons: Vec<Reason>,
}

/// The judgement without its reasons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ReviewVerdict {
    Abstain,
    Allow,
    Deny,
    NeedsApproval { roles: Vec<String>, within_hours: u32 },
}

/// What a rule says of a restore.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Assessment {
    pub(crate) finding: RuleFinding,
    pub(crate) reasons: Vec<Reason>,
}

/// The assessment without its reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RuleFinding {
    Abstain,
    Passed,
    Failed,
    Inconclusive,
}
