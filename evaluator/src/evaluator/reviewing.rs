//! Asks the rules that judge operations, and records what came of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use serde_json::json;

use crate::contract::ReviewParts;
use crate::engine::World;
use crate::facts::Given;
use crate::model::{Caller, Fact, Labels, Operation, Resource, ReviewRequest, TargetWorkload};
use crate::opinion::{Judgement, ReviewVerdict};
use crate::record::{RuleOpinion, Said};
use crate::review::{self, Judged, Review, ReviewRecord, Ruling, Settled};
use crate::rule_set::Binding;
use crate::sandbox::{Held, RuleFailure};

use super::{Evaluator, declared_facts, opinion_of};

/// A rule, and what it said.
struct Reviewer<'a> {
    binding: &'a Binding,
    heard: Result<Judgement, RuleFailure>,
    fuel: u64,
}

pub(super) fn review(evaluator: &Evaluator, request: &ReviewRequest) -> Review {
    let reviewers = ask(evaluator, request);
    let failures: Vec<Option<String>> =
        reviewers.iter().map(|one| one.heard.as_ref().err().map(RuleFailure::to_string)).collect();
    let judged: Vec<Judged<'_>> = reviewers
        .iter()
        .zip(&failures)
        .map(|(one, failure)| Judged {
            rank: &one.binding.rank,
            heard: one.heard.as_ref().map_err(|_| failure.as_deref().unwrap_or_default()),
        })
        .collect();
    let defaults = evaluator.rule_set().review_defaults();
    let settled = review::settle(defaults, request.operation.kind, &judged);
    let record = ReviewRecord {
        summary: summary(request, &settled, &judged),
        opinions: judged.iter().zip(&reviewers).map(|(judged, one)| recorded(judged, one)).collect(),
        conflicts: settled.conflicts,
        shadow_differences: settled.shadow_differences,
        digests: evaluator.digests(&Canonical::of(request)),
    };
    Review { ruling: settled.ruling, record }
}

fn ask<'a>(evaluator: &'a Evaluator, request: &ReviewRequest) -> Vec<Reviewer<'a>> {
    let lane = evaluator.shared.lanes.hold();
    let given = Given::of(&request.facts);
    let workload = request.workload.as_ref();
    let rules = evaluator.rules_for(World::Review, &request.resource.resource_type, workload);
    rules.map(|(index, binding)| ask_one(lane.as_ref(), index, binding, request, &given)).collect()
}

fn ask_one<'a>(
    lane: Option<&Held<'_>>,
    index: usize,
    binding: &'a Binding,
    request: &ReviewRequest,
    given: &Given<'_>,
) -> Reviewer<'a> {
    let shown = match declared_facts(binding, &request.resource, given) {
        Ok(shown) => shown,
        Err(refused) => return Reviewer { binding, heard: Err(refused.into()), fuel: 0 },
    };
    match lane.and_then(|lane| lane.review(index, &ReviewParts::showing(request, &shown))) {
        Some(reviewed) => Reviewer { binding, heard: reviewed.heard, fuel: reviewed.fuel },
        // A rule that cannot be asked must not be passed over: its failure denies.
        None => Reviewer { binding, heard: Err(RuleFailure::no_sandbox()), fuel: 0 },
    }
}

fn recorded(judged: &Judged<'_>, reviewer: &Reviewer<'_>) -> RuleOpinion {
    let (verdict, said) = match judged.heard.map(|judgement| &judgement.verdict) {
        Ok(ReviewVerdict::Abstain) => ("abstain", Said::NOTHING),
        Ok(ReviewVerdict::Allow) => ("allow", Said::NOTHING),
        Ok(ReviewVerdict::Deny) => ("deny", Said::NOTHING),
        Ok(ReviewVerdict::NeedsApproval { roles, within_hours }) => {
            ("needs-approval", Said::from(json!({ "roles": roles, "within-hours": within_hours })))
        }
        Err(failure) => ("indeterminate", Said::from(json!({ "failure": failure, "on-error": "deny" }))),
    };
    let reasons = judged.heard.map_or_else(|_| Vec::new(), |judgement| judgement.reasons.clone());
    opinion_of(reviewer.binding, verdict, said, reasons, reviewer.fuel)
}

/// The ruling, and the word of the rules that made it.
fn summary(request: &ReviewRequest, settled: &Settled, judged: &[Judged<'_>]) -> String {
    let operation = request.operation.kind.name();
    let ruling = match &settled.ruling {
        Ruling::Allow => format!("allow {operation}"),
        Ruling::Deny { reasons } => {
            let reasons: Vec<String> =
                reasons.iter().map(|denial| format!("{} ({})", denial.message, denial.rule)).collect();
            return format!("deny {operation}: {}", reasons.join("; "));
        }
        Ruling::NeedsApproval { roles, within_hours } => {
            let by = if roles.is_empty() { "a second principal".to_owned() } else { roles.join(" or ") };
            format!("{operation} needs approval by {by} within {within_hours} h")
        }
    };
    if settled.decided_by.is_empty() {
        return format!("{ruling}: no rule speaks of it (defaults)");
    }
    let word = |id: &Arc<str>| {
        let judged = judged.iter().find(|judged| judged.rank.id == *id)?;
        let reason = judged.heard.ok()?.reasons.first();
        Some(match reason {
            Some(reason) => format!("{} ({id})", reason.message),
            None => format!("no reason given ({id})"),
        })
    };
    let words: Vec<String> = settled.decided_by.iter().filter_map(word).collect();
    format!("{ruling}: {}", words.join("; "))
}

/// The input of a review, in the one form that its digest is taken of.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Canonical<'a> {
    operation: &'a Operation,
    resource: &'a Resource,
    #[serde(skip_serializing_if = "Option::is_none")]
    workload: Option<&'a TargetWorkload>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    parent_tags: &'a BTreeMap<String, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    labels: &'a Labels,
    caller: &'a Caller,
    facts: Vec<&'a Fact>,
    event_time: &'a str,
}

impl<'a> Canonical<'a> {
    fn of(request: &'a ReviewRequest) -> Self {
        Self {
            operation: &request.operation,
            resource: &request.resource,
            workload: request.workload.as_ref(),
            parent_tags: &request.parent_tags,
            labels: &request.labels,
            caller: &request.caller,
            facts: Given::of(&request.facts).all().to_vec(),
            event_time: &request.event_time,
        }
    }
}
