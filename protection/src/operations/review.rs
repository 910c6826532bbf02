//! What the rules for operations say.

use holdfast_evaluator::{Operation, Review, ReviewRequest};
use jiff::Timestamp;

use super::subject::Subject;
use super::terms::parameters;
use super::{Ask, HoldTerms, OperationError, Operations};
use crate::{Workload, facts};

impl Operations {
    /// Asks the rules; changes nothing.
    pub(super) async fn review(
        &self,
        ask: &Ask,
        subject: &Subject,
        hold: Option<&HoldTerms>,
        now: Timestamp,
    ) -> Result<Review, OperationError> {
        let known = &subject.known;
        let all = Workload::all_of(&known.resource);
        let keys = self.evaluator.facts_for_review(&known.resource);
        let at = now.to_string();
        let azure = self.azure.as_ref();
        let source = facts::Source { azure, evaluator: &self.evaluator, caused_by: None, at: &at };
        let facts = source.gather(&known.resource, &keys).await?;
        let request = ReviewRequest {
            operation: Operation { kind: ask.action.kind(), parameters: parameters(&ask.action, hold) },
            resource: known.resource.clone(),
            workload: subject.workload.map(|workload| workload.for_rules(&all)),
            parent_tags: known.parent_tags.clone(),
            labels: known.labels.clone(),
            caller: ask.caller.clone(),
            facts,
            event_time: at,
        };
        Ok(self.evaluator.beside(move |rules| rules.review(&request)).await)
    }
}
