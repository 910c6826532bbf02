//! The input of a decision as it is recorded.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::facts::Given;
use crate::model::{Fact, Labels, Request, Resource, TargetWorkload};

/// The input of a decision, in the one form that its digest is taken of.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Canonical<'a> {
    resource: &'a Resource,
    #[serde(skip_serializing_if = "Option::is_none")]
    workload: Option<&'a TargetWorkload>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    labels: &'a Labels,
    facts: Vec<&'a Fact>,
    event_time: &'a str,
}

impl<'a> Canonical<'a> {
    pub(super) fn of(request: &'a Request) -> Self {
        Self {
            resource: &request.resource,
            workload: request.workload.as_ref(),
            labels: &request.labels,
            facts: Given::of(&request.facts).all().to_vec(),
            event_time: &request.event_time,
        }
    }
}
