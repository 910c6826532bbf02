//! The decision that answers compose, with all that is recorded of it.

use std::sync::Arc;

use holdfast_rule_set::{Digest, OnError};
use serde::Serialize;
use serde_json::json;

use super::Evaluator;
use super::asking::Asked;
use super::canonical::Canonical;
use crate::composition::{self, Answer};
use crate::model::{Decision, Labels, Request};
use crate::opinion::{Opinion, Verdict};
use crate::record::{DecisionRecord, Digests, Reason, RuleOpinion, Said};
use crate::rule_set::Binding;
use crate::sandbox::RuleFailure;
use crate::summary::summary;

/// Bytes that most inputs do not exceed, so that their text is not moved while it grows.
const INPUT: usize = 4 << 10;

impl Evaluator {
    pub(super) fn composed(&self, request: &Request, asked: Vec<Asked<'_>>) -> Decision {
        let rule_set = self.rule_set();
        let failures: Vec<Option<String>> =
            asked.iter().map(|asked| asked.heard.as_ref().err().map(RuleFailure::to_string)).collect();
        let answers: Vec<Answer<'_>> =
            asked.iter().zip(&failures).map(|(asked, failure)| answer(asked, failure.as_deref())).collect();
        let resource_type = request.resource.resource_type.to_ascii_lowercase();
        let defaults = rule_set.defaults_of(&resource_type);
        let composition = composition::compose(rule_set.layers(), defaults, &answers);
        let (summary, labels) = (summary(&composition, &answers), composition::labels(&answers));
        let record = DecisionRecord {
            summary,
            opinions: asked
                .into_iter()
                .zip(failures)
                .map(|(asked, failure)| recorded(asked, failure))
                .collect(),
            winners: composition.winners,
            conflicts: composition.conflicts,
            counterfactuals: composition.counterfactuals,
            shadow_differences: composition.shadow_differences,
            digests: self.digests(&Canonical::of(request)),
        };
        Decision { outcome: composition.outcome, labels, record }
    }

    pub(super) fn digests(&self, input: &impl Serialize) -> Digests {
        let mut text = Vec::with_capacity(INPUT);
        if serde_json::to_writer(&mut text, input).is_err() {
            text.clear();
        }
        Digests {
            input: Digest::of(&text).to_string(),
            rule_set: self.shared.rule_set_digest.clone(),
            rule_set_revision: self.rule_set().revision(),
            host: self.shared.host.clone(),
        }
    }
}

/// A fault of the machine says nothing of the resource: whatever the binding's `on-error`, the
/// decision is held, and made again by the next sweep.
fn answer<'a>(asked: &'a Asked<'a>, failure: Option<&'a str>) -> Answer<'a> {
    let rank = &asked.binding.rank;
    let faulted = asked.heard.as_ref().is_err_and(RuleFailure::is_fault);
    Answer {
        rank,
        on_error: if faulted { OnError::Hold } else { rank.on_error },
        heard: asked.heard.as_ref().map_err(|_| failure.unwrap_or_default()),
    }
}

fn recorded(asked: Asked<'_>, failure: Option<String>) -> RuleOpinion {
    let Asked { binding, heard, fuel, .. } = asked;
    match heard {
        Ok(Opinion { verdict, labels, reasons }) => {
            let (verdict, said) = said(verdict);
            RuleOpinion { labels, ..opinion_of(binding, verdict, said, reasons, fuel) }
        }
        Err(_) => {
            let said = Said::failed(failure.unwrap_or_default(), binding.on_error());
            opinion_of(binding, "indeterminate", said, Vec::new(), fuel)
        }
    }
}

pub(super) fn opinion_of(
    binding: &Binding,
    verdict: &'static str,
    said: Said,
    reasons: Vec<Reason>,
    fuel: u64,
) -> RuleOpinion {
    RuleOpinion {
        rule: Arc::clone(&binding.rank.id),
        module: Arc::clone(&binding.named),
        mode: binding.mode(),
        layer: Arc::clone(&binding.layer),
        priority: binding.priority(),
        verdict: verdict.into(),
        said,
        labels: Labels::new(),
        reasons,
        fuel,
    }
}

fn said(verdict: Verdict) -> (&'static str, Said) {
    match verdict {
        Verdict::Abstain => ("abstain", Said::NOTHING),
        Verdict::Protect(protection) => ("protect", Said::protection(protection)),
        Verdict::Exclude { kind, until } => ("exclude", Said::exclusion(kind, until)),
        Verdict::Expired { kind, until } => ("expired", Said::exclusion(kind, Some(until))),
        Verdict::NeedFacts(keys) => ("need-facts", Said::from(json!({ "facts": keys }))),
    }
}
