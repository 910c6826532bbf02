//! What the rules for operations say.

use std::collections::BTreeMap;

use holdfast_evaluator::{Operation, Review, ReviewRequest};
use jiff::Timestamp;

use super::subject::Subject;
use super::terms::parameters;
use super::{Ask, HoldTerms, OperationError, Operations};
use crate::facts;

impl Operations {
    /// Asks the rules; changes nothing.
    pub(super) async fn review(
        &self,
        ask: &Ask,
        subject: &Subject,
        hold: Option<&HoldTerms>,
        now: Timestamp,
    ) -> Result<Review, OperationError> {
        let keys = self.evaluator.facts_for_review(&subject.resource);
        let facts = facts::gather(self.azure.as_ref(), &subject.resource, None, &keys).await?;
        let request = ReviewRequest {
            operation: Operation { kind: ask.action.kind(), parameters: parameters(&ask.action, hold) },
            resource: subject.resource.clone(),
            workload: None,
            parent_tags: BTreeMap::new(),
            labels: BTreeMap::new(),
            caller: ask.caller.clone(),
            facts,
            event_time: now.to_string(),
        };
        Ok(self.evaluator.review(&request))
    }
}
