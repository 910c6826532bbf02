//! What the records of a target tell.

use holdfast_evaluator::{Decision, Review, ReviewRequest, Ruling};
use holdfast_protection::ledger::{About, LedgerRecord};
use holdfast_protection::outcome::{Outcome, PermissionRequest, Waiting};
use jiff::Timestamp;
use serde_json::json;

use crate::change::{cause, fields};
use crate::{Change, Kind, Notice, OutboxKey, Topic};

/// The news in one record.
pub(crate) fn changes(target: About<'_>, at: Timestamp, record: &LedgerRecord) -> Vec<Change> {
    match record {
        LedgerRecord::Decided { decision, .. } => failing_rules(decision),
        LedgerRecord::Reviewed { review, request } => {
            review_of(target, at, review, request).into_iter().collect()
        }
        LedgerRecord::Waiting { waiting: Waiting::Administrator(request) } => {
            vec![missing_permissions(target, at, request)]
        }
        LedgerRecord::Waiting { .. } => Vec::new(),
        LedgerRecord::Ended { outcome } => vec![end_of(target, at, outcome)],
    }
}

fn end_of(target: About<'_>, at: Timestamp, outcome: &Outcome) -> Change {
    let id = target.resource;
    let (state, told) = match outcome {
        Outcome::Protected { instance, note } => (
            format!("protected by {}", instance.key()),
            Some((
                Kind::Protected,
                format!("{} is protected", id.name()),
                json!({ "instance": instance, "note": note }),
            )),
        ),
        Outcome::Failed { code, message, way_out } => (
            format!("failed with {code}"),
            Some((
                Kind::Failed,
                format!("{} could not be protected: {message}", id.name()),
                json!({ "code": code, "message": message, "wayOut": way_out }),
            )),
        ),
        Outcome::Prepared { .. }
        | Outcome::Excluded { .. }
        | Outcome::Ignored { .. }
        | Outcome::Gone
        | Outcome::Unprotected { .. }
        | Outcome::Held { .. }
        | Outcome::LeftAlone { .. } => (outcome.as_str().to_owned(), None),
    };
    let notice =
        told.map(|(kind, summary, details)| Notice::about(target, kind, cause(at, &state), summary, details));
    Change { key: OutboxKey::of_target(target), state: Some((Topic::Protection, state)), notice }
}

/// What waits for a person is told when the operation is recorded that waits; here, what is forbidden.
fn review_of(target: About<'_>, at: Timestamp, review: &Review, request: &ReviewRequest) -> Option<Change> {
    let operation = request.operation.kind.name();
    let (state, told) = match &review.ruling {
        Ruling::Allow | Ruling::NeedsApproval { .. } => (format!("{operation} is not forbidden"), None),
        Ruling::Deny { .. } => {
            let summary = format!(
                "rules refused to {operation} the backups of {}: {}",
                target.resource.name(),
                review.record.summary
            );
            let details = json!({ "operation": operation, "reason": review.record.summary, "by": "rules" });
            (format!("{operation} is forbidden"), Some((summary, details)))
        }
    };
    let notice = told
        .map(|(summary, details)| Notice::about(target, Kind::Refused, cause(at, &state), summary, details));
    Some(Change { key: OutboxKey::of_target(target), state: Some((Topic::Review, state)), notice })
}

fn missing_permissions(target: About<'_>, at: Timestamp, request: &PermissionRequest) -> Change {
    let PermissionRequest { code, message, missing, template, way_out } = request;
    let summary = format!("{} waits for permissions: {message}", target.resource.name());
    let details = json!({ "code": code, "message": message, "missing": missing, "template": template, "wayOut": way_out });
    let state = format!("needs {template}");
    Change {
        key: OutboxKey::of_target(target),
        notice: Some(Notice::about(target, Kind::NeedsPermission, cause(at, &state), summary, details)),
        state: Some((Topic::Permission, state)),
    }
}

/// A rule that fails is told once for each rule set in force: it fails on one resource and works on the next.
fn failing_rules(decision: &Decision) -> Vec<Change> {
    let rule_set = &decision.record.digests.rule_set;
    let failing = decision.record.opinions.iter().filter(|opinion| opinion.verdict == "indeterminate");
    let change = |opinion: &holdfast_evaluator::RuleOpinion| {
        let failure = opinion.said.failure().unwrap_or_default();
        let state = format!("fails in {rule_set}");
        let notice = Notice {
            kind: Kind::RuleFailing,
            subject: opinion.rule.to_string(),
            cause: state.clone(),
            summary: format!("rule {} fails: {failure}", opinion.rule),
            details: fields(json!({ "rule": opinion.rule, "module": opinion.module, "mode": opinion.mode,
                "layer": opinion.layer, "failure": failure, "ruleSet": rule_set })),
        };
        Change {
            key: OutboxKey::of_rule(&opinion.rule),
            state: Some((Topic::Rule, state)),
            notice: Some(notice),
        }
    };
    failing.map(change).collect()
}
