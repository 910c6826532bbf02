//! What a run has seen of one target: one line of one of its pages.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::outcome::Outcome;
use crate::schedule::Frequency;
use crate::{ResourceId, Workload};

/// Why a reconcile pass has to see a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// The rules protect it, and nothing protects it.
    Unprotected,
    /// Azure says that its protection does not work.
    InError,
    /// Its protection is stopped, and the rule set has such protection resumed.
    Stopped,
    /// The rules do not protect it, and something protects it.
    NotCovered,
    /// The resource is gone, and its protection is not.
    Gone,
    /// What a person decided about it is over.
    HoldOver,
    /// Its ending waits for a person, and it is its turn to be looked at.
    EndingWaits,
    /// What is decided about it, or what protects it, is not as the last run saw it.
    Changed,
    /// It is protected, and it is its turn to be looked at.
    InTurn,
}

impl fmt::Display for Why {
    /// In words that follow a count.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unprotected => "unprotected",
            Self::InError => "in error",
            Self::Stopped => "stopped",
            Self::NotCovered => "not to be protected any more",
            Self::Gone => "gone",
            Self::HoldOver => "whose hold is over",
            Self::EndingWaits => "whose ending waits for a person",
            Self::Changed => "changed or new",
            Self::InTurn => "in turn",
        })
    }
}

/// What a run has seen of one target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// The resource.
    pub resource: ResourceId,
    /// Which of its workloads.
    pub workload: Workload,
    /// `protected`, `prepared` (what is protected are targets in it), `unprotected`, `excluded`, `ignored`, `failed` or `gone`.
    pub outcome: String,
    /// The reason of the rules, or why no rule was followed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Digest of the decision.
    pub decision: String,
    /// What protects it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<ResourceId>,
    /// The policy that it follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<ResourceId>,
    /// Azure's word for the state of its protection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Why a reconcile pass was asked for; none if none was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queued: Option<Why>,
    /// Its region.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub location: String,
    /// Its tags.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// Rules that say what was decided; none where no rule speaks of it, or one failed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Arc<str>>,
    /// Rules in shadow that would decide otherwise, were they enforced.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shadows: Vec<Arc<str>>,
    /// Until when the rules leave it out, where they say so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// How often the rules want it backed up, where they protect it by a schedule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<Frequency>,
    /// Its size, where it states one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gigabytes: Option<u64>,
}

impl Line {
    /// How work on a target ended, between two runs.
    pub fn ended(resource: &ResourceId, workload: Workload, outcome: &Outcome) -> Self {
        let (reason, instance) = match outcome {
            Outcome::Protected { instance, note } => (note.clone(), Some(instance)),
            Outcome::Prepared { container, note } => (note.clone(), Some(container)),
            Outcome::Excluded { reason } | Outcome::Ignored { reason } => (Some(reason.clone()), None),
            Outcome::Gone => (None, None),
            Outcome::Failed { code, .. } => (Some(code.clone()), None),
            Outcome::Unprotected { instance, by } => (Some(by.to_string()), Some(instance)),
            Outcome::Held { instance, reason, .. } => (Some(reason.clone()), Some(instance)),
            Outcome::LeftAlone { instance, note } => (Some(note.clone()), Some(instance)),
        };
        Self {
            resource: resource.clone(),
            workload,
            outcome: outcome.as_str().to_owned(),
            reason: reason.unwrap_or_default(),
            decision: String::new(),
            instance: instance.cloned(),
            policy: None,
            state: None,
            queued: None,
            location: String::new(),
            tags: BTreeMap::new(),
            rules: Vec::new(),
            shadows: Vec::new(),
            until: None,
            every: None,
            gigabytes: None,
        }
    }

    /// Whether a run that sees this has nothing to add to what this one saw.
    ///
    /// Where a pass was asked for, whatever protects it now is what came of the pass.
    pub(super) fn covers(&self, now: &Self) -> bool {
        let is_seen = self.state == now.state && self.policy == now.policy;
        self.decision == now.decision && (is_seen || self.queued.is_some())
    }
}
