//! Deciding: what the rules say of a resource as Azure shows it now.

use std::collections::BTreeMap;

use holdfast_evaluator::{Decision, EndingCause, Evaluator, Outcome as Whether, Request, Resource};

use crate::observe::Observed;
use crate::outcome::Outcome;
use crate::ports::Azure;
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
        /// The other workloads of the resource, each of which is decided by itself.
        others: Vec<Workload>,
        /// Tags of what the resource belongs to.
        parent_tags: BTreeMap<String, String>,
    },
}

impl Decided {
    /// Why a protection of it would end; none where it is to be protected, or nobody can say yet.
    pub(crate) fn ending_cause(&self) -> Option<EndingCause> {
        match self {
            Self::NotAsked(Outcome::Gone) => Some(EndingCause::Deleted),
            Self::NotAsked(_) | Self::NotReady => None,
            Self::ByRules { decision, .. } => match &decision.outcome {
                Whether::Exclude { kind, .. } => Some(EndingCause::Excluded(*kind)),
                Whether::NotCovered => Some(EndingCause::NotCovered),
                Whether::Protect { .. } | Whether::Hold { .. } => None,
            },
        }
    }
}

/// Observes and decides about one workload of a resource, the first one if none is named; touches nothing, writes nothing.
pub async fn decide(
    azure: &dyn Azure,
    evaluator: &Evaluator,
    id: &ResourceId,
    workload: Option<Workload>,
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
    let mut all = all_of(azure, &observed.resource, workload).await?;
    let Some(at) = all.iter().position(|one| workload.is_none_or(|asked| asked == *one)) else {
        return Ok(nobody());
    };
    let named = all.get(at).map(|one| one.for_rules(&all));
    let (workload, others) = (all.remove(at), all);
    let request = Request {
        resource: observed.resource,
        workload: named,
        facts: Vec::new(),
        event_time: occasion.at.to_string(),
        ..Request::default()
    };
    let (decision, request) = facts::decide(azure, evaluator, request, occasion.by.as_ref()).await?;
    Ok(Decided::ByRules {
        decision: Box::new(decision),
        request: Box::new(request),
        workload,
        others,
        parent_tags: observed.parent_tags,
    })
}

/// The workloads of a resource. What only another resource can tell is asked where it matters: when all are looked for,
/// or that very one.
async fn all_of(
    azure: &dyn Azure,
    resource: &Resource,
    wanted: Option<Workload>,
) -> Result<Vec<Workload>, AzureError> {
    let mut all = Workload::all_of(resource);
    for (workload, witness) in Workload::witnesses(resource) {
        if wanted.is_none_or(|wanted| wanted == workload) && azure.is_there(&witness).await? {
            all.push(workload);
        }
    }
    all.sort_by_key(|workload| Workload::ALL.iter().position(|known| known == workload));
    Ok(all)
}

fn is_being_made(observed: &Observed) -> bool {
    const MADE: [&str; 3] = ["Succeeded", "Failed", "Canceled"];
    observed
        .provisioning_state
        .as_ref()
        .is_some_and(|state| !MADE.iter().any(|made| state.eq_ignore_ascii_case(made)))
}
