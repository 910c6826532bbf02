//! Asks the rules that judge restores, and records what came of it.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::json;

use crate::contract::VerifyParts;
use crate::engine::World;
use crate::facts::Given;
use crate::model::{Fact, Labels, Measurement, RecoveryPoint, Resource, TargetWorkload, VerifyRequest};
use crate::opinion::{Assessment, RuleFinding};
use crate::record::{RuleOpinion, Said};
use crate::rule_set::Binding;
use crate::sandbox::{Held, RuleFailure};
use crate::verification::{self, Assessed, Fault, Finding, Verification, VerificationRecord};

use super::{Evaluator, declared_facts, opinion_of};

/// A rule, and what it found.
struct Assessor<'a> {
    binding: &'a Binding,
    heard: Result<Assessment, RuleFailure>,
    fuel: u64,
}

pub(super) fn verify(evaluator: &Evaluator, request: &VerifyRequest) -> Verification {
    let assessors = ask(evaluator, request);
    let failures: Vec<Option<String>> =
        assessors.iter().map(|one| one.heard.as_ref().err().map(RuleFailure::to_string)).collect();
    let assessed: Vec<Assessed<'_>> = assessors
        .iter()
        .zip(&failures)
        .map(|(one, failure)| Assessed {
            rank: &one.binding.rank,
            heard: one.heard.as_ref().map_err(|_| failure.as_deref().unwrap_or_default()),
        })
        .collect();
    let finding = verification::settle(&assessed);
    let record = VerificationRecord {
        summary: summary(&finding),
        opinions: assessed.iter().zip(&assessors).map(|(said, one)| recorded(said, one)).collect(),
        digests: evaluator.digests(&Canonical::of(request)),
    };
    Verification { finding, record }
}

fn ask<'a>(evaluator: &'a Evaluator, request: &VerifyRequest) -> Vec<Assessor<'a>> {
    let lane = evaluator.shared.lanes.hold();
    let given = Given::of(&request.facts);
    let workload = request.workload.as_ref();
    let rules = evaluator.rules_for(World::Verify, &request.resource.resource_type, workload);
    rules.map(|(index, binding)| ask_one(lane.as_ref(), index, binding, request, &given)).collect()
}

fn ask_one<'a>(
    lane: Option<&Held<'_>>,
    index: usize,
    binding: &'a Binding,
    request: &VerifyRequest,
    given: &Given<'_>,
) -> Assessor<'a> {
    let shown = match declared_facts(binding, &request.resource, given) {
        Ok(shown) => shown,
        Err(refused) => return Assessor { binding, heard: Err(refused.into()), fuel: 0 },
    };
    match lane.and_then(|lane| lane.verify(index, &VerifyParts::showing(request, &shown))) {
        Some(verified) => Assessor { binding, heard: verified.heard, fuel: verified.fuel },
        None => Assessor { binding, heard: Err(RuleFailure::no_sandbox()), fuel: 0 },
    }
}

fn recorded(assessed: &Assessed<'_>, assessor: &Assessor<'_>) -> RuleOpinion {
    let (verdict, said) = match assessed.heard {
        Ok(assessment) => (word(assessment.finding), Said::NOTHING),
        Err(failure) => {
            ("indeterminate", Said::from(json!({ "failure": failure, "on-error": "inconclusive" })))
        }
    };
    let reasons = assessed.heard.map_or_else(|_| Vec::new(), |assessment| assessment.reasons.clone());
    opinion_of(assessor.binding, verdict, said, reasons, assessor.fuel)
}

fn word(finding: RuleFinding) -> &'static str {
    match finding {
        RuleFinding::Abstain => "abstain",
        RuleFinding::Passed => "passed",
        RuleFinding::Failed => "failed",
        RuleFinding::Inconclusive => "inconclusive",
    }
}

fn summary(finding: &Finding) -> String {
    let listed = |faults: &[Fault]| -> String {
        let texts: Vec<String> =
            faults.iter().map(|fault| format!("{} ({})", fault.message, fault.rule)).collect();
        texts.join("; ")
    };
    match finding {
        Finding::Passed => "passed".to_owned(),
        Finding::Failed { faults } => format!("failed: {}", listed(faults)),
        Finding::Inconclusive { faults } if faults.is_empty() => {
            "inconclusive: no rule speaks of it".to_owned()
        }
        Finding::Inconclusive { faults } => format!("inconclusive: {}", listed(faults)),
    }
}

/// The input of a verification, in the one form that its digest is taken of.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Canonical<'a> {
    resource: &'a Resource,
    #[serde(skip_serializing_if = "Option::is_none")]
    workload: Option<&'a TargetWorkload>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    labels: &'a Labels,
    point: &'a RecoveryPoint,
    restored: Option<&'a Resource>,
    measurements: Vec<&'a Measurement>,
    facts: Vec<&'a Fact>,
    event_time: &'a str,
}

impl<'a> Canonical<'a> {
    fn of(request: &'a VerifyRequest) -> Self {
        let mut measurements: Vec<&Measurement> = request.measurements.iter().collect();
        measurements.sort_by(|one, other| one.name.cmp(&other.name));
        Self {
            resource: &request.resource,
            workload: request.workload.as_ref(),
            labels: &request.labels,
            point: &request.point,
            restored: request.restored.as_ref(),
            measurements,
            facts: Given::of(&request.facts).all().to_vec(),
            event_time: &request.event_time,
        }
    }
}
