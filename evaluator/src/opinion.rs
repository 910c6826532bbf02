//! What a rule says, whichever version of the contract it speaks.

mod manifest;

use serde::{Deserialize, Serialize};

use crate::model::{ExclusionKind, Protection};
use crate::record::Reason;

pub use manifest::{ManifestIssue, ManifestPart, manifest_issues};

/// Who a rule is, in its own words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Manifest {
    /// Such as `select`.
    pub name: String,
    /// Version of the module.
    pub version: String,
    /// One line for people.
    pub summary: String,
    /// Resource types that the rule speaks about; empty means all.
    pub resource_types: Vec<String>,
    /// Kinds of fact that the rule wants with every request.
    pub fact_kinds: Vec<String>,
    /// JSON Schema (2020-12) of the settings.
    pub settings_schema: String,
    /// Codes that the rule gives as reasons.
    pub reason_codes: Vec<String>,
}

/// What a rule says of one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Opinion {
    pub(crate) verdict: Verdict,
    pub(crate) reasons: Vec<Reason>,
}

/// The opinion without its reasons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    Abstain,
    Protect(Protection),
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
