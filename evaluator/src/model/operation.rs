//! What goes into a review: who wants to do what to the protection of which resource.

use std::collections::BTreeMap;

use holdfast_rule_set::OperationKind;
use serde::{Deserialize, Serialize};

use super::{Fact, Labels, Resource, TargetWorkload};

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
    /// Which of its workloads; `None` asks every rule that speaks of its type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workload: Option<TargetWorkload>,
    /// Tags of the resource that it lies in, such as the server of a database.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parent_tags: BTreeMap<String, String>,
    /// Labels that it was given.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: Labels,
    /// Who asks.
    pub caller: Caller,
    /// Context, in any order: see [`Evaluator::facts_for_review`](crate::Evaluator::facts_for_review).
    pub facts: Vec<Fact>,
    /// RFC 3339, UTC: the only clock that rules have.
    pub event_time: String,
}
