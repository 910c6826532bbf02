//! What the rules for operations say of an ending that Holdfast wants itself: the pass that wants it asks them, and so
//! does each call that a person agreed to.

use holdfast_evaluator::{
    EndingCause, Evaluator, Operation, OperationKind, Review, ReviewRequest, Ruling, TargetWorkload,
};
use serde_json::json;

use super::held;
use crate::decide::Decided;
use crate::instance::BackupInstance;
use crate::last_known::Known;
use crate::ledger::About;
use crate::ports::{Azure, Ledger};
use crate::work::Occasion;
use crate::{AzureError, Workload, facts};

/// An ending as rules are asked about it.
#[derive(Clone, Copy)]
pub(crate) struct Wanted<'a> {
    pub(crate) target: About<'a>,
    pub(crate) decided: &'a Decided,
    pub(crate) cause: EndingCause,
    pub(crate) instance: &'a BackupInstance,
    pub(crate) operation: OperationKind,
}

/// Asks the rules for operations about an ending. Gives what they say, and what they were told.
pub(crate) async fn review(
    azure: &dyn Azure,
    ledger: &dyn Ledger,
    evaluator: &Evaluator,
    wanted: Wanted<'_>,
    occasion: &Occasion,
) -> Result<(Review, ReviewRequest), AzureError> {
    let (Known { resource, parent_tags, labels }, workload) = known(ledger, wanted).await?;
    let keys = evaluator.facts_for_review(&resource);
    let at = occasion.at.to_string();
    let source = facts::Source { azure, evaluator, caused_by: occasion.by.as_ref(), at: &at };
    let facts = source.gather(&resource, &keys).await?;
    // Canonical JSON: keys sorted.
    let parameters = json!({ "cause": word(wanted.cause), "instance": wanted.instance.id });
    let request = ReviewRequest {
        operation: Operation { kind: wanted.operation, parameters: parameters.to_string() },
        resource,
        workload,
        parent_tags,
        labels,
        caller: held::holdfast(),
        facts,
        event_time: at,
    };
    Ok(evaluator.beside(move |rules| (rules.review(&request), request)).await)
}

/// What rules are told of the target: as it was just decided about, or else as it was last recorded.
async fn known(
    ledger: &dyn Ledger,
    Wanted { target, decided, instance, .. }: Wanted<'_>,
) -> Result<(Known, Option<TargetWorkload>), AzureError> {
    if let Decided::ByRules { decision, request, parent_tags, .. } = decided {
        let known = Known {
            resource: request.resource.clone(),
            parent_tags: parent_tags.clone(),
            labels: decision.labels.clone(),
        };
        return Ok((known, request.workload.clone()));
    }
    let known = Known::last(ledger, target, &instance.location).await?;
    let all = Workload::all_of(&known.resource);
    let workload = Workload::protected_by(&instance.datasource_type, &known.resource);
    Ok((known, workload.map(|workload| workload.for_rules(&all))))
}

/// Whether it is denied by nothing but rules that failed, which say nothing of it: when they are asked again, they may
/// be told more.
pub(crate) fn has_failed(review: &Review) -> bool {
    let Ruling::Deny { reasons } = &review.ruling else { return false };
    let opinions = &review.record.opinions;
    let failed = |rule: &str| opinions.iter().any(|one| *one.rule == *rule && one.verdict == "indeterminate");
    reasons.iter().all(|denial| failed(&denial.rule))
}

/// The cause of an ending, in a word.
pub(crate) fn word(cause: EndingCause) -> String {
    match cause {
        EndingCause::Deleted => "deleted".to_owned(),
        EndingCause::Excluded(kind) => {
            let kind = serde_json::to_value(kind).unwrap_or_default();
            format!("excluded: {}", kind.as_str().unwrap_or_default())
        }
        EndingCause::NotCovered => "not-covered".to_owned(),
    }
}
