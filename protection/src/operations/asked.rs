//! What was asked, by whom and why, what the rules said of it, and who answered.

use holdfast_evaluator::{Caller, ReviewRecord, Ruling};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Action, HoldTerms, OperationId, OperationPlan};
use crate::hold::Until;
use crate::ledger::About;
use crate::{ResourceId, Workload};

/// Something that somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// Its name; see [`OperationId::of_key`].
    pub id: OperationId,
    /// The resource whose protection it is about.
    pub resource: ResourceId,
    /// Which of its workloads; may be left out where only one protects it.
    pub workload: Option<Workload>,
    /// What.
    pub action: Action,
    /// Why, in the caller's words.
    pub why: Option<String>,
    /// Until when it is not to be undone, if the rules decide otherwise; the usual time when left out.
    pub until: Option<Until>,
    /// Show what would be done, and let Azure validate it, but do nothing.
    pub dry_run: bool,
    /// Who.
    pub caller: Caller,
}

/// What was asked, as it is recorded before anything is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Asked {
    /// Its name.
    pub id: OperationId,
    /// When.
    pub at: Timestamp,
    /// The resource.
    pub resource: ResourceId,
    /// Which of its workloads; none for the first one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workload: Option<Workload>,
    /// Its backup instance.
    pub instance: ResourceId,
    /// What.
    pub operation: Action,
    /// Why, in the caller's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Until when it is not to be undone, as it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Until>,
    /// Whether it ends with the validation.
    #[serde(default)]
    pub dry_run: bool,
    /// Who.
    pub by: Caller,
    /// What the rules for operations said.
    pub judgement: Judgement,
    /// What it takes.
    pub plan: OperationPlan,
    /// What it holds against the rules; none where they decide the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<HoldTerms>,
}

impl Asked {
    /// The target.
    pub fn target(&self) -> About<'_> {
        About { resource: &self.resource, workload: self.workload }
    }
}

/// What the rules for operations said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Judgement {
    /// Whether it may go on.
    #[serde(flatten)]
    pub ruling: Ruling,
    /// Why.
    pub record: ReviewRecord,
}

/// What a second person said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// Whether it may go on.
    pub approved: bool,
    /// Who.
    pub by: Caller,
    /// When.
    pub at: Timestamp,
    /// Why, in the person's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}
