//! Deciding: what the rules say of a resource as Azure shows it now.

use holdfast_evaluator::{Decision, Evaluator, Request};

use crate::outcome::Outcome;
use crate::ports::{Azure, ObservedResource};
use crate::work::Occasion;
use crate::{AzureError, ResourceId, Workload, facts, observe};

/// What was decided about a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decided {
    /// The rules were not asked: no workload covers the type, or the resource is gone.
    NotAsked(Outcome),
    /// The resource is still being made.
    NotReady,
    /// The rules decided.
    ByRules {
        /// The decision.
        decision: Box<Decision>,
        /// Its whole input.
        request: Box<Request>,
        /// What would protect it.
        workload: Workload,
    },
}

/// Observes and decides; touches nothing, writes nothing.
pub async fn decide(
    azure: &dyn Azure,
    evaluator: &Evaluator,
    id: &ResourceId,
    occasion: &Occasion,
) -> Result<Decided, AzureError> {
    let nobody = || {
        let reason = format!("no workload protects resources of type {}", id.resource_type());
        Decided::NotAsked(Outcome::Ignored { reason })
    };
    if !Workload::covers(id.resource_type()) {
        return Ok(nobody());
    }
    let Some(observed) = observe::resource(azure, id).await? else {
        return Ok(Decided::NotAsked(Outcome::Gone));
    };
    if is_being_made(&observed) {
        return Ok(Decided::NotReady);
    }
    let Some(workload) = Workload::of(&observed.resource) else { return Ok(nobody()) };
    let request = Request {
        resource: observed.resource,
        facts: Vec::new(),
        event_time: occasion.at.to_string(),
        ..Request::default()
    };
    let (decision, request) = facts::decide(azure, evaluator, request, occasion.by.as_ref()).await?;
    Ok(Decided::ByRules { decision: Box::new(decision), request: Box::new(request), workload })
}

fn is_being_made(observed: &ObservedResource) -> bool {
    const MADE: [&str; 3] = ["Succeeded", "Failed", "Canceled"];
    observed
        .provisioning_state
        .as_ref()
        .is_some_and(|state| !MADE.iter().any(|made| state.eq_ignore_ascii_case(made)))
}
